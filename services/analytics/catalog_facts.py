"""What the models need to know of the catalog and the calendar, as tables: definitions, periods, grades."""

from collections.abc import Iterable, Iterator

from duckdb import DuckDBPyConnection

from services.catalog.load import Catalog
from services.catalog.periods import KINDS, Period, PeriodKind, periods_of_years
from services.catalog.schema import Grain, Metric
from services.catalog.scoring import Reads, reads_of_index, reads_of_metric
from services.catalog.sources import index_named
from services.catalog.warehouse import metrics_of

Cell = tuple[str, Period]


def write_catalog(warehouse: DuckDBPyConnection, catalog: Catalog) -> None:
    """facts.metric_definitions, metric_inputs, rule_definitions, index_sizes and index_grades out of the catalog."""
    warehouse.execute(
        """create or replace table facts.metric_definitions (
            metric varchar, metric_number bigint, system varchar, form varchar, divisions varchar, periods varchar,
            span varchar, direction varchar, target double, coverage_floor decimal(18, 4), grain varchar
        )"""
    )
    # What is computed together lies together: a work system's metrics have numbers beside one another.
    ordered = [(system.system, metric) for system in catalog.systems for metric in system.metrics]
    definitions = [
        (
            m.metric,
            number,
            system,
            m.form,
            m.divisions,
            m.periods,
            "to_date" if m.periods == "to_date" else "within",
            m.direction,
            None if m.target is None else float(m.target),
            m.coverage_floor,
            _grain_of(catalog, m),
        )
        for number, (system, m) in enumerate(ordered, start=1)
    ]
    _insert(warehouse, "facts.metric_definitions", definitions)
    warehouse.execute("create or replace table facts.metric_inputs (metric varchar, input varchar, step varchar)")
    _insert(warehouse, "facts.metric_inputs", sorted(_inputs(catalog)))
    warehouse.execute("create or replace table facts.rule_definitions (rule varchar, system varchar)")
    rules = [(rule.rule, system.system) for system in catalog.systems for rule in system.cards]
    _insert(warehouse, "facts.rule_definitions", rules)
    warehouse.execute("create or replace table facts.index_sizes (index_name varchar, components bigint)")
    _insert(warehouse, "facts.index_sizes", [(i.index, len(i.components)) for i in catalog.indexes.values()])
    warehouse.execute(
        "create or replace table facts.index_grades (index_name varchar, grade bigint, at_least double)"
    )
    grades = [(i.index, g.grade, float(g.at_least)) for i in catalog.indexes.values() for g in i.grades]
    _insert(warehouse, "facts.index_grades", grades)


def _grain_of(catalog: Catalog, metric: Metric) -> Grain | None:
    """The level at which a metric is reported; a derived one reads metrics of one level alone."""
    if metric.form is not None:
        return catalog.forms[metric.form].grain
    read = reads_of_metric(catalog, metric).names
    return catalog.derived_grains[min(read)] if read else None


def _inputs(catalog: Catalog) -> Iterator[tuple[str, str, str]]:
    """What each index and derived metric reads, and how many steps back: now, previous, year_ago."""
    reads = {index.index: reads_of_index(index) for index in catalog.indexes.values()}
    reads |= {metric.metric: reads_of_metric(catalog, metric) for metric in catalog.derived_metrics}
    for name, read in reads.items():
        steps = ["now", *(step for step in ("previous", "year_ago") if getattr(read, step))]
        yield from ((name, source, step) for source in read.names for step in steps)


def write_periods(warehouse: DuckDBPyConnection, years: range) -> None:
    """facts.periods with its neighbours, and facts.period_parts: which periods a longer one is made of."""
    warehouse.execute(
        """create or replace table facts.periods (
            period varchar, kind varchar, ordinal bigint, first_on date, last_on date,
            previous varchar, year_ago varchar
        )"""
    )
    warehouse.execute("create or replace table facts.period_parts (span varchar, period varchar, part varchar)")
    periods = periods_of_years(years)
    rows = [(str(p), p.kind, p.ordinal, p.first_day, p.last_day, str(p.previous), str(p.year_ago)) for p in periods]
    _insert(warehouse, "facts.periods", rows)
    kinds: tuple[PeriodKind, ...] = ("year", "half", "quarter", "month")
    parts = [("within", str(p), str(part)) for p in periods for kind in kinds for part in p.parts(kind)]
    parts += [
        ("to_date", str(p), str(part)) for p in periods for kind in kinds if p.parts(kind) for part in p.to_date(kind)
    ]
    _insert(warehouse, "facts.period_parts", parts)


def _insert(warehouse: DuckDBPyConnection, table: str, rows: Iterable[tuple[object, ...]]) -> None:
    listed = list(rows)
    if listed:
        marks = ", ".join("?" * len(listed[0]))
        values = ", ".join(f"({marks})" for _ in listed)
        warehouse.execute(f"insert into {table} values {values}", [cell for row in listed for cell in row])


def affected_by(catalog: Catalog, slices: Iterable[tuple[str, str]]) -> frozenset[Cell]:
    """Everything that rests on these forms and periods: longer periods, indexes, derived metrics."""
    computed: set[Cell] = set()
    for form_name, period in slices:
        form = catalog.forms.get(form_name)
        for metric in metrics_of(catalog, form) if form else ():
            computed |= {(metric.metric, p) for p in _resting_on(Period.parse(period), metric.periods == "to_date")}
    for index in catalog.indexes.values():
        computed |= _reading(index.index, reads_of_index(index), computed)
    for index in catalog.indexes.values():
        computed |= {(f"{index.index}_grade", p) for name, p in computed if name == index.index}
    for metric in catalog.derived_metrics:
        reads = reads_of_metric(catalog, metric)
        kinds = _kinds_of_all(catalog, reads.names)
        computed |= {(name, p) for name, p in _reading(metric.metric, reads, computed) if p.kind in kinds}
    return frozenset(computed)


def _kinds_of_all(catalog: Catalog, names: Iterable[str]) -> frozenset[PeriodKind]:
    """The kinds of periods for which every one of these metrics, indexes and grades has values: in a half of what is
    reported by the year there is never one, nor of what is computed from it.
    """
    metrics = {name for name in names if name in catalog.metrics}
    indexes = [index for name in names if name not in metrics and (index := index_named(catalog, name))]
    metrics |= {component.metric for index in indexes for component in index.components}
    forms = [catalog.metrics[name].form for name in metrics]
    finest = [KINDS.index(catalog.forms[form].periodicity) for form in forms if form is not None]
    return frozenset(KINDS[: min(finest) + 1])


def _resting_on(period: Period, to_date: bool) -> set[Period]:
    """The periods whose value has a part in `period`: those around it, and for to_date the rest of the year."""
    resting = set(period.around())
    if to_date:
        year = Period(period.year, "year")
        later = {part for around in period.around() for part in year.parts(around.kind)}
        resting |= {part for part in later if part.last_day >= period.last_day}
    return resting


def _reading(name: str, reads: Reads, computed: set[Cell]) -> set[Cell]:
    found = {(name, period) for metric, period in computed if metric in reads.names}
    if reads.previous:
        found |= {(name, period.next) for _, period in found.copy()}
    if reads.year_ago:
        found |= {(name, period.year_later) for _, period in found.copy()}
    return found
