"""What time alone brings about: periods open, reminders come due, what was refused is thrown away."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from services.catalog.load import Catalog
from services.core.clock import Clock
from services.core.settings import Settings
from services.core.telemetry import log_of
from services.ingest.deadlines.opening import open_present_periods
from services.ingest.deadlines.reminders import write_reminders
from services.ingest.quarantine.keeping import throw_away

_EVERY_SECONDS: Final = 3600.0


@asynccontextmanager
async def rounds_made(engine: AsyncEngine, clock: Clock, catalog: Catalog, settings: Settings) -> AsyncIterator[None]:
    """While it lasts, what is due is done: at once, then hourly."""
    due: Mapping[str, Callable[[], Awaitable[int]]] = {
        "periods_opened": lambda: open_present_periods(engine, clock, catalog.reported_forms.values()),
        "reminders_written": lambda: write_reminders(engine, clock),
        "quarantine_emptied": lambda: throw_away(engine, clock, settings.quarantine_days),
    }
    task = asyncio.create_task(_make_rounds(due))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _make_rounds(due: Mapping[str, Callable[[], Awaitable[int]]]) -> None:
    log = log_of("rounds")
    while True:
        for name, act in due.items():
            try:
                count = await act()
                if count:
                    log.info(name, count=count)
            except Exception as error:  # a database that is away must not end the task: the next round does it
                log.warning(f"not_{name}", error=str(error))
        await asyncio.sleep(_EVERY_SECONDS)
