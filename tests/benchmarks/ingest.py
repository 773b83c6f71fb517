"""Ingest: validated rows a second over HTTP, one report a request, each durable (fsync) before it is acknowledged.

The demo city's monthly reports of two months go into an empty database of their own, each with an
Idempotency-Key, through one uvicorn worker. Baseline: psycopg COPY of the rows that came of them into an
identical table (its primary key too, but no foreign key), without HTTP, JSON or validation: once with a commit a
report, as ingest has, and once with one commit in all. No goal: the ratios say what the checks cost.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from statistics import mean
from typing import Any

import msgspec
import psycopg

from services.catalog.load import Catalog
from services.catalog.periods import Period
from services.cli import prepare
from services.core.clock import TIME_ZONE, SteppedClock
from services.core.database import connect, create_engine
from services.demo.city import simulated_city
from services.demo.makers import rows_of
from services.ingest.deadlines.opening import open_present_periods
from tests.benchmarks.city import City
from tests.benchmarks.load import Driven, driver, post
from tests.benchmarks.processes import server
from tests.benchmarks.report import Line, Report

_DATABASE = "bench_ingest"
_FORMS = ("meeting_day", "collective_income", "pledge", "key_task")
_YEAR = 2021
_BATCHES = ((10, 0, 1), (10, 1, 8), (11, 0, 8), (11, 1, 1))
"""Month, which half of the townships, how many clients."""
_FIRST_DAY = datetime(_YEAR, 10, 1, 9, tzinfo=TIME_ZONE)
_TODAY = datetime(_YEAR, 12, 4, 9, tzinfo=TIME_ZONE)
_TABLE = "bench_row"

Reports = Sequence[Sequence[tuple[Any, ...]]]
"""The rows of each report as they are stored."""


@dataclass(frozen=True)
class Batch:
    """One batch through HTTP, and the same rows by COPY: rows a second."""

    clients: int
    driven: Driven
    rows: int
    copied: dict[str, float]

    @property
    def rows_a_second(self) -> float:
        return self.rows / self.driven.seconds


def measure(city: City) -> Report:
    with _empty_database(city) as address:
        asyncio.run(_open_periods(address, city.catalog))
        key = city.key("report", address=address)
        environment = city.environment(clock=_TODAY, address=address)
        with server("services.cli", "ingest", environment=environment) as ingest, driver() as drive:
            batches = []
            for month, half, clients in _BATCHES:
                requests = list(_requests(month, half, key))
                driven = drive(ingest.port, requests, clients=clients)
                stored = _newest(address, len(requests))
                batches.append(Batch(clients, driven, sum(map(len, stored)), _copied(address, stored)))
            memory = {"ingest": ingest.peak_mib}
    lines = [_line(batches, clients, way) for clients in (1, 8) for way in batches[0].copied]
    reports, rows = sum(len(b.driven.latencies) for b in batches), sum(b.rows for b in batches)
    notes = (f"{reports:,} reports with {rows:,} rows in {len(batches)} batches; after each, its rows by COPY.",)
    return Report("ingest", lines, memory, notes)


def _line(batches: Sequence[Batch], clients: int, way: str) -> Line:
    mine = [batch for batch in batches if batch.clients == clients]
    measured = mean(batch.rows_a_second for batch in mine)
    p50, p99 = (1000 * mean(batch.driven.percentile(share) for batch in mine) for share in (0.5, 0.99))
    copied = mean(batch.copied[way] for batch in batches)
    told = f"{measured:,.0f} rows/s; a report p50 {p50:.1f} ms, p99 {p99:.1f} ms"
    what = f"{clients} client{'s' if clients > 1 else ''}"
    return Line(what, told, f"COPY, {way}: {copied:,.0f} rows/s", measured / copied)


def _requests(month: int, half: int, key: str) -> Iterator[bytes]:
    period = Period(_YEAR, "month", month)
    for form in _FORMS:
        for township in simulated_city()[half::2]:
            rows = rows_of(form, township, period)
            envelope = {"form": form, "period": str(period), "division": township.code, "rows": rows}
            name = f"{form}-{period}-{township.code}"
            yield post("/v1/submissions", key, name, msgspec.json.encode(envelope))


@contextmanager
def _empty_database(city: City) -> Iterator[str]:
    with connect(city.address, autocommit=True) as admin:
        durable = "select current_setting('fsync') = 'on' and current_setting('synchronous_commit') = 'on'"
        if admin.execute(durable.encode()).fetchone() != (True,):
            raise RuntimeError("fsync is off")
        drop = f"drop database if exists {_DATABASE} with (force)".encode()
        admin.execute(drop)
        admin.execute(f"create database {_DATABASE}".encode())
        address = city.address_of(_DATABASE)
        prepare(address)
        yield address
        admin.execute(drop)


async def _open_periods(address: str, catalog: Catalog) -> None:
    engine = create_engine(address)
    for moment in (_FIRST_DAY, _TODAY):
        await open_present_periods(engine, SteppedClock(moment), catalog.forms.values())
    await engine.dispose()


def _newest(address: str, count: int) -> Reports:
    """The rows of the reports that were received last."""
    with connect(address) as connection:
        rows = connection.execute(
            """with newest as (select id from submission order by transaction_id desc limit %s)
            select submission_id, number, division, nil, fields::text from submission_row
            where submission_id in (select id from newest) order by submission_id, number""",
            [count],
        ).fetchall()
    return [list(of_report) for _, of_report in groupby(rows, key=lambda row: row[0])]


def _copied(address: str, reports: Reports) -> dict[str, float]:
    """Rows a second by each way of committing."""
    together = [[row for report in reports for row in report]]
    with connect(address) as connection:
        connection.execute(f"create table if not exists {_TABLE} (like submission_row including all)".encode())
        connection.commit()
        return {
            "a commit a report": _copy(connection, reports), "one commit": _copy(connection, together)
        }  # fmt: skip


def _copy(connection: psycopg.Connection[tuple[Any, ...]], groups: Reports) -> float:
    connection.execute(f"truncate {_TABLE}".encode())
    connection.commit()
    begun = time.perf_counter()
    for rows in groups:
        with connection.cursor() as cursor, cursor.copy(f"copy {_TABLE} from stdin".encode()) as copy:
            for row in rows:
                copy.write_row(row)
        connection.commit()
    return sum(map(len, groups)) / (time.perf_counter() - begun)
