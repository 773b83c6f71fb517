"""Full rebuild: everything from the first report to the snapshot, as `rorc refresh --full` does it.

Baseline: the same models in Postgres (see on_postgres.py) over the facts that ours extracted, on the same machine,
one after the other. Ours is told twice: whole, and the build alone, which is what is compared although it checks
its result and Postgres does not. Its server has 512 MB of shared buffers, 512 MB of work_mem and parallel workers;
each table is analyzed once it is made, or the next plan would be blind; merge joins are off, for with them its plan
for marts.metric_values compares every division of a metric and period with every other (more than seven minutes).
Goals: at least 4 × as fast, and the whole within 60 s. Both results are compared before anything is printed.
"""

import math
import multiprocessing
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import psutil
import psycopg

from services.analytics.build import BATCH, KEPT, SCHEMAS
from services.analytics.catalog_facts import affected_by, write_catalog
from services.analytics.extract import stage
from services.analytics.models import Model, columns_of, compiled_models, in_order_of_batches, written_models
from services.analytics.refresh import Refresher
from services.catalog.load import Catalog, load_catalog
from services.core.clock import Clock
from services.core.database import connect
from services.core.sealing import seal_of
from services.core.settings import Settings
from tests.benchmarks.city import City
from tests.benchmarks.copying import copy_file
from tests.benchmarks.on_postgres import TYPES, postgres_sql
from tests.benchmarks.processes import Sampler, peak_mib
from tests.benchmarks.report import Line, Report

_DATABASE = "bench_rebuild"
_SESSION = {
    "work_mem": "512MB", "maintenance_work_mem": "512MB", "max_parallel_workers_per_gather": "2", "jit": "off",
    "enable_mergejoin": "off",
    "timezone": "Asia/Shanghai",
}  # fmt: skip
_RESULT = """select count(*), count(value), cast(sum(value) as double precision), cast(sum(rank) as double precision),
    (select count(*) from marts.card_findings) from marts.metric_values"""

_EMPTY = ("standing_values", "neighbour_values", "served")
"""What the refresh before left, which is nothing in a full build; `served` is what marts.metric_values was then."""
_TEMPORARY = re.compile(r"\btemp\.")
_PROMISED_SECONDS = 60.0

Statement = tuple[str, str, str]
"""`table` or `view`, the relation's name, its SQL."""


@dataclass(frozen=True)
class Built:
    """Seconds by step, the result in figures, and the peak memory of the process that did it."""

    seconds: Mapping[str, float]
    result: Sequence[float]
    memory_mib: float

    @property
    def total(self) -> float:
        return sum(self.seconds.values())


def measure(city: City) -> Report:
    ours = _in_duckdb(city)
    base = city.folder / "rebuild-base.duckdb"
    names = _prepare(city, base)
    with _in_database(city, base) as connection:
        theirs = _in_postgres(connection, city.server, _statements(city.catalog, names))
    base.unlink()
    _require_same(ours, theirs)
    build = ours.seconds["build"]
    lines = [
        Line("build", f"{build:.1f} s", f"Postgres: {theirs.total:.1f} s", theirs.total / build, 4),
        Line("whole", f"{ours.total:.1f} s", f"promised: {_PROMISED_SECONDS:g} s", _PROMISED_SECONDS / ours.total, 1),
    ]
    rows, values, *_ = theirs.result
    steps = ", ".join(f"{step} {seconds:.1f} s" for step, seconds in ours.seconds.items())
    notes = (
        f"{rows:,.0f} rows of marts.metric_values, {values:,.0f} with a value, the same in both.",
        f"Ours: {steps}. Slowest in Postgres: {_slowest(theirs)}.",
        "Translated by sqlglot; by hand: arg_max … filter (array_agg), median (percentile_cont), days between dates.",
    )
    return Report("full rebuild", lines, {"analytics": ours.memory_mib, "Postgres": theirs.memory_mib}, notes)


def _slowest(built: Built) -> str:
    most = sorted(built.seconds.items(), key=lambda item: -item[1])[:3]
    return ", ".join(f"{name} {seconds:.1f} s" for name, seconds in most)


def _require_same(ours: Built, theirs: Built) -> None:
    """The counts alike, the sums to a millionth: a value rounded otherwise may break a tie, and change a rank."""
    pairs = list(zip(ours.result, theirs.result, strict=True))
    if not all(a == b if isinstance(a, int) else math.isclose(a, b, rel_tol=1e-6) for a, b in pairs):
        raise RuntimeError(f"the engines differ: {ours.result} and {theirs.result}")


def _prepare(city: City, base: Path) -> set[str]:
    """The facts of the newest snapshot, all of them to be computed; the names that are computed from them."""
    base.unlink(missing_ok=True)
    with duckdb.connect(str(base)) as warehouse:
        for schema in ("facts", "temporary"):
            warehouse.execute(f"create schema {schema}")
        warehouse.execute(f"attach '{city.snapshot}' as demo (read_only)")
        write_catalog(warehouse, city.catalog)
        for name in _extracted(warehouse):
            warehouse.execute(f"create table facts.{name} as select * from demo.facts.{name}")
        with connect(city.address) as connection:
            stage(connection, warehouse, [], city.folder, seal_of(Settings(data_dir=city.folder)))
        warehouse.execute("create table temporary.register as select * from temp.register")
        warehouse.execute(
            """create table temporary.reports as
            select distinct form, period, division from facts.expected_reports
            union all
            select form, period, division from facts.recorded_rows"""
        )
        slices = warehouse.execute("select distinct form, period from temporary.reports").fetchall()
        affected = affected_by(city.catalog, slices)
        listed = sorted((metric, str(period)) for metric, period in affected)
        warehouse.execute("create table facts.affected (metric varchar, period varchar)")
        warehouse.execute(
            "insert into facts.affected select unnest(?), unnest(?)",
            [[metric for metric, _ in listed], [period for _, period in listed]],
        )
        for name in _EMPTY:
            warehouse.execute(f"create table temporary.{name} as {_nothing_standing()}")
    return {metric for metric, _ in affected}


def _nothing_standing() -> str:
    """No rows, in the columns of what the refresh before left."""
    columns = "cell bigint, number bigint, row_number bigint, " + KEPT["marts.metric_values"]
    listed = (column.partition(" ") for column in re.split(r", (?=[a-z])", columns))
    return f"select {', '.join(f'cast(null as {kind}) as {name}' for name, _, kind in listed)} where false"


def _extracted(warehouse: duckdb.DuckDBPyConnection) -> list[str]:
    """The facts of the snapshot that no model makes and that do not speak of one refresh."""
    rows = warehouse.execute(
        """select database_name, table_name from duckdb_tables() where schema_name = 'facts'
        and table_name not in ('affected', 'watermark')"""
    ).fetchall()
    there = {name for database, name in rows if database == "demo"}
    here = {name for database, name in rows if database != "demo"}
    return sorted(there - here - {model.name.removeprefix("facts.") for model in written_models()})


def _statements(catalog: Catalog, names: set[str]) -> list[Statement]:
    before, in_batches, after = in_order_of_batches((*written_models(), *compiled_models(catalog, names)))
    given = {f"temp.{name}" for name in _EMPTY}
    made: list[list[Statement]] = [
        [
            ("view" if model.refresh == "view" else "table", model.name, _typed(model))
            for model in group
            if model.name not in given
        ]
        for group in (before, in_batches, after)
    ]
    return [*made[0], ("table", "temp.batch", BATCH), *made[1], *made[2]]


def _typed(model: Model) -> str:
    """Its SQL; of a compiled relation that nothing fills, with types for its columns."""
    if "before" in model.header:
        return model.sql.replace(model.header["before"], "temp.served")
    columns = columns_of(model)
    if columns is None or not model.sql.endswith("where false"):
        return model.sql
    typed = re.split(r", (?=[a-z])", columns)
    listed = ", ".join(f"cast(null as {kind}) as {name}" for name, _, kind in (c.partition(" ") for c in typed))
    return f"select {listed} where false"


def _in_duckdb(city: City) -> Built:
    """In a process of its own, so that its peak memory is that of the build."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_rebuild, city.settings, city.address, city.now).result()


def _rebuild(settings: Settings, address: str, now: datetime) -> Built:
    done = Refresher(settings, address, load_catalog(), Clock(now)).refresh(full=True)
    memory = peak_mib(psutil.Process())
    with duckdb.connect(str(settings.snapshot_dir / f"{done.snapshot}.duckdb"), read_only=True) as snapshot:
        result = snapshot.execute(_RESULT).fetchone()
    assert result is not None
    return Built(done.seconds, result, memory)


def _in_postgres(
    connection: psycopg.Connection[tuple[float, ...]], server: psutil.Process, statements: Sequence[Statement]
) -> Built:
    translated = [(kind, _TEMPORARY.sub("temporary.", name), postgres_sql(_TEMPORARY.sub("temporary.", sql)))
                  for kind, name, sql in statements]  # fmt: skip
    seconds = {}
    with Sampler(server) as sampler:
        for kind, name, sql in translated:
            begun = time.perf_counter()
            connection.execute(f"create {kind} {name} as {sql}".encode())
            if kind == "table":
                connection.execute(f"analyze {name}".encode())
            seconds[name] = time.perf_counter() - begun
        begun = time.perf_counter()
        connection.commit()
        seconds["commit"] = time.perf_counter() - begun
    result = connection.execute(_RESULT.encode()).fetchone()
    assert result is not None
    return Built(seconds, result, sampler.peak_mib)


@contextmanager
def _in_database(city: City, base: Path) -> Iterator[psycopg.Connection[tuple[float, ...]]]:
    """A database of its own with the same tables; dropped at the end."""
    with connect(city.address, autocommit=True) as admin:
        admin.execute(f"drop database if exists {_DATABASE} with (force)".encode())
        admin.execute(f"create database {_DATABASE}".encode())
        with connect(city.address_of(_DATABASE)) as connection:
            _copy_tables(base, connection)
            yield connection
        admin.execute(f"drop database {_DATABASE}".encode())


def _copy_tables(base: Path, connection: psycopg.Connection[tuple[float, ...]]) -> None:
    for schema in (*SCHEMAS, "temporary"):
        connection.execute(f"create schema {schema}".encode())
    file = base.with_suffix(".csv")
    with duckdb.connect(str(base), read_only=True) as warehouse:
        tables = warehouse.execute(
            """select schema_name || '.' || table_name,
                list(column_name order by column_index), list(data_type order by column_index)
            from duckdb_columns() where database_name = current_database() and schema_name in ('facts', 'temporary')
            group by all"""
        ).fetchall()
        for name, columns, types in tables:
            shape = ", ".join(f"{column} {TYPES[kind]}" for column, kind in zip(columns, types, strict=True))
            connection.execute(f"create table {name} ({shape})".encode())
            warehouse.execute(f"copy {name} to '{file}' (format csv, header false)")
            copy_file(connection, name, file)
    connection.commit()
    connection.autocommit = True
    connection.execute("vacuum analyze")
    connection.autocommit = False
    for name, value in _SESSION.items():
        connection.execute(f"set {name} = '{value}'".encode())
    connection.commit()
