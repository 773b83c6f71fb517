"""Forms → the warehouse's SQL: typed rows, and the measures of the metrics that read them.

The generic steps after them (roll-ups, ranks, marts) are written by hand in analytics/models. But for the reading
of JSON, every statement stays in the SQL that sqlglot carries to Spark unchanged.
"""

from typing import Final

from services.catalog.expression_sql import MEASURE, by_year, rows_sql, scalar_sql
from services.catalog.load import Catalog
from services.catalog.references import form_expression
from services.catalog.schema import Form, FormField, Metric

_STORED: Final = {
    "integer": "bigint", "decimal": MEASURE, "boolean": "boolean", "text": "varchar", "date": "date",
    "choice": "varchar",
}  # fmt: skip
_NOTHING: Final = f"cast(null as {MEASURE})"


def metrics_of(catalog: Catalog, form: Form) -> list[Metric]:
    """The metrics whose formulas read `form`."""
    return [metric for metric in catalog.metrics.values() if metric.form == form.form]


def staged_rows(form: Form) -> str:
    """The rows of `form` in temp.rows as typed columns: one row a reported row."""
    # All fields are read at once: each reading of its own would parse the row again, and keep what it parsed.
    paths = ", ".join(f"'$.{field.field}'" for field in form.fields)
    fields = ",\n    ".join(_staged_field(field, place) for place, field in enumerate(form.fields, start=1))
    return f"""select
    division,
    period,
    is_nil,
    first_on,
    last_on,
    {fields}
from (
    select r.division, r.period, r.is_nil, p.first_on, p.last_on, r.fields ->> [{paths}] as told
    from temp.rows as r
    join facts.periods as p on p.period = r.period
    where r.form = '{form.form}'
) as read"""


def _staged_field(field: FormField, place: int) -> str:
    return f"cast(told[{place}] as {_STORED[field.type]}) as {field.field}"


def wide_measures(catalog: Catalog, form: Form) -> str:
    """Both sides of every metric of `form`, a column each: one row a division and period that reported."""
    columns = [
        f"{_side(form, metric, part)} as {metric.metric}__{part}"
        for metric in metrics_of(catalog, form)
        for part in _parts(metric)
    ]
    listed = "".join(f",\n    {column}" for column in columns)
    return f"""select
    division,
    period{listed}
from temp.form_{form.form}
group by division, period, first_on, last_on"""


def _parts(metric: Metric) -> tuple[str, ...]:
    """The sides that are computed by summing rows up."""
    if metric.divisions == "distinct":
        return ()
    return ("numerator", "denominator") if metric.divisions == "ratio" else ("numerator",)


def _side(form: Form, metric: Metric, part: str) -> str:
    """One side of a metric, by the formula that was valid in the row's period."""
    sides = [(f.valid_from, rows_sql(form_expression(form, getattr(f, part)))) for f in metric.formulas]
    return f"cast({by_year(sides)} as {MEASURE})"


def long_measures(form: Form, metric: Metric) -> str:
    """A metric's measures at every division that should have reported: null where none did (`has_rows` is false)."""
    columns = {part: f"w.{metric.metric}__{part}" for part in _parts(metric)}
    given = [f"{column} is not null" for column in columns.values()]
    if metric.divisions in ("minimum", "maximum", "distinct"):
        given = ["w.has_rows"]
    reported = " and ".join(given)
    sides = {part: columns.get(part, _NOTHING) for part in ("numerator", "denominator")}
    return f"""select
    '{metric.metric}' as metric,
    w.division,
    w.period,
    case when {reported} then {sides["numerator"]} end as numerator,
    case when {reported} then {sides["denominator"]} end as denominator,
    {reported} as is_reported
from temp.form_{form.form}__wide as w"""


def distinct_members(form: Form, metric: Metric) -> str:
    """The values that a `distinct` metric counts: one row a division, period and value."""
    numerators = [(f.valid_from, form_expression(form, f.numerator)) for f in metric.formulas]
    member = by_year([(year, scalar_sql(numerator)) for year, numerator in numerators])
    return f"""select distinct
    '{metric.metric}' as metric,
    division,
    period,
    cast({member} as varchar) as member
from temp.form_{form.form}
where {member} is not null"""
