"""Reminders of what is due: three days and one day before, on the day, and when it is late; each once."""

from collections.abc import Mapping
from typing import Final

from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from sqlalchemy.ext.asyncio import AsyncEngine

from services.core.clock import TIME_ZONE, Clock
from services.core.database import REMINDERS_CHANNEL, driver_of, load_queries
from services.core.scopes import serving
from services.ingest.deadlines.listing import last_day
from services.ingest.deadlines.schemas import DivisionName, Reminder
from services.ingest.deadlines.titles import Titles

_QUERIES: Final = {
    name: text.encode() for name, text in load_queries("services.ingest.deadlines", "reminders.sql").items()
}  # fmt: skip


async def write_reminders(engine: AsyncEngine, clock: Clock) -> int:
    """Write those that have come due by now and say so, form by form; how many they are."""
    async with serving(engine) as connection:
        driver = driver_of(connection)
        written = await (await driver.execute(_QUERIES["write"], {"now": clock.now()})).fetchall()
        for form, period, kind, _ in written:
            told = {"channel": REMINDERS_CHANNEL, "form": form, "period": period, "kind": kind}
            await driver.execute(_QUERIES["announce"], told)
    return sum(count for *_, count in written)


async def read_reminders(
    driver: AsyncConnection[TupleRow], values: Mapping[str, object], titles: Titles
) -> list[Reminder]:
    """Reminders that fit the filters, the last first."""
    rows = await (await driver.execute(_QUERIES["reminders"], values)).fetchall()
    return [
        Reminder(
            number, form, titles.of(form), period, DivisionName(division, name or division), kind,
            last_day(due_at), at.astimezone(TIME_ZONE),
        )
        for number, form, period, division, name, kind, due_at, at in rows
    ]  # fmt: skip
