"""A period opens: who must report what by when is written down, and does not change after."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from sqlalchemy.ext.asyncio import AsyncEngine

from services.catalog.periods import Period
from services.catalog.schema import Form
from services.core.clock import TIME_ZONE, Clock
from services.core.database import SUBMISSIONS_CHANNEL, driver_of, load_queries
from services.core.scopes import beyond_scope, serving

_QUERIES: Final = {name: text.encode() for name, text in load_queries("services.ingest.deadlines").items()}


@dataclass(frozen=True)
class Deadlines:
    """Until when a form's report for a period is due, on time, and taken at all."""

    due_at: datetime
    on_time_until: datetime
    closes_at: datetime


def deadlines_of(form: Form, period: Period) -> Deadlines:
    """The deadlines by the form's own rule: each the end of its day in Asia/Shanghai."""

    def end_of_day(days: int) -> datetime:
        day: date = period.last_day + timedelta(days=days + 1)
        return datetime.combine(day, time.min, TIME_ZONE)

    due = form.due
    assert due is not None
    return Deadlines(end_of_day(due.days), end_of_day(due.days + due.grace_days), end_of_day(due.close_days))


async def open_period(driver: AsyncConnection[TupleRow], clock: Clock, form: Form, period: Period) -> int:
    """Write down who must report `form` for `period`; how many reporters are new, 0 when it was open."""
    deadlines = deadlines_of(form, period)
    values = {
        "form": form.form, "period": str(period), "grain": form.grain, "first_day": period.first_day,
        "opened_at": clock.now(), "due_at": deadlines.due_at, "on_time_until": deadlines.on_time_until,
        "closes_at": deadlines.closes_at, "channel": SUBMISSIONS_CHANNEL,
    }  # fmt: skip
    reporters = "counties" if form.grain == "county" else "townships"
    async with beyond_scope(driver):  # whoever reports first opens it for all
        opening = await driver.execute(_QUERIES[f"open_period_for_{reporters}"], values)
        opened = len(await opening.fetchall())  # not `rowcount`: in a pipeline nothing is counted yet
    if opened:
        await driver.execute(_QUERIES["announce_period"], values)
    return opened


async def open_present_periods(engine: AsyncEngine, clock: Clock, forms: Iterable[Form]) -> int:
    """Open the current period of every form, and those that began while nothing ran; how many reports are new.

    What came before the first period that was ever opened stays closed: nobody was asked for it.
    """
    opened = 0
    for form in forms:
        async with serving(engine) as connection:
            driver = driver_of(connection)
            row = await (await driver.execute(_QUERIES["last_opened_period"], {"form": form.form})).fetchone()
            for period in _to_open(Period.containing(clock.today(), form.periodicity), row[0] if row else None):
                opened += await open_period(driver, clock, form, period)
    return opened


def _to_open(current: Period, last_opened: str | None) -> Iterator[Period]:
    """The periods after the last opened one up to the current; at least the current."""
    period = min(current, Period.parse(last_opened).next) if last_opened else current
    while not current < period:
        yield period
        period = period.next
