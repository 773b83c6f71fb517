"""Run the models over what was staged: everything, or only what the changed reports touch.

A full build is the same run with every report changed, so the two cannot differ but by a mistake in
`affected_by`; a property test looks for one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from duckdb import DuckDBPyConnection

from services.analytics.catalog_facts import Cell, affected_by, write_catalog, write_periods
from services.analytics.extract import RECORDS, Report
from services.analytics.models import (
    Model,
    checks,
    columns_of,
    compiled_models,
    in_order_of_batches,
    written_models,
)
from services.analytics.recording import write_records
from services.analytics.rewrite import Rewriting, has_rows
from services.catalog.load import Catalog
from services.catalog.warehouse import distinct_members, long_measures, metrics_of, staged_rows, wide_measures

_MEASURED: Final = (
    "numerator", "denominator", "value", "reported", "expected", "rank", "places", "county_rank", "county_places",
    "city_rank", "city_places", "previous", "year_ago",
)  # fmt: skip
_ROWS_AT_ONCE: Final = 4_500_000
"""So many values are computed at once, or those of one period; what is kept in memory of a batch."""

BATCH: Final = """select a.metric, a.period, c.cell
from facts.affected as a
left join facts.cells as c on c.metric = a.metric and c.period = a.period"""

SCHEMAS = ("facts", "metrics", "marts")

KEPT: Final = {
    "facts.measures": (
        "metric varchar, division varchar, period varchar, "
        "numerator decimal(18, 4), denominator decimal(18, 4), is_reported boolean"
    ),
    "facts.members": "metric varchar, division varchar, period varchar, member varchar",
    "facts.submissions": (
        "id varchar, form varchar, period varchar, division varchar, revision bigint, "
        "received_at timestamptz, on_time boolean, key_id bigint"
    ),
    "facts.expected_reports": (
        "form varchar, period varchar, division varchar, due_on date, on_time_until timestamptz"
    ),
    "facts.expected_units": "form varchar, period varchar, division varchar, reporter varchar",
    "facts.unheard_units": "form varchar, period varchar, division varchar, reporter varchar",
    "facts.recorded_rows": "form varchar, period varchar, division varchar, fields varchar",
    "facts.recorded_spans": "today date, spans bigint",
    **{f"facts.{name}": shape for tables in RECORDS.values() for name, shape in tables.items()},
    "marts.metric_values": (
        "metric varchar, metric_number bigint, period varchar, division varchar, parent varchar, level varchar, "
        "numerator decimal(18, 4), denominator decimal(18, 4), value double, reported bigint, expected bigint, "
        "rank bigint, places bigint, county_rank bigint, county_places bigint, city_rank bigint, "
        "city_places bigint, previous double, year_ago double"
    ),
    "marts.changes": "metric varchar, period varchar, snapshot varchar",
}
"""Relations that are there before any model runs, with their columns.

marts.changes says in which snapshot a metric last changed in a period.
"""


@dataclass(frozen=True)
class News:
    """What is other than in the snapshot before: reports, sources of records; `is_certain` where time alone is."""

    reports: frozenset[Report]
    sources: frozenset[str] = frozenset()
    is_certain: bool = False


class BrokenWarehouse(RuntimeError):
    """A check failed: the numbers contradict each other, and are not published."""


@dataclass(frozen=True)
class SnapshotName:
    """What the snapshot will say of itself."""

    name: str
    as_of: datetime
    catalog_version: str


def create_schemas(warehouse: DuckDBPyConnection) -> None:
    """The layers, and the tables that hold what is kept from refresh to refresh."""
    for schema in SCHEMAS:
        warehouse.execute(f"create schema if not exists {schema}")
    for name, shape in KEPT.items():
        warehouse.execute(f"create table if not exists {name} ({shape})")


def build(
    warehouse: DuckDBPyConnection,
    catalog: Catalog,
    news: News,
    snapshot: SnapshotName,
    progress: Callable[[str], None] = lambda step: None,
) -> bool:
    """Bring every relation up to what was staged; False when nothing came of it, and all is as it was.

    Raises BrokenWarehouse when a check fails.
    """
    progress("facts")
    extent = _extent_of_units(warehouse)
    _write_facts(warehouse, catalog)
    reports = news.reports | write_records(warehouse, catalog, snapshot.as_of, news.sources)
    if not reports and not news.is_certain:
        return False
    slices = sorted({(form, period) for form, period, _ in reports})
    _write_snapshot(warehouse, snapshot)
    _write_measures(warehouse, catalog, {form for form, _ in slices})
    affected = affected_by(catalog, slices)
    _write_cells(warehouse, "affected", affected)
    same_units = has_relation(warehouse, "facts", "lineage") and _extent_of_units(warehouse) == extent
    _run_models(warehouse, catalog, {name for name, _ in affected}, progress, same_units=same_units)
    return True


def _extent_of_units(warehouse: DuckDBPyConnection) -> tuple[object, ...]:
    """What is another number within a transaction once a unit has come or gone."""
    return warehouse.execute("select count(*), max(rowid) from facts.expected_units").fetchone() or ()


def _run_models(
    warehouse: DuckDBPyConnection,
    catalog: Catalog,
    touched: set[str],
    progress: Callable[[str], None],
    *,
    same_units: bool,
) -> None:
    """Every model over what is affected; `touched` are the metrics and indexes of that."""
    concerned = _Concerned(
        same_units=same_units,
        rules=[rule.rule for rule in catalog.rules.values() if rule.metric in touched],
        has_distinct=any(m.divisions == "distinct" for m in catalog.metrics.values() if m.metric in touched),
    )
    before, in_batches, after = in_order_of_batches((*written_models(), *compiled_models(catalog, touched)))
    for model in before:
        progress(model.name)
        _refresh(warehouse, model, concerned)
    for periods in _batches(warehouse):
        progress(f"values of {periods[0]}")
        _write_batch(warehouse, periods)
        for model in in_batches:
            _refresh(warehouse, model, concerned)
            if model.name == "temp.changed_cells" and not has_rows(warehouse, model.name):
                break
        else:
            _run_checks(warehouse)
    for model in after:
        progress(model.name)
        _refresh(warehouse, model, concerned)


def _batches(warehouse: DuckDBPyConnection) -> list[list[str]]:
    """The affected periods, in batches that leave memory enough.

    What a period is compared with comes before it in this order, so that it is there.
    """
    counted = warehouse.execute(
        """select period, count(*) * (select count(*) from facts.changed_divisions) as most
        from facts.affected group by period order by period"""
    ).fetchall()
    batches: list[list[str]] = []
    room = 0
    for period, most in counted:
        if most > room:
            batches.append([])
            room = _ROWS_AT_ONCE
        batches[-1].append(period)
        room -= most
    return batches


def _write_batch(warehouse: DuckDBPyConnection, periods: list[str]) -> None:
    """temp.batch: what is affected of these periods; metrics with their cells, indexes without."""
    warehouse.execute(
        f"create or replace temp table temp.batch as {BATCH} where a.period in (select unnest(?))", [periods]
    )


def has_relation(warehouse: DuckDBPyConnection, schema: str, name: str) -> bool:
    """Whether the warehouse has this table or view already."""
    found = warehouse.execute(
        "select count(*) from information_schema.tables where table_schema = ? and table_name = ?", [schema, name]
    ).fetchone()
    return bool(found and found[0])


def _write_snapshot(warehouse: DuckDBPyConnection, snapshot: SnapshotName) -> None:
    warehouse.execute(
        "create or replace table facts.snapshot (name varchar, as_of timestamptz, catalog_version varchar)"
    )
    warehouse.execute(
        "insert into facts.snapshot values (?, ?, ?)", [snapshot.name, snapshot.as_of, snapshot.catalog_version]
    )


def _write_facts(warehouse: DuckDBPyConnection, catalog: Catalog) -> None:
    if not has_relation(warehouse, "facts", "metric_definitions"):
        write_catalog(warehouse, catalog)
    for table in ("submissions", "expected_reports"):
        warehouse.execute(
            f"""delete from facts.{table} where (form, period, division) in
            (select form, period, division from temp.reports)"""
        )
    warehouse.execute(
        """insert into facts.submissions
        select id, form, period, division, revision, received_at, on_time, key_id from temp.submissions"""
    )
    warehouse.execute(
        """insert into facts.expected_reports
        select distinct form, period, division, due_on, on_time_until from temp.expected"""
    )
    _write_units(warehouse)
    _write_calendar(warehouse)


def _write_units(warehouse: DuckDBPyConnection) -> None:
    """The units of the reports that were read; a correction expects the same as the report before it."""
    warehouse.execute(
        """create or replace temp table other_units as
        select s.row_number, e.form, e.period, e.unit, e.division
        from temp.expected as e
        full join (
            select rowid as row_number, form, period, division, reporter
            from facts.expected_units
            where (form, period, reporter) in (select form, period, division from temp.reports)
        ) as s on s.form = e.form and s.period = e.period and s.division = e.unit and s.reporter = e.division
        where s.form is null or e.form is null"""
    )
    if has_rows(warehouse, "temp.other_units"):
        warehouse.execute("delete from facts.expected_units where rowid in (select row_number from temp.other_units)")
        warehouse.execute(
            """insert into facts.expected_units
            select form, period, unit, division from temp.other_units where form is not null"""
        )


def _write_calendar(warehouse: DuckDBPyConnection) -> None:
    """The periods of every year in which something is due, unless they are there already."""
    years = warehouse.execute(
        "select distinct cast(left(period, 4) as integer) as year from facts.expected_reports order by year"
    ).fetchall()
    wanted = range(years[0][0], years[-1][0] + 1) if years else range(0)
    known = has_relation(warehouse, "facts", "periods")
    count = warehouse.execute("select count(*) from facts.periods where kind = 'year'").fetchone() if known else None
    if count is None or count[0] != len(wanted):
        write_periods(warehouse, wanted)


def _write_measures(warehouse: DuckDBPyConnection, catalog: Catalog, forms: set[str]) -> None:
    for form in (catalog.forms[name] for name in sorted(forms) if name in catalog.forms):
        staged, wide = f"temp.form_{form.form}", f"temp.form_{form.form}__wide"
        warehouse.execute(
            """create or replace temp table temp.units as
            select u.division, u.period
            from facts.expected_units as u
            join temp.reports as r on r.form = u.form and r.period = u.period and r.division = u.reporter
            where u.form = ?""",
            [form.form],
        )
        warehouse.execute(f"create or replace temp table {staged} as {staged_rows(form)}")
        warehouse.execute(
            f"""create or replace temp table {wide} as
            select u.division, u.period, w.* exclude (division, period), w.division is not null as has_rows
            from temp.units as u
            left join ({wide_measures(catalog, form)}) as w on w.division = u.division and w.period = u.period"""
        )
        metrics = metrics_of(catalog, form)
        distinct = [metric for metric in metrics if metric.divisions == "distinct"]
        for table, written in (("measures", metrics), ("members", distinct)):
            warehouse.execute(
                f"""delete from facts.{table} where metric in (select unnest(?::varchar[]))
                and period in (select period from temp.units)
                and (period, division) in (select period, division from temp.units)""",
                [[metric.metric for metric in written]],
            )
        if metrics:
            listed = "\nunion all\n".join(long_measures(form, metric) for metric in metrics)
            warehouse.execute(f"insert into facts.measures {listed}")
        for metric in distinct:
            warehouse.execute(f"insert into facts.members {distinct_members(form, metric)}")
        for table in ("temp.units", staged, wide):
            warehouse.execute(f"drop table {table}")


def _write_cells(warehouse: DuckDBPyConnection, table: str, cells: frozenset[Cell]) -> None:
    warehouse.execute(f"create or replace table facts.{table} (metric varchar, period varchar)")
    listed = sorted((metric, str(period)) for metric, period in cells)
    warehouse.execute(
        f"insert into facts.{table} select unnest(?), unnest(?)",
        [[metric for metric, _ in listed], [period for _, period in listed]],
    )


@dataclass(frozen=True)
class _Concerned:
    """The card rules whose metric is touched; whether a metric is that counts different values; whether the same
    divisions and periods are due as before.
    """

    rules: list[str]
    has_distinct: bool
    same_units: bool


def _refresh(warehouse: DuckDBPyConnection, model: Model, concerned: _Concerned) -> None:
    if model.refresh == "units" and concerned.same_units:
        return
    if model.refresh in ("whole", "units", "view", "distinct") or model.name.startswith("temp."):
        kind = "view" if model.refresh == "view" else "table"
        kind = f"temp {kind}" if model.name.startswith("temp.") else kind
        nothing = " limit 0" if model.refresh == "distinct" and not concerned.has_distinct else ""
        warehouse.execute(f"create or replace {kind} {model.name} as {model.sql}{nothing}")
        return
    columns = columns_of(model)
    if model.name not in KEPT:
        shape = f"({columns})" if columns else f"as select * from ({model.sql}) limit 0"
        warehouse.execute(f"create table if not exists {model.name} {shape}")
    if model.refresh == "batch":
        _rewrite_values(warehouse, model)
    else:
        _replace(warehouse, model, concerned)


def _rewrite_values(warehouse: DuckDBPyConnection, model: Model) -> None:
    columns = "row_number, cell, number, " + ", ".join(_MEASURED)
    standing = f"""select c.metric, c.period, l.division, s.* exclude (cell, number)
        from (
            select {columns} from temp.standing_values union all select {columns} from temp.neighbour_values
        ) as s
        join temp.touched as c on c.cell = s.cell
        join facts.lineage as l on l.number = s.number"""
    written = """select distinct c.metric, c.period
        from temp.compared_values as v join facts.cells as c on c.cell = v.cell"""
    Rewriting(model.name, model.sql, standing, written).run(warehouse)
    warehouse.execute(
        "delete from marts.changes where (metric, period) in (select metric, period from temp.rewritten_cells)"
    )
    warehouse.execute(
        """insert into marts.changes
        select c.metric, c.period, n.name from temp.rewritten_cells as c cross join facts.snapshot as n"""
    )


def _replace(warehouse: DuckDBPyConnection, model: Model, concerned: _Concerned) -> None:
    if model.refresh == "rules":
        warehouse.execute(f"delete from {model.name} where rule in (select unnest(?))", [concerned.rules])
    else:
        warehouse.execute(
            f"""delete from {model.name}
            where period in (select period from temp.batch)
            and (index_name, period) in (select metric, period from temp.batch)
            and division in (select division from facts.changed_units)"""
        )
    warehouse.execute(f"insert into {model.name} {model.sql}")


def _run_checks(warehouse: DuckDBPyConnection) -> None:
    for check in checks():
        found = warehouse.execute(check.sql).fetchone()
        assert found is not None
        examined, broken = found
        if broken or (examined == 0 and check.severity == "fail"):
            raise BrokenWarehouse(f"{check.name}: {broken} broken of {examined} examined")
