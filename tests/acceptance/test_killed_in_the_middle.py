"""Ingest and Postgres are killed with -9 while many clients report and retry: nothing lost, doubled or half there."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec
import psycopg

from services.catalog.periods import Period
from services.cli import prepare
from services.core.clock import Clock
from services.core.database import create_engine
from services.demo.city import simulated_city
from services.demo.makers import rows_of
from tests.builders.keys import a_key
from tests.builders.killable import Ingest, Postgres, a_postgres, an_ingest

NOW: Final = "2021-12-04T09:00:00+08:00"
PERIOD: Final = "2021-11"
FORMS: Final = ("meeting_day", "pledge", "collective_income", "key_task")
CLIENTS: Final = 24
CORRECTED: Final = 3
"""Every so manieth report is corrected."""
_LONGEST_PAUSE: Final = 0.5
_RETRIED: Final = (409, 503, 507)


@dataclass(frozen=True)
class Request:
    """One report with its Idempotency-Key; `then` is what its sender sends once it is acknowledged."""

    key: str
    body: bytes
    then: "Request | None" = None


@dataclass
class Load:
    """What the clients have sent, and what they were answered."""

    acknowledged: dict[str, bytes] = field(default_factory=dict)
    sent: int = 0
    retried: int = 0
    otherwise: list[str] = field(default_factory=list)


def requests() -> Iterator[Request]:
    """A report of each form by each township, and a correction of some."""
    number = 0
    for form in FORMS:
        for township in simulated_city():
            number += 1
            report = {"form": form, "period": PERIOD, "division": township.code}
            report["rows"] = rows_of(form, township, Period.parse(PERIOD))
            key = f"{form}-{township.code}"
            again = report | {"base_revision": 1, "rows": report["rows"][::-1]}
            correction = Request(f"{key}-2", msgspec.json.encode(again)) if number % CORRECTED == 0 else None
            yield Request(f"{key}-1", msgspec.json.encode(report), correction)


async def send(client: httpx.AsyncClient, request: Request, load: Load) -> bytes | None:
    """The receipt, after as many attempts as it takes; None for a refusal."""
    pause = 0.02
    while True:
        load.sent += 1
        try:
            answer = await client.post(
                "/v1/submissions", content=request.body, headers={"Idempotency-Key": f'"{request.key}"'}
            )
        except httpx.TransportError:
            pass
        else:
            if answer.status_code == httpx.codes.CREATED:
                return answer.content
            if answer.status_code not in _RETRIED or answer.json()["code"].startswith("base"):
                load.otherwise.append(answer.text)
                return None
        load.retried += 1
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


async def clerk(client: httpx.AsyncClient, waiting: Iterator[Request], load: Load) -> None:
    """Sends one report after the other, each until it is acknowledged."""
    for first in waiting:
        request: Request | None = first
        while request is not None:
            receipt = await send(client, request, load)
            if receipt is not None:
                load.acknowledged[request.key] = receipt
            request = request.then


async def strike(load: Load, total: int, blows: list[Callable[[], Awaitable[None]]]) -> None:
    """The blows, spread over the load by what is acknowledged, not by time."""
    for number, blow in enumerate(blows, start=1):
        while len(load.acknowledged) < total * number / (len(blows) + 1):
            await asyncio.sleep(0.005)
        await blow()


def blows_of(ingest: Ingest, postgres: Postgres) -> list[Callable[[], Awaitable[None]]]:
    async def ingest_killed() -> None:
        ingest.kill()
        await ingest.start()

    async def postgres_killed() -> None:
        postgres.kill()
        await asyncio.to_thread(postgres.start)

    async def backend_killed() -> None:
        await asyncio.to_thread(postgres.kill_a_backend)
        await asyncio.to_thread(postgres.start)

    async def both_killed() -> None:
        postgres.kill()
        ingest.kill()
        await asyncio.gather(asyncio.to_thread(postgres.start), ingest.start())

    return [ingest_killed, postgres_killed, ingest_killed, backend_killed, both_killed]


async def _key(address: str) -> str:
    engine = create_engine(address)
    key = await a_key(engine, Clock())
    await engine.dispose()
    return key


def found_in(address: str) -> dict[str, list[tuple[Any, ...]]]:
    """What the database holds of each report and revision: id, hash, rows said, rows there."""
    query = """select s.form || '-' || s.division || '-' || s.revision, s.id::text, s.content_hash, s.row_count,
            (select count(*) from submission_row as r where r.submission_id = s.id)
        from submission as s"""
    found: dict[str, list[tuple[Any, ...]]] = {}
    with psycopg.connect(address) as connection:
        for key, *rest in connection.execute(query.encode()):
            found.setdefault(key, []).append(tuple(rest))
    return found


@dataclass(frozen=True)
class Outcome:
    """What was asked for, acknowledged, answered when all was sent once more, and what is there in the end."""

    wanted: dict[str, Request]
    load: Load
    repeated: dict[str, bytes | None]
    found: dict[str, list[tuple[Any, ...]]]
    kills: int

    @property
    def lost(self) -> set[str]:
        return self.load.acknowledged.keys() - self.found.keys()

    @property
    def doubled(self) -> list[str]:
        return [key for key, kept in self.found.items() if len(kept) > 1]

    @property
    def half(self) -> list[str]:
        return [key for key, kept in self.found.items() if any(said != there for *_, said, there in kept)]

    def __str__(self) -> str:
        load = self.load
        return (
            f"sent {load.sent}, acknowledged {len(load.acknowledged)}, retried {load.retried},"
            f" found {len(self.found)}, lost {len(self.lost)}, doubled {len(self.doubled)}, half {len(self.half)},"
            f" kills {self.kills}"
        )


async def a_load_under_blows(folder: Path, postgres: Postgres) -> Outcome:
    """All reports by many clients while services are killed; then each once more, in peace."""
    reports, load, again = list(requests()), Load(), Load()
    wanted = {each.key: each for report in reports for each in (report, report.then) if each is not None}
    headers = {"Authorization": f"Bearer {await _key(postgres.address)}", "Content-Type": "application/json"}
    async with (
        an_ingest(folder / "ingest.log", database_url=postgres.address, clock=NOW) as ingest,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{ingest.port}", headers=headers, timeout=20) as client,
    ):
        waiting, blows = iter(reports), blows_of(ingest, postgres)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(strike(load, len(wanted), blows))
            for _ in range(CLIENTS):
                tasks.create_task(clerk(client, waiting, load))
        repeated = {key: await send(client, request, again) for key, request in wanted.items()}
    return Outcome(wanted, load, repeated, found_in(postgres.address), len(blows) + 1)


async def test_every_acknowledged_report_is_there_once_and_whole_whatever_is_killed(tmp_path: Path):
    with a_postgres(tmp_path) as postgres:
        await asyncio.to_thread(prepare, postgres.address)

        outcome = await a_load_under_blows(tmp_path, postgres)

    print(outcome)
    load, found = outcome.load, outcome.found
    receipts = {key: msgspec.json.decode(receipt) for key, receipt in load.acknowledged.items()}
    assert load.otherwise == []
    assert (outcome.lost, outcome.doubled, outcome.half) == (set(), [], [])
    assert found.keys() == load.acknowledged.keys() == outcome.wanted.keys()
    assert {key: [(r["id"], r["content_hash"], r["rows"])] for key, r in receipts.items()} == {
        key: [each[:3] for each in kept] for key, kept in found.items()
    }
    assert outcome.repeated == load.acknowledged
