"""Post the simulated year through the ingest HTTP API, refresh the warehouse as its months pass."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
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
from services.core.clock import TIME_ZONE, SteppedClock
from services.core.settings import Settings
from services.demo.city import simulated_city
from services.demo.reports import FORMS, YEAR
from services.demo.timeline import ENDS, Arrival, arrivals
from services.ingest.app import create_app
from services.ingest.deadlines.opening import open_present_periods

_AT_ONCE: Final = 6
_REFRESHED_IN: Final = (7, 10, 12)
"""The months on whose 12th the warehouse is refreshed while the year runs, so that cards have a history."""
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
    """Ingest on a free port of this machine, for as long as the load takes."""
    app = create_app(settings=settings, engine=engine, clock=clock, catalog=catalog)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", access_log=False))
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
class YearLoad:
    """Posts the simulated year in order of arrival, and refreshes the warehouse as the year goes on.

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
        coming = arrivals([f for f in self.catalog.forms.values() if f.form in FORMS], simulated_city())
        task = self.progress.add_task("报送 / posting", total=len(coming))
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        refreshing: asyncio.Task[None] | None = None
        async with httpx.AsyncClient(base_url=ingest, headers=headers, timeout=_TIMEOUT) as client:
            for stop, batch in _by_refresh(coming):
                for moment, together in groupby(batch, key=lambda a: a.at):
                    await self._begin_month(moment)
                    self.clock.set(moment)
                    await self._post_together(client, list(together), task)
                self.clock.set(stop)
                if refreshing is not None:
                    await refreshing
                refreshing = await self._begin_refresh(stop)
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

    async def _begin_month(self, moment: datetime) -> None:
        """Open the periods of a new month on its first day, as ingest does by itself when time runs."""
        if (moment.year, moment.month) != (self.clock.now().year, self.clock.now().month):
            self.clock.set(moment.replace(day=1, hour=0))
            await open_present_periods(self.engine, self.clock, self.catalog.forms.values())

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
    for stop in [*(datetime(YEAR, month, 12, 18, tzinfo=TIME_ZONE) for month in _REFRESHED_IN), ENDS]:
        batch = [arrival for arrival in coming[begun:] if arrival.at < stop]
        begun += len(batch)
        yield stop, batch


async def _post(client: httpx.AsyncClient, arrival: Arrival, loaded: Loaded) -> None:
    rows = arrival.rows()
    envelope: dict[str, object] = {
        "form": arrival.form, "period": arrival.period, "division": arrival.division, "rows": rows
    }  # fmt: skip
    if arrival.revision > 1:
        envelope |= {"base_revision": arrival.revision - 1, "note": "核对后更正"}
        loaded.corrections += 1
    name = f'"{arrival.form}-{arrival.period}-{arrival.division}-{arrival.revision}"'
    body = msgspec.json.encode(envelope)
    answer = await client.post("/v1/submissions", content=body, headers={"Idempotency-Key": name})
    if answer.status_code != httpx.codes.CREATED:
        raise RefusedReport(answer.text[:2000])
    loaded.submissions += 1
    loaded.rows += len(rows)
