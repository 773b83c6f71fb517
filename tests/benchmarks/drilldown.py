"""Drill-down: a township's villages (42 on average), one metric, one period, over HTTP with a key.

Uncached: neither the answer nor its readings are remembered as bytes (the list of a township's villages may be),
for the requests go round all townships and metrics in as many periods as the api holds, and what one asks for was
dropped before it is asked for again. The periods' columns are in memory, as in service; loading one is told.
Baseline: FastAPI and asyncpg on the same rows in one Postgres table, indexed, nothing joined, no key checked,
the same JSON. Goal: at least 2 × its requests a second.

Cached: one township's answer again and again. Baseline: FastAPI returning constant bytes of the same size and
the same headers. Goal: at least 0.7 × its requests a second.
"""

import itertools
import random
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from time import perf_counter

import duckdb
import psycopg

from services.core.database import connect
from tests.benchmarks.baselines import COLUMNS, TABLE
from tests.benchmarks.city import City
from tests.benchmarks.copying import copy_file
from tests.benchmarks.load import Connection, Drive, Driven, Summary, driver, get
from tests.benchmarks.processes import Sampler, server
from tests.benchmarks.report import Line, Report

PERIOD, METRIC, VILLAGES = "2021-11", "meeting_held_rate", 42
_ROUNDS = 3
_SECONDS = 2.0
_WARM_SECONDS = 0.5
_CLIENTS = (1, 32)
_MOST_A_SECOND = 12_000
_UNCACHED = ("uncached", "asyncpg")
_CACHED = ("cached", "constant")


def measure(city: City) -> Report:
    key = city.key("read")
    path = f"/v1/drilldown/{_a_township(city.snapshot)}?period={PERIOD}&metric={METRIC}"
    _load_rows(city)
    with ExitStack() as running:
        api = running.enter_context(server("services.cli", "api", environment=city.environment(clock=city.now)))
        size = len(_answer(api.port, get(path, key)))
        start = ("tests.benchmarks.baselines",)
        constant = running.enter_context(server(*start, "constant", str(size), environment={}))
        rows = running.enter_context(server(*start, "rows", city.address, environment={}))
        sizes = f"{size:,} bytes; asyncpg's {len(_answer(rows.port, get(path))):,}"
        ports = {"uncached": api.port, "asyncpg": rows.port, "cached": api.port, "constant": constant.port}
        paths = list(itertools.islice(_all_paths(city), 400_000))
        requests = {
            "uncached": _rotation(paths, key), "asyncpg": _rotation(paths, None),
            "cached": itertools.repeat(get(path, key)), "constant": itertools.repeat(get("/constant")),
        }  # fmt: skip
        sampler = running.enter_context(Sampler(city.server))
        drive = running.enter_context(driver())
        loading = _load_periods(api.port, paths, key)
        found = {clients: _rounds(drive, ports, requests, clients) for clients in _CLIENTS}
        memory = {"api": api.peak_mib, "constant": constant.peak_mib, "asyncpg": rows.peak_mib}
    memory["its Postgres"] = sampler.peak_mib
    notes = (
        f"Cached answer: {sizes}. One uvicorn worker each, the client a third process; {_ROUNDS} rounds of"
        f" {_SECONDS:g} s, in turn.",
        f"The first read of each of {len(loading)} periods: {1000 * median(loading):.0f} ms (median).",
        f"Uncached requests go round {len(paths):,} addresses; the asyncpg baseline is sent the same ones.",
    )
    lines = [_line(found[clients], clients, *pair, goal)
             for pair, goal in ((_UNCACHED, 2), (_CACHED, 0.7)) for clients in _CLIENTS]  # fmt: skip
    return Report("drill-down", lines, memory, notes)


def _line(found: dict[str, Summary], clients: int, ours: str, theirs: str, goal: float) -> Line:
    what = f"{ours}, {clients} client{'s' if clients > 1 else ''}"
    ratio = found[ours].a_second / found[theirs].a_second
    return Line(what, str(found[ours]), f"{theirs}: {found[theirs]}", ratio, goal)


def _rounds(
    drive: Drive, ports: dict[str, int], requests: dict[str, Iterator[bytes]], clients: int
) -> dict[str, Summary]:
    """In each round everyone has a turn, so that what else the machine does meets all of them."""
    found: dict[str, list[Driven]] = {name: [] for name in ports}
    for name, port in ports.items():
        drive(port, _some(requests[name], _WARM_SECONDS), clients=clients, seconds=_WARM_SECONDS)
    for _ in range(_ROUNDS):
        for name, port in ports.items():
            found[name].append(drive(port, _some(requests[name], _SECONDS), clients=clients, seconds=_SECONDS))
    return {name: Summary.of(rounds) for name, rounds in found.items()}


def _some(requests: Iterator[bytes], seconds: float) -> Sequence[bytes]:
    return list(itertools.islice(requests, int(_MOST_A_SECOND * seconds)))


def _answer(port: int, request: bytes) -> bytes:
    connection = Connection(port)
    status, body = connection.ask(request)
    connection.close()
    assert status == 200, body
    return body


def _load_periods(port: int, paths: Sequence[str], key: str) -> list[float]:
    """Seconds of the first read of each period."""
    first = {path.partition("period=")[2].partition("&")[0]: path for path in paths}
    connection = Connection(port)
    seconds = []
    for path in first.values():
        begun = perf_counter()
        connection.ask(get(path, key))
        seconds.append(perf_counter() - begun)
    connection.close()
    return seconds


def _rotation(paths: Sequence[str], key: str | None) -> Iterator[bytes]:
    return (get(path, key) for path in itertools.cycle(paths))


def _a_township(snapshot: Path) -> str:
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        row = connection.execute(
            "select code from marts.divisions where level = 'township' order by abs(villages - ?), code limit 1",
            [VILLAGES],
        ).fetchone()
    assert row is not None
    return str(row[0])


def _all_paths(city: City) -> Iterator[str]:
    """Every township and period with the first metric, then all with the next, so that parts repeat late."""
    with duckdb.connect(str(city.snapshot), read_only=True) as connection:
        groups = connection.execute(
            """select distinct metric, period, parent from marts.metric_values
            where level = 'village' and period in (
                select period from marts.periods order by last_on desc, first_on desc limit ?
            ) order by all""",
            [city.settings.hot_periods],
        ).fetchall()
    shuffled = random.Random(1)
    for _, of_metric in itertools.groupby(groups, key=lambda group: group[0]):
        listed = list(of_metric)
        shuffled.shuffle(listed)
        for metric, period, parent in listed:
            yield f"/v1/drilldown/{parent}?period={period}&metric={metric}"


def _load_rows(city: City) -> None:
    """The villages' rows of the newest snapshot into one table, indexed as they are read; kept until the next one."""
    with connect(city.address) as connection:
        present = connection.execute("select obj_description(to_regclass(%s), 'pg_class')", [TABLE]).fetchone()
        if present == (city.snapshot.stem,):
            return
        _create(connection)
        listed = ", ".join(f"v.{c}" if c not in ("name", "villages") else f"d.{c}" for c in COLUMNS)
        file = city.folder / "bench_values.csv"
        with duckdb.connect(str(city.snapshot), read_only=True) as snapshot:
            snapshot.execute(
                f"""copy (select {listed} from marts.metric_values as v
                join marts.divisions as d on d.code = v.division where v.level = 'village')
                to '{file}' (format csv, header false)"""
            )
        copy_file(connection, TABLE, file)
        connection.execute(f"create index on {TABLE} (metric, period, parent)".encode())
        connection.execute(f"comment on table {TABLE} is '{city.snapshot.stem}'".encode())
        connection.commit()
        connection.autocommit = True
        connection.execute(f"vacuum analyze {TABLE}".encode())


def _create(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    shape = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    connection.execute(f"drop table if exists {TABLE}".encode())
    connection.execute(f"create table {TABLE} ({shape})".encode())
