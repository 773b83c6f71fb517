"""A workbook of 5,000 rows through ingest: how long it takes, and what it adds to the memory of the process."""

import time
from collections.abc import Iterator
from contextlib import closing
from statistics import median
from typing import Any, Final
from urllib.parse import urlencode

from services.catalog.periods import Period
from services.catalog.workbook_words import MEDIA_TYPE
from services.demo.city import simulated_city
from services.demo.makers import rows_of
from tests.benchmarks.load import Connection
from tests.benchmarks.processes import Running
from tests.benchmarks.report import Line
from tests.builders.workbooks import a_workbook

_FORM: Final = "talent"
_PERIOD: Final = Period.parse("2021-Q3")
_VILLAGES, _EACH = 125, 40
_ROUNDS: Final = 5
_WANTED_SECONDS, _WANTED_MIB = 1.0, 150.0


def workbook_lines(ingest: Running, key: str) -> Iterator[Line]:
    """The report, and its corrections; the first request to a fresh process is not counted."""
    township = max(simulated_city(), key=lambda each: len(each.villages))
    body = _workbook()
    query = {"form": _FORM, "period": str(_PERIOD), "division": township.code}
    with closing(Connection(ingest.port)) as client:
        _ask(client, key, query | {"dry_run": "true"}, a_workbook([township.code], header=["division"]))
        begin, seconds = ingest.resident_mib, []
        for revision in range(_ROUNDS):
            base = {"base_revision": str(revision)} if revision else {}
            begun = time.perf_counter()
            status, answer = _ask(client, key, query | base, body)
            seconds.append(time.perf_counter() - begun)
            if status != 201:
                raise RuntimeError(f"{status}: {answer[:2000]!r}")
    what, taken, added = f"XLSX of {_VILLAGES * _EACH:,} rows", median(seconds), ingest.peak_mib - begin
    size = f"{len(body) / 1024:,.0f} KiB"
    yield Line(what, f"{taken:.2f} s for {size}", f"{_WANTED_SECONDS:g} s", _WANTED_SECONDS / taken, 1)
    yield Line(what, f"{added:,.0f} MiB more at its peak", f"{_WANTED_MIB:g} MiB", _WANTED_MIB / max(added, 1), 1)


def _workbook() -> bytes:
    township = max(simulated_city(), key=lambda each: len(each.villages))
    rows = [row for row in rows_of(_FORM, township, _PERIOD) if not row.get("nil")]
    header = list(rows[0])
    cells = (
        (rows[0] | {"division": village.code, "talent_no": f"R{number}"}).values()
        for village in township.villages[:_VILLAGES]
        for number in range(1, _EACH + 1)
    )
    return a_workbook(*map(list, cells), header=header)


def _ask(client: Connection, key: str, query: dict[str, Any], body: bytes) -> tuple[int, bytes]:
    head = (
        f"POST /v1/submissions?{urlencode(query)} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: {MEDIA_TYPE}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return client.ask(head.encode() + body)
