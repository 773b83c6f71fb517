"""Post the simulated years through the ingest HTTP API, refresh the warehouse as the last one's months pass."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, time
from itertools import groupby
from time import perf_counter
from typing import Final

import httpx
import msgspec
import uvicorn
from rich.progress import Progress, TaskID
from sqlalchemy.ext.asyncio import AsyncEngine

from services.analytics.refresh import Refresher
from services.catalog.load import Catalog
from services.catalog.periods import Period
from services.core.clock import TIME_ZONE, SteppedClock
from services.core.settings import Settings
from services.demo.people import People
from services.demo.timeline import ENDS, Arrival, arrivals, begins, in_use_from
from services.ingest.app import create_app
from services.ingest.deadlines.opening import open_present_periods

_AT_ONCE: Final = 6
_REFRESHED_IN: Final = (7, 10, 12)
"""The months of the last year on whose 12th the warehouse is refreshed, so that cards have a history."""
_TIMEOUT: Final = 60.0


class RefusedReport(RuntimeError):
    """The simulation posted something that ingest refused; the message is its answer."""


@dataclass
class Loaded:
    """What was posted; and how long refreshes of the warehouse took meanwhile, in seconds."""

    submissions: int = 0
    rows: int = 0
    corrections: int = 0
    refresh_seconds: float = 0.0


@asynccontextmanager
async def serving_ingest(
    settings: Settings, engine: AsyncEngine, catalog: Catalog, clock: SteppedClock
) -> AsyncIterator[str]:
    """Ingest on a free port of this machine, for as long as the load takes. Periods are left for the load to open."""
    app = create_app(settings=settings, engine=engine, clock=clock, catalog=catalog)
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, lifespan="off", log_level="error", access_log=False)
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
    """Posts the simulated years in order of arrival, and refreshes the warehouse as the last one goes on.

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
        coming = arrivals(self.catalog.forms.values())
        task = self.progress.add_task("报送 / posting", total=len(coming))
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        refreshing: asyncio.Task[None] | None = None
        self.clock.set(begins(self.catalog.forms.values()))
        await self._open_periods()
        last: datetime | None = None
        people = People(self.engine)
        async with httpx.AsyncClient(base_url=ingest, headers=headers, timeout=_TIMEOUT) as client:
            for stop, batch in _by_refresh(coming):
                for moment, together in groupby(batch, key=lambda a: a.at):
                    await self._begin_months(moment)
                    self.clock.set(moment)
                    await self._post_together(client, list(together), task)
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

    async def _open_periods(self) -> None:
        """Open what begins today, of the forms that are in use by now."""
        today = self.clock.today()
        beginning = [
            form
            for form in self.catalog.forms.values()
            if in_use_from(form) <= today == Period.containing(today, form.periodicity).first_day
        ]
        await open_present_periods(self.engine, self.clock, beginning)

    async def _post_together(self, client: httpx.AsyncClient, together: list[Arrival], task: TaskID) -> None:
        """Post the reports of one moment, a few at once, as clerks do."""
        slots = asyncio.Semaphore(_AT_ONCE)

        async def post(arrival: Arrival) -> None:
            async with slots:
                await _post(client, arrival, self.loaded)
                self.progress.advance(task)

        await asyncio.gather(*(post(arrival) for arrival in together))


def _by_refresh(coming: Sequence[Arrival]) -> Iterator[tuple[datetime, list[Arrival]]]:
    """The arrivals up to each refresh, and its moment; the last is the demo city's today."""
    begun = 0
    for stop in [*(datetime(ENDS.year - 1, month, 12, 18, tzinfo=TIME_ZONE) for month in _REFRESHED_IN), ENDS]:
        batch = [arrival for arrival in coming[begun:] if arrival.at < stop]
        begun += len(batch)
        yield stop, batch


async def _post(client: httpx.AsyncClient, arrival: Arrival, loaded: Loaded) -> None:
    rows = arrival.rows()
    envelope: dict[str, object] = {"form": arrival.form, "period": arrival.period, "division": arrival.division}
    envelope |= {"rows": rows} if rows else {"nil": True}
    if arrival.revision > 1:
        envelope |= {"base_revision": arrival.revision - 1, "note": "核对后补报"}
        loaded.corrections += 1
    name = f'"{arrival.form}-{arrival.period}-{arrival.division}-{arrival.revision}"'
    body = msgspec.json.encode(envelope)
    answer = await client.post("/v1/submissions", content=body, headers={"Idempotency-Key": name})
    if answer.status_code != httpx.codes.CREATED:
        raise RefusedReport(answer.text[:2000])
    loaded.submissions += 1
    loaded.rows += len(rows)
