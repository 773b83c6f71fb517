"""Ingest: reports over HTTP through one worker, each durable (fsync) before it is acknowledged.

The demo city's monthly reports of two months go into an empty database of their own, and then as corrections again
and again, for only what is open can be reported.

- Batches: all of them as one NDJSON request, a report a line. After each, the rows that came of it are copied by
  bare psycopg COPY, as ready bytes, into an identical table (its primary key too, but no foreign key), without HTTP,
  JSON or validation: with a commit a report, as ingest has, and with one commit in all. Goal: 0.5 of the former.
- Single reports: one a request by 64 clients, each with an Idempotency-Key; reports of all forms come mixed, as they
  do when a month is over. Goals: 250/s, p99 under 250 ms.
- Workbooks: one of 5,000 rows, through a process of its own. Goals: under 1 s, and 150 MiB more than before.
- Memory: batches go on until a million rows were sent. Goal: the process is no larger than after the first ones.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from random import Random
from statistics import mean
from typing import Any, Final

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
from tests.benchmarks.load import Driven, driver, post, post_lines, streamer
from tests.benchmarks.processes import Running, server
from tests.benchmarks.report import Line, Report
from tests.benchmarks.workbooks import workbook_lines

_DATABASE: Final = "bench_ingest"
_FORMS: Final = ("meeting_day", "collective_income", "pledge", "key_task")
_YEAR, _MONTHS = 2021, (10, 11)
_FIRST_DAY: Final = datetime(_YEAR, 10, 1, 9, tzinfo=TIME_ZONE)
_TODAY: Final = datetime(_YEAR, 12, 4, 9, tzinfo=TIME_ZONE)
_TABLE: Final = "bench_row"
_URL: Final = "/v1/submissions"
_CLIENTS: Final = 64
_WANTED_A_SECOND, _WANTED_P99_MS, _WANTED_OF_COPY, _WANTED_OF_MEMORY = 250, 250, 0.5, 0.9


@dataclass(frozen=True)
class Size:
    """How much is sent: of so many townships, so many measured batches and rounds of single reports, rows in all."""

    townships: int = 111
    batches: int = 4
    singles: int = 3
    rows: int = 1_000_000


Halves = tuple[bytes, bytes]
"""What stands before and after the number of a round."""
Blocks = Sequence[tuple[int, bytes]]
"""Of each report how many rows were kept, and these as COPY takes them."""


@dataclass(frozen=True)
class Batch:
    """One batch through HTTP, and the same rows by COPY: rows a second."""

    rows_a_second: float
    copied: dict[str, float]


@dataclass(frozen=True)
class Memory:
    """What is resident after the first batches, and at its peak when all rows were sent, in MiB."""

    begin: float
    peak: float
    rows: int


def measure(city: City, size: Size = Size()) -> Report:
    with _empty_database(city) as address:
        asyncio.run(_open_periods(address, city.catalog))
        key = city.key("report", address=address)
        environment = city.environment(clock=_TODAY, address=address)
        with server("services.cli", "ingest", environment=environment) as ingest:
            reports, rows = _reports(size.townships)
            batches = _batches(ingest, key, address, reports, size)
            begin = ingest.resident_mib
            single = _singles(ingest, key, reports, size)
            memory = _until_a_million(ingest, key, reports, rows, size, begin)
        with server("services.cli", "ingest", environment=environment) as ingest:
            workbooks = [*workbook_lines(ingest, key)]
    lines = [
        _batch_line(batches, way, goal) for way, goal in zip(batches[0].copied, (_WANTED_OF_COPY, None), strict=True)
    ]
    lines += [*_single_lines(single), _memory_line(memory), *workbooks]
    notes = (f"{len(reports):,} reports with {rows:,} rows a batch, {len(single.latencies):,} single ones.",)
    return Report("ingest", lines, {"ingest": memory.peak}, notes)


def _reports(townships: int) -> tuple[list[bytes], int]:
    """The reports of two months as JSON without the first brace, and how many rows they have."""
    found: list[bytes] = []
    count = 0
    for month in _MONTHS:
        period = Period(_YEAR, "month", month)
        for form in _FORMS:
            for township in simulated_city()[:townships]:
                rows = rows_of(form, township, period)
                report = {"form": form, "period": str(period), "division": township.code, "rows": rows}
                found.append(msgspec.json.encode(report)[1:])
                count += len(rows)
    return found, count


def _corrections(reports: Sequence[bytes]) -> list[Halves]:
    """The same reports, to be sent with the number of the revision that they replace."""
    return [(b'{"base_revision":', b"," + report) for report in reports]


def _batches(ingest: Running, key: str, address: str, reports: Sequence[bytes], size: Size) -> list[Batch]:
    found = []
    with streamer() as stream:
        for number in range(size.batches):
            lines = _corrections(reports) if number else [(b'{"note":"', b'",' + report) for report in reports]
            seconds = stream(ingest.port, post_lines(_URL, key), lines, range(number, number + 1))
            stored = _newest(address, len(reports))
            found.append(Batch(sum(rows for rows, _ in stored) / seconds, _copied(address, stored)))
    return found


def _singles(ingest: Running, key: str, reports: Sequence[bytes], size: Size) -> Driven:
    """Round by round, so that no correction overtakes the one before it."""
    with driver() as drive:
        rounds = [
            drive(ingest.port, [*_requests(reports, key, revision)], clients=_CLIENTS)
            for revision in range(size.batches, size.batches + size.singles)
        ]
    latencies = sorted(latency for each in rounds for latency in each.latencies)
    return Driven(latencies, sum(each.seconds for each in rounds), mean(each.body_bytes for each in rounds))


def _requests(reports: Sequence[bytes], key: str, revision: int) -> Iterator[bytes]:
    mixed = Random(revision).sample([*enumerate(_corrections(reports))], len(reports))
    for number, (before, after) in mixed:
        yield post(_URL, key, f"{number}-{revision}", b"%b%d%b" % (before, revision, after))


def _until_a_million(
    ingest: Running, key: str, reports: Sequence[bytes], rows: int, size: Size, begin: float
) -> Memory:
    sent = size.batches + size.singles
    further = max(1, -(-size.rows // rows) - sent)
    with streamer() as stream:
        stream(ingest.port, post_lines(_URL, key), _corrections(reports), range(sent, sent + further))
    return Memory(begin, ingest.peak_mib, rows * (sent + further))


def _batch_line(batches: Sequence[Batch], way: str, goal: float | None) -> Line:
    measured, copied = mean(batch.rows_a_second for batch in batches), mean(batch.copied[way] for batch in batches)
    return Line("batches", f"{measured:,.0f} rows/s", f"COPY, {way}: {copied:,.0f} rows/s", measured / copied, goal)


def _single_lines(single: Driven) -> Iterator[Line]:
    p50, p99 = (1000 * single.percentile(share) for share in (0.5, 0.99))
    what = f"single reports, {_CLIENTS} clients"
    yield Line(what, f"{single.a_second:,.0f}/s", f"{_WANTED_A_SECOND}/s", single.a_second / _WANTED_A_SECOND, 1)
    yield Line(what, f"p99 {p99:.0f} ms (p50 {p50:.0f} ms)", f"{_WANTED_P99_MS} ms", _WANTED_P99_MS / p99, 1)


def _memory_line(memory: Memory) -> Line:
    told, begin = f"{memory.peak:,.0f} MiB at its peak", f"{memory.begin:,.0f} MiB after the first"
    return Line(f"memory over {memory.rows:,} rows", told, begin, memory.begin / memory.peak, _WANTED_OF_MEMORY)


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
        await open_present_periods(engine, SteppedClock(moment), catalog.reported_forms.values())
    await engine.dispose()


def _newest(address: str, count: int) -> Blocks:
    """The rows of the reports that were received last."""
    query = f"""copy (
        with newest as (select id from submission order by transaction_id desc limit {count})
        select * from submission_row where submission_id in (select id from newest) order by submission_id, number
    ) to stdout"""
    with connect(address) as connection, connection.cursor() as cursor, cursor.copy(query.encode()) as copy:
        rows = b"".join(bytes(block) for block in copy).splitlines(keepends=True)
    reports = (list(of_report) for _, of_report in groupby(rows, key=lambda row: row[:36]))
    return [(len(report), b"".join(report)) for report in reports]


def _copied(address: str, reports: Blocks) -> dict[str, float]:
    """Rows a second by each way of committing."""
    together = [(sum(rows for rows, _ in reports), b"".join(block for _, block in reports))]
    with connect(address) as connection:
        connection.execute(f"create table if not exists {_TABLE} (like submission_row including all)".encode())
        connection.commit()
        return {"a commit a report": _copy(connection, reports), "one commit": _copy(connection, together)}


def _copy(connection: psycopg.Connection[tuple[Any, ...]], blocks: Blocks) -> float:
    connection.execute(f"truncate {_TABLE}".encode())
    connection.commit()
    begun = time.perf_counter()
    for _, block in blocks:
        with connection.cursor() as cursor, cursor.copy(f"copy {_TABLE} from stdin".encode()) as copy:
            copy.write(block)
        connection.commit()
    return sum(rows for rows, _ in blocks) / (time.perf_counter() - begun)
