"""Post the simulated years through the ingest HTTP API, refresh the warehouse as the last one's months pass."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import datetime, time
from http import HTTPStatus
from http.client import HTTPConnection
from itertools import groupby
from multiprocessing import get_context
from time import perf_counter
from typing import Final
from urllib.parse import urlsplit

import msgspec
import uvicorn
from rich.progress import Progress, TaskID
from sqlalchemy.ext.asyncio import AsyncEngine

from services.analytics.refresh import Refresher
from services.catalog.load import Catalog
from services.catalog.periods import Period
from services.core.accounts import KeyRing
from services.core.clock import TIME_ZONE, SteppedClock
from services.core.scopes import acting
from services.core.settings import Settings
from services.demo.people import People
from services.demo.records.steps import Office, Step, steps_of, take_steps
from services.demo.rows import Row
from services.demo.timeline import ENDS, Arrival, arrivals, begins, in_use_from
from services.ingest.app import create_app
from services.ingest.deadlines.opening import open_present_periods

_AT_ONCE: Final = 2
_REFRESHED_AT: Final = datetime(2021, 2, 12, 18, tzinfo=TIME_ZONE)
"""When the warehouse is refreshed on the way, so that cards have a history.

Once, when all of 2020 is in: there is much to warn of by then, nothing of it is computed again for what comes later,
and the last year is posted while it is built.
"""
_TIMEOUT: Final = 60.0
_STAYS_OPEN_SECONDS: Final = 600
"""How long ingest keeps a connection: a slow machine may open periods for longer than the usual five seconds."""


class RefusedReport(RuntimeError):
    """The simulation posted something that ingest refused; the message is its answer."""


@dataclass
class Loaded:
    """What was posted; and how long refreshes of the warehouse took meanwhile, in seconds."""

    submissions: int = 0
    rows: int = 0
    corrections: int = 0
    steps: int = 0
    refresh_seconds: float = 0.0


@asynccontextmanager
async def serving_ingest(
    settings: Settings, engine: AsyncEngine, catalog: Catalog, clock: SteppedClock
) -> AsyncIterator[str]:
    """Ingest on a free port of this machine, for as long as the load takes. Periods are left for the load to open."""
    app = create_app(settings=settings, engine=engine, clock=clock, catalog=catalog)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host="127.0.0.1",
            port=0,
            lifespan="off",
            log_level="error",
            access_log=False,
            timeout_keep_alive=_STAYS_OPEN_SECONDS,
        )
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  uvicorn offers no event to wait for
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving


@dataclass
class CityLoad:
    """Posts the simulated years in order of arrival, deals with orders and meetings meanwhile, and refreshes the
    warehouse as the last one goes on.

    Ingest runs by `clock`, which follows the arrivals; the warehouse is built while posting goes on, by a
    clock of its own, from exactly what had arrived: the same city comes out of every load.
    """

    settings: Settings
    database_url: str
    catalog: Catalog
    engine: AsyncEngine
    clock: SteppedClock
    progress: Progress
    loaded: Loaded = field(default_factory=Loaded)

    async def run(self, ingest: str, key: str) -> Loaded:
        """Post everything to the ingest service at `ingest`; what was posted."""
        coming = arrivals(self.catalog.reported_forms.values())
        task = self.progress.add_task("报送 / posting", total=len(coming))
        refreshing: asyncio.Task[None] | None = None
        caller = await KeyRing(self.engine, self.clock).caller(f"Bearer {key}")
        office, waiting = Office(caller, self.catalog, self.clock), deque(steps_of(self.catalog))
        self.clock.set(begins(self.catalog.reported_forms.values()))
        await self._open_periods()
        last: datetime | None = None
        people = People(self.engine)
        with closing(Clerks(ingest, key)) as clerks:
            for stop, batch in _by_refresh(coming):
                for moment, together in groupby(batch, key=lambda a: a.at):
                    await self._take_steps(office, waiting, moment)
                    await self._begin_months(moment)
                    self.clock.set(moment)
                    await self._post_together(clerks, list(together), task)
                await self._take_steps(office, waiting, stop)
                self.clock.set(stop)
                if refreshing is not None and last is not None:
                    await refreshing
                    await people.answer(last)
                refreshing, last = await self._begin_refresh(stop), stop
        if refreshing is not None:
            await refreshing
        return self.loaded

    async def _begin_refresh(self, moment: datetime) -> asyncio.Task[None]:
        """Start a refresh; returns once it has read what it is built from."""
        loop, has_read = asyncio.get_running_loop(), asyncio.Event()
        refresher = Refresher(self.settings, self.database_url, self.catalog, SteppedClock(moment))

        def watch(step: str) -> None:
            if step == "build":
                loop.call_soon_threadsafe(has_read.set)

        async def refresh() -> None:
            begun = perf_counter()
            try:
                await asyncio.to_thread(refresher.refresh, progress=watch)
            finally:
                has_read.set()
            self.loaded.refresh_seconds += perf_counter() - begun

        task = asyncio.create_task(refresh())
        await has_read.wait()
        return task

    async def _begin_months(self, moment: datetime) -> None:
        """Come to the first day of each month up to `moment`, and open its periods then, as ingest does by itself."""
        month = Period.containing(self.clock.today(), "month").next
        while month.first_day <= moment.date():
            self.clock.set(datetime.combine(month.first_day, time.min, TIME_ZONE))
            await self._open_periods()
            month = month.next

    async def _take_steps(self, office: Office, waiting: deque[Step], until: datetime) -> None:
        """What the offices do before a moment, each at its time; a transaction for all of one time."""
        while waiting and waiting[0].at < until:
            at, together = waiting[0].at, []
            while waiting and waiting[0].at == at:
                together.append(waiting.popleft())
            await self._begin_months(at)
            self.clock.set(at)
            async with acting(self.engine, office.caller) as connection:
                await take_steps(office, connection, together)
            self.loaded.steps += len(together)

    async def _open_periods(self) -> None:
        """Open what begins today, of the forms that are in use by now."""
        today = self.clock.today()
        beginning = [
            form
            for form in self.catalog.reported_forms.values()
            if in_use_from(form) <= today == Period.containing(today, form.periodicity).first_day
        ]
        await open_present_periods(self.engine, self.clock, beginning)

    async def _post_together(self, clerks: "Clerks", together: list[Arrival], task: TaskID) -> None:
        """Post the reports of one moment."""
        self.loaded.rows += await clerks.post(together)
        self.loaded.submissions += len(together)
        self.loaded.corrections += sum(arrival.revision > 1 for arrival in together)
        self.progress.advance(task, len(together))


def _by_refresh(coming: Sequence[Arrival]) -> Iterator[tuple[datetime, list[Arrival]]]:
    """The arrivals up to each refresh, and its moment; the last is the demo city's today."""
    begun = 0
    for stop in (_REFRESHED_AT, ENDS):
        batch = [arrival for arrival in coming[begun:] if arrival.at < stop]
        begun += len(batch)
        yield stop, batch


class Clerks:
    """Fill in reports and post them, a few at once, each over a connection of its own.

    In processes of their own, with the plainest client there is: the service that takes the reports in has this one.
    """

    def __init__(self, ingest: str, key: str) -> None:
        self._hands = ProcessPoolExecutor(
            _AT_ONCE, get_context("spawn"), initializer=_call, initargs=(urlsplit(ingest).netloc, key)
        )

    def close(self) -> None:
        """Let everybody finish."""
        self._hands.shutdown()

    async def post(self, together: Sequence[Arrival]) -> int:
        """How many rows these reports had, once all are taken; RefusedReport when one is not."""
        loop = asyncio.get_running_loop()
        shares = [together[begin::_AT_ONCE] for begin in range(min(_AT_ONCE, len(together)))]
        return sum(await asyncio.gather(*(loop.run_in_executor(self._hands, _post, share) for share in shares)))


_ENCODER: Final = msgspec.json.Encoder()
_CALLS: Final[list[tuple[HTTPConnection, dict[str, str]]]] = []
"""In a clerk's process: the connection, and what goes with each report."""


def _call(netloc: str, key: str) -> None:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"}
    _CALLS.append((HTTPConnection(netloc, timeout=_TIMEOUT), headers))


class _Result(msgspec.Struct):
    status: int


def _post(together: Sequence[Arrival]) -> int:
    rows = [arrival.rows() for arrival in together]
    body = _ENCODER.encode_lines(map(_envelope, together, rows))
    ((connection, headers),) = _CALLS
    connection.request("POST", "/v1/submissions", body, headers)
    told = connection.getresponse().read()
    for line in told.splitlines():
        if msgspec.json.decode(line, type=_Result).status != HTTPStatus.CREATED:
            raise RefusedReport(line[:2000].decode())
    return sum(map(len, rows))


def _envelope(arrival: Arrival, rows: list[Row]) -> dict[str, object]:
    envelope: dict[str, object] = {
        "idempotency_key": f"{arrival.form}-{arrival.period}-{arrival.division}-{arrival.revision}",
        "form": arrival.form, "period": arrival.period, "division": arrival.division,
    }  # fmt: skip
    envelope |= {"rows": rows} if rows else {"nil": True}
    if arrival.revision > 1:
        envelope |= {"base_revision": arrival.revision - 1, "note": "核对后补报"}
    return envelope
