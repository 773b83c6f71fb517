"""Small snapshot files, made by hand with the columns of the marts."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from services.catalog.periods import Period
from tests.builders.divisions import TREE

DDL = """
create schema marts;
create table marts.snapshot(name varchar, as_of timestamptz, catalog_version varchar);
create table marts.divisions(code varchar, name varchar, level varchar, kind varchar, parent varchar,
    villages bigint, valid_from date, valid_to date);
create table marts.periods(period varchar, kind varchar, ordinal bigint, first_on date, last_on date);
create table marts.metric_values(metric varchar, metric_number bigint, period varchar, division varchar,
    parent varchar,
    level varchar, numerator decimal(18, 4), denominator decimal(18, 4), value double, reported bigint,
    expected bigint, rank bigint, places bigint, county_rank bigint, county_places bigint, city_rank bigint,
    city_places bigint, previous double, year_ago double);
create table marts.changes(metric varchar, period varchar, snapshot varchar);
create table marts.compliance(form varchar, period varchar, division varchar, level varchar, parent varchar,
    expected bigint, received bigint, on_time bigint, late bigint, missing bigint, awaited bigint,
    corrected bigint, due_on date);
create table marts.submissions(id varchar, form varchar, period varchar, division varchar, revision bigint,
    received_at timestamptz, on_time boolean);
create table marts.submission_divisions(about varchar, form varchar, period varchar, division varchar, id varchar,
    revision bigint, received_at timestamptz, on_time boolean);
create table marts.index_scores(index_name varchar, division varchar, period varchar, points decimal(38, 4),
    deducted decimal(38, 4), score decimal(18, 4), reached bigint, highest_grade integer, grade bigint);
create table marts.index_components(index_name varchar, component varchar, division varchar, period varchar,
    value double, score decimal(18, 4), points decimal(18, 4));
create table marts.index_deductions(index_name varchar, metric varchar, division varchar, period varchar,
    value double, points decimal(18, 4));
create table marts.index_vetoes(index_name varchar, metric varchar, division varchar, period varchar,
    value double, highest_grade integer);
create table marts.index_distribution(index_name varchar, division varchar, period varchar, is_scored boolean,
    grade bigint, band double, units bigint);
create table marts.index_lines(index_name varchar, division varchar, period varchar, scored bigint, tenth double,
    line decimal(18, 4));
create table marts.index_lowest(index_name varchar, division varchar, period varchar, unit varchar,
    score decimal(18, 4), grade bigint);
"""
AS_OF = datetime.fromisoformat("2021-12-06T09:00:00+08:00")


@dataclass(frozen=True)
class Value:
    """One row of marts.metric_values; a value of None was not reported."""

    division: str
    value: float | None
    metric: str = "meeting_held_rate"
    period: str = "2021-11"
    rank: int | None = None
    places: int | None = None
    county_rank: int | None = None
    city_rank: int | None = None
    previous: float | None = None
    year_ago: float | None = None

    @property
    def row(self) -> tuple[object, ...]:
        _, level, parent = TREE[self.division]
        reported = int(self.value is not None)
        return (
            self.metric, 1, self.period, self.division, parent, level, self.value, 1 if reported else None,
            self.value, reported, 1, self.rank, self.places, self.county_rank, self.places, self.city_rank,
            self.places, self.previous, self.year_ago,
        )  # fmt: skip


@dataclass(frozen=True)
class Due:
    """One row of marts.compliance."""

    division: str
    expected: int
    received: int
    on_time: int
    late: int = 0
    missing: int = 0
    awaited: int = 0
    corrected: int = 0
    form: str = "meeting_day"
    period: str = "2021-11"
    due_on: date = date(2021, 12, 5)

    @property
    def row(self) -> tuple[object, ...]:
        _, level, parent = TREE[self.division]
        division, *counts, form, period, due_on = astuple(self)
        return (form, period, division, level, parent, *counts, due_on)


def a_snapshot(
    folder: Path,
    number: int,
    values: Sequence[Value] = (),
    *,
    compliance: Sequence[Due] = (),
    submissions: Sequence[str] = (),
    as_of: datetime = AS_OF,
    without: Sequence[str] = (),
) -> Path:
    """Write a snapshot file and rename it into place, as analytics does; `without` some of its tables."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"snapshot-{number:06}"
    part = folder / f"{name}.duckdb.part"
    periods = sorted({Period.parse(value.period) for value in values})
    with duckdb.connect(part) as connection:
        connection.execute(DDL)
        _insert(connection, "snapshot", [(name, as_of.isoformat(), "test")])
        _insert(connection, "divisions", [_division(code) for code in TREE])
        _insert(connection, "periods", [(str(p), p.kind, p.ordinal, p.first_day, p.last_day) for p in periods])
        _insert(connection, "metric_values", [value.row for value in values])
        _insert(
            connection,
            "changes",
            [(metric, period, name) for metric, period in sorted({(v.metric, v.period) for v in values})],
        )
        _insert(connection, "compliance", [due.row for due in compliance])
        rows = [(s, "meeting_day", "2021-11", "", 1, AS_OF.isoformat(), True) for s in submissions]
        _insert(connection, "submissions", rows)
        for table in without:
            connection.execute(f"drop table marts.{table}")
    return part.rename(folder / f"{name}.duckdb")


def _division(code: str) -> tuple[object, ...]:
    name, level, parent = TREE[code]
    villages = sum(1 for c, (_, kind, _) in TREE.items() if kind == "village" and c.startswith(code.rstrip("0")))
    return (code, name, level, None, parent, villages, date(2000, 1, 1), None)


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    for row in rows:
        connection.execute(f"insert into marts.{table} values ({', '.join('?' * len(row))})", row)
