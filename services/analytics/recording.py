"""The center's own records → rows of the forms that nobody fills: computed, compared, and passed on as reports are.

What each form's rows are computed from stands in records/<source>_<periodicity>.sql. Only rows that are other than
in the refresh before become changed reports; from there on they go the way of every report.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Final

from duckdb import DuckDBPyConnection

from services.analytics.extract import Report
from services.catalog.load import Catalog
from services.catalog.schema import Form

TIMED: Final = frozenset(("reporting", "villages"))
"""The sources whose rows change with every report; those of the others only with their records and the day."""

_UNHEARD: Final = (
    """delete from facts.unheard_units where (form, period, reporter) in
    (select form, period, division from temp.reports)""",
    """insert into facts.unheard_units
    select u.form, u.period, u.division, u.reporter
    from facts.expected_units as u
    join temp.submissions as s on s.form = u.form and s.period = u.period and s.division = u.reporter
    anti join (select * from temp.rows where not is_nil) as r
        on r.form = u.form and r.period = u.period and r.division = u.division""",
)
"""Whom the newest revision of a report says nothing of, though it should: no row, or a nil one. They are few, and
rows are not kept."""

_CONCERNED: Final = """select division from temp.reports
union
select e.division
from facts.expected_reports as e
cross join facts.snapshot as before
cross join temp.moment as n
where e.on_time_until >= before.as_of and e.on_time_until < n.as_of"""
"""Whose reporting may be other than in the snapshot before: a report came, or its time is over."""


@cache
def records_sql(name: str) -> str:
    """The SQL file of this name in records/."""
    return files("services.analytics").joinpath("records", f"{name}.sql").read_text("utf-8")


def source_of(form: Form) -> str:
    """The name of the SQL that gives a form's rows."""
    return f"{form.source}_{form.periodicity}"


def write_records(
    warehouse: DuckDBPyConnection, catalog: Catalog, now: datetime, changed: frozenset[str]
) -> frozenset[Report]:
    """Bring facts.recorded_rows up to the records as they stand at `now`, and stage the rows that are other.

    `changed` are the sources whose records were read anew. The reports that changed are in temp.reports and temp.rows
    then, as those that were read from Postgres.
    """
    forms = catalog.computed_forms
    if not forms:
        return frozenset()
    warehouse.execute("create or replace temp table moment as select ?::timestamptz as as_of, ?::date as today", [
        now, now.date(),
    ])  # fmt: skip
    for statement in _UNHEARD:
        warehouse.execute(statement)
    warehouse.execute(f"create or replace temp table spans as {records_sql('spans')}")
    are_other = _spans_are_other(warehouse)
    if are_other:
        changed = frozenset(form.source for form in forms)
    concerned = "select distinct division from temp.spans" if are_other else _CONCERNED
    warehouse.execute(f"create or replace temp table concerned as {concerned}")
    _compute(warehouse, [form for form in forms if form.source in changed | TIMED])
    return _stage_changes(warehouse)


def _spans_are_other(warehouse: DuckDBPyConnection) -> bool:
    """Whether it is another day, or there are further divisions or periods, than when rows were last computed."""
    present = warehouse.execute(
        "select (select today from temp.moment), (select count(*) from temp.spans)"
    ).fetchone()
    kept = warehouse.execute("select today, spans from facts.recorded_spans").fetchone()
    if present == kept:
        return False
    warehouse.execute("delete from facts.recorded_spans")
    warehouse.execute("insert into facts.recorded_spans values (?, ?)", present)
    return True


def _compute(warehouse: DuckDBPyConnection, forms: Iterable[Form]) -> None:
    """temp.computed: the rows of `forms`, with their fields as JSON."""
    warehouse.execute(
        "create or replace temp table computed (form varchar, period varchar, division varchar, fields varchar)"
    )
    for source, group in groupby(sorted(forms, key=source_of), key=source_of):
        warehouse.execute(f"create or replace temp table recorded as {records_sql(source)}")
        for form in group:
            fields = ", ".join(f"'{field.field}', {field.field}" for field in form.fields)
            warehouse.execute(
                f"""insert into temp.computed
                select '{form.form}', period, division, json_object({fields}) from temp.recorded where level = ?""",
                [form.grain],
            )


def _stage_changes(warehouse: DuckDBPyConnection) -> frozenset[Report]:
    warehouse.execute(
        """create or replace temp table changed_records as
        select c.form, c.period, c.division, c.fields, r.form is null as is_new
        from temp.computed as c
        left join facts.recorded_rows as r on r.form = c.form and r.period = c.period and r.division = c.division
        where r.fields is distinct from c.fields"""
    )
    found = warehouse.execute("select form, period, division from temp.changed_records").fetchall()
    if not found:
        return frozenset()
    for statement in (
        """delete from facts.recorded_rows where (form, period, division) in
        (select form, period, division from temp.changed_records where not is_new)""",
        "insert into facts.recorded_rows select form, period, division, fields from temp.changed_records",
        """insert into facts.expected_units
        select form, period, division, division as reporter from temp.changed_records where is_new""",
        "insert into temp.reports select form, period, division from temp.changed_records",
        "insert into temp.rows select form, period, division, false as is_nil, fields from temp.changed_records",
    ):
        warehouse.execute(statement)
    return frozenset(found)
