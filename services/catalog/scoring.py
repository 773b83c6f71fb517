"""Derived metrics, indexes and card rules → the warehouse's SQL."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from services.catalog.expression_sql import MEASURE, by_year, number_sql, scalar_sql
from services.catalog.load import Catalog, sides_of
from services.catalog.references import card_expression
from services.catalog.schema import CardRule, Condition, Curve, Index, Metric


@dataclass(frozen=True)
class Reads:
    """The names that a derived metric or an index is computed from, and how far it looks back."""

    names: frozenset[str]
    previous: bool = False
    year_ago: bool = False


def reads_of_metric(catalog: Catalog, metric: Metric) -> Reads:
    """What a derived metric reads."""
    expressions = [catalog.derived_expressions[text] for formula in metric.formulas for text in sides_of(formula)]
    backs = {back for expression in expressions for back in expression.looks_back}
    read = frozenset(name for expression in expressions for name in expression.names)
    return Reads(read, "previous" in backs, "year_ago" in backs)


def reads_of_index(index: Index) -> Reads:
    """What an index reads."""
    parts = [part.metric for part in index.components]
    parts += [part.metric for part in index.deductions]
    return Reads(frozenset((*parts, *(part.metric for part in index.vetoes))))


def derived_values(catalog: Catalog, metric: Metric) -> str:
    """A derived metric at every reporting division and period of the batch, out of temp.source_values."""
    sides: dict[str, list[tuple[int, str]]] = {"numerator": [], "denominator": []}
    for formula in metric.formulas:
        for part, texts in sides.items():
            text = getattr(formula, part)
            if text is not None:
                texts.append((formula.valid_from, number_sql(catalog.derived_expressions[text])))
    numerator, denominator = (by_year(texts) if texts else "null" for texts in sides.values())
    missing = " or ".join(f"{part} is null" for part, texts in sides.items() if texts)
    return f"""with {_readings(catalog, metric)}, sides as (
    select
        division,
        period,
        cast({numerator} as {MEASURE}) as numerator,
        cast({denominator} as {MEASURE}) as denominator
    from readings
)
select
    '{metric.metric}' as metric,
    division,
    period,
    case when {missing} then null else numerator end as numerator,
    case when {missing} then null else denominator end as denominator,
    case when {missing} then 0 else 1 end as reported,
    1 as expected
from sides"""


def _readings(catalog: Catalog, metric: Metric) -> str:
    """The values that a derived metric reads: a column a name, for now and for the periods looked back at."""
    reads = reads_of_metric(catalog, metric)
    names = sorted(reads.names)
    steps = [step for step in ("previous", "year_ago") if getattr(reads, step)]
    pivoted = ",\n        ".join(f"max(case when metric = '{n}' then value end) as {n}" for n in names)
    earlier = "".join(f",\n        {step}.{n} as {step}_{n}" for step in steps for n in names)
    joins = "".join(
        f"\n    left join wide as {step} on {step}.division = now.division and {step}.period = p.{step}"
        for step in steps
    )
    listed = ", ".join(f"'{name}'" for name in names)
    return f"""wide as (
    select
        division,
        period,
        {pivoted}
    from temp.source_values
    where metric in ({listed})
    group by division, period
), readings as (
    select
        now.*,
        p.first_on,
        p.last_on{earlier}
    from wide as now
    join facts.periods as p on p.period = now.period
    join temp.batch as b on b.metric = '{metric.metric}' and b.period = now.period{joins}
)"""


def index_components(index: Index) -> Iterator[str]:
    """Each component's score and its points (score × weight / all weights) at every reporting division."""
    total = sum(component.weight for component in index.components)
    for component in index.components:
        score = _curve_sql(component.curve)
        yield f"""select
    '{index.index}' as index_name,
    '{component.metric}' as component,
    v.division,
    v.period,
    v.value,
    cast({score} as {MEASURE}) as score,
    cast(({score}) * {component.weight} / {total} as {MEASURE}) as points
from temp.read_values as v
join temp.batch as b on b.metric = '{index.index}' and b.period = v.period
where v.metric = '{component.metric}'"""


def _curve_sql(curve: Curve) -> str:
    (first_x, first_y), *_ = curve.points
    branches = [f"when v.value is null then null when v.value <= {first_x} then {first_y}"]
    for (x0, y0), (x1, y1) in pairwise(curve.points):
        rise = f" + (v.value - {x0}) * ({y1} - {y0}) / ({x1} - {x0})" if curve.kind == "linear" else ""
        branches.append(f"when v.value < {x1} then {y0}{rise}")
    return f"case {' '.join(branches)} else {curve.points[-1][1]} end"


def index_deductions(index: Index) -> Iterator[str]:
    """The points that each deduction takes off."""
    for deduction in index.deductions:
        yield f"""select
    '{index.index}' as index_name,
    '{deduction.metric}' as metric,
    v.division,
    v.period,
    v.value,
    cast(least(v.value * {deduction.points_each}, {deduction.limit}) as {MEASURE}) as points
from temp.read_values as v
join temp.batch as b on b.metric = '{index.index}' and b.period = v.period
where v.metric = '{deduction.metric}'
  and v.value > 0"""


def index_vetoes(index: Index) -> Iterator[str]:
    """The vetoes that hold, each with the highest grade it leaves."""
    for veto in index.vetoes:
        yield f"""select
    '{index.index}' as index_name,
    '{veto.metric}' as metric,
    v.division,
    v.period,
    v.value,
    {veto.highest_grade} as highest_grade
from temp.read_values as v
join temp.batch as b on b.metric = '{index.index}' and b.period = v.period
where v.metric = '{veto.metric}'
  and ({scalar_sql(card_expression(veto.when))})"""


def card_findings(rule: CardRule) -> str:
    """Where each division stands with a rule in the latest period that can be judged; colour null is clear.

    A period can be judged when enough has been reported (`coverage_floor`), so thin data raises nothing.
    """
    return f"""with readings as (
    select
        v.division, v.period, p.ordinal, month(p.last_on) as month,
        v.value, v.numerator, v.denominator, v.previous, v.year_ago,
        d.target, v.rank, v.places, v.reported, v.expected
    from marts.metric_values as v
    join facts.periods as p on p.period = v.period
    join facts.metric_definitions as d on d.metric = v.metric
    where v.metric = '{rule.metric}'
      and v.level = '{rule.level}'
      and p.kind = '{rule.periodicity}'
      and v.value is not null
      and v.reported >= {rule.coverage_floor} * v.expected
), judged as (
    select
        readings.*,
        {_holds(rule.yellow)} as is_yellow,
        {_holds(rule.red)} as is_red,
        max(ordinal) over (partition by division) as latest
    from readings
)
select
    '{rule.rule}' as rule,
    {rule.version} as rule_version,
    division,
    period,
    case when is_red then 'red' when is_yellow then 'yellow' end as colour,
    value,
    previous,
    rank,
    places,
    reported,
    expected
from judged
where ordinal = latest"""


def _holds(condition: Condition | None) -> str:
    """Whether a condition held in as many periods running as it asks for; a gap breaks the run."""
    if condition is None:
        return "false"
    sql = scalar_sql(card_expression(condition.when))
    if condition.consecutive == 1:
        return f"({sql})"
    return f"""sum(case when {sql} then 1 else 0 end) over (
            partition by division order by ordinal
            range between {condition.consecutive - 1} preceding and current row
        ) >= {condition.consecutive}"""
