"""The calendar as a caller sees it: what is due, and how far it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, get_args

from starlette.requests import Request

from services.catalog.divisions import DivisionCode
from services.catalog.periods import Period
from services.core.accounts import Caller
from services.core.clock import TIME_ZONE, Clock
from services.core.database import driver_of, load_queries
from services.core.scopes import answering
from services.ingest.deadlines.schemas import CalendarItem, CalendarPage, CalendarState, DivisionName
from services.ingest.deadlines.titles import Titles
from services.ingest.parameters import cursor_invalid, cursor_of, place_of, storable

_QUERIES: Final = {name: text.encode() for name, text in load_queries("services.ingest.deadlines").items()}
STATES: Final[tuple[CalendarState, ...]] = get_args(CalendarState)


@dataclass(frozen=True)
class Filters:
    """Which expected reports are asked for, below which division, and from where on."""

    scope: DivisionCode
    form: str | None
    period: str | None
    states: Sequence[str] | None
    limit: int
    cursor: str | None


async def read_calendar(request: Request, reader: Caller, titles: Titles, filters: Filters) -> CalendarPage:
    """One page of the calendar and the cursor of the next."""
    clock: Clock = request.app.state.clock
    now = clock.now()
    values = {
        **reporter_filter(filters.scope), "form": storable(filters.form), "period": storable(filters.period),
        "states": None if filters.states is None else list(filters.states), "now": now,
        "limit": filters.limit + 1, **_after(filters.cursor),
    }  # fmt: skip
    async with answering(request, reader) as connection:
        rows = await (await driver_of(connection).execute(_QUERIES["calendar"], values)).fetchall()
    items = [_item(row, titles, now.date()) for row in rows[: filters.limit]]
    if len(rows) <= filters.limit:
        return CalendarPage(items, None)
    form, period, division, _, due_at = rows[filters.limit - 1][:5]
    return CalendarPage(items, cursor_of(due_at.isoformat(), form, period, division))


def reporter_filter(scope: DivisionCode) -> dict[str, str | None]:
    """Who reports within a scope: for a village its township, where that has to report for it."""
    if scope.level == "village" and scope.parent is not None:
        return {"prefix": scope.parent.prefix, "unit": scope.code}
    return {"prefix": scope.prefix, "unit": None}


def last_day(end: datetime) -> date:
    """The day that ends at this moment."""
    return (end.astimezone(TIME_ZONE) - timedelta(seconds=1)).date()


def _after(cursor: str | None) -> dict[str, object]:
    names = ("after_due", "after_form", "after_period", "after_division")
    if cursor is None:
        return dict.fromkeys(names)
    place: list[Any] = list(place_of(cursor, len(names)))
    try:
        place[0] = datetime.fromisoformat(place[0])
    except ValueError:
        raise cursor_invalid() from None
    if place[0].tzinfo is None:
        raise cursor_invalid()
    return dict(zip(names, place, strict=True))


def _item(row: Sequence[Any], titles: Titles, today: date) -> CalendarItem:
    form, period, division, name, due_at, on_time_until, closes_at, state, *counts, until, reminders = row
    due_on = last_day(due_at)
    columns: tuple[Any, ...] = (
        form, titles.of(form), period, DivisionName(division, name or division), Period.parse(period).first_day,
        due_on, on_time_until.astimezone(TIME_ZONE), closes_at.astimezone(TIME_ZONE), (due_on - today).days, state,
        *counts, None if until is None else until.astimezone(TIME_ZONE), reminders,
    )  # fmt: skip
    return CalendarItem(*columns)
