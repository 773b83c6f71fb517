"""Cards out of Postgres."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Date, and_, case, func, literal, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from services.api.cards.schemas import CardCounts, Event, Status
from services.api.schemas import Colour
from services.core.tables.cards import card, card_event

_OPEN: Final = card.c.status != "closed"
_STAGES: Final = ("raised", "lifting_proposed", "closed")
_STAGE: Final = case(*((card.c.status == name, place) for place, name in enumerate(_STAGES)))
_RED_FIRST: Final = case((card.c.colour == "red", 0), else_=1)


@dataclass(frozen=True, slots=True)
class CardRow:
    """A card as it is stored."""

    id: int
    rule: str
    division: str
    colour: Colour
    status: Status
    period: str
    raised_at: datetime
    due_on: date
    evidence: dict[str, Any]


@dataclass(frozen=True, slots=True)
class EventRow:
    """A step in a card's life as it is stored."""

    event: Event
    at: datetime
    colour: Colour
    evidence: dict[str, Any]


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """The last card of a page: the next one begins behind it."""

    stage: int
    yellow: int
    due_on: date
    id: int

    @classmethod
    def after(cls, row: CardRow) -> "Cursor":
        """Behind this card."""
        return cls(_STAGES.index(row.status), int(row.colour != "red"), row.due_on, row.id)

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """The cursor of a `next`; ValueError for anything else."""
        try:
            return msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=cls)
        except (binascii.Error, msgspec.MsgspecError, UnicodeError) as error:
            raise ValueError("not a cursor") from error

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).decode().rstrip("=")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which cards are wanted; None is any, but without `status` only open ones are."""

    prefix: str
    today: date
    colour: str | None = None
    status: str | None = None
    period: str | None = None
    overdue: bool | None = None


async def count_open(connection: AsyncConnection, prefix: str, today: date) -> CardCounts:
    """Open cards below a division, whatever else is asked for."""
    query = select(
        func.count().filter(card.c.colour == "red"),
        func.count().filter(card.c.colour == "yellow"),
        func.count().filter(_overdue(today)),
    ).where(_OPEN, card.c.division.startswith(prefix))
    return CardCounts(*(await connection.execute(query)).one())


async def read_cards(
    connection: AsyncConnection, filters: Filters, after: Cursor | None, limit: int
) -> list[CardRow]:
    """At most `limit` cards behind `after`: by stage of life, red before yellow, then due soonest."""
    order = (_STAGE, _RED_FIRST, card.c.due_on, card.c.id)
    behind: ColumnElement[bool] = true()
    if after is not None:
        last = (literal(after.stage), literal(after.yellow), literal(after.due_on, Date), literal(after.id))
        behind = tuple_(*order) > tuple_(*last)
    query = select(*_columns(CardRow, card)).where(_wanted(filters), behind).order_by(*order).limit(limit)
    return [CardRow(*row) for row in await connection.execute(query)]


def _overdue(today: date) -> ColumnElement[bool]:
    """Past its deadline with its cause still there: what is proposed for lifting waits for nobody below."""
    return and_(card.c.status == "raised", card.c.due_on < today)


def _wanted(filters: Filters) -> ColumnElement[bool]:
    conditions = [card.c.division.startswith(filters.prefix)]
    conditions.append(_OPEN if filters.status is None else card.c.status == filters.status)
    if filters.colour is not None:
        conditions.append(card.c.colour == filters.colour)
    if filters.period is not None:
        conditions.append(card.c.period == filters.period)
    if filters.overdue is not None:
        late = _overdue(filters.today)
        conditions.append(late if filters.overdue else ~late)
    return and_(*conditions)


async def read_card(connection: AsyncConnection, number: int, prefix: str) -> CardRow | None:
    """The card of this number, if its division lies below `prefix`."""
    query = select(*_columns(CardRow, card)).where(card.c.id == number, card.c.division.startswith(prefix))
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else CardRow(*row)


async def read_events(connection: AsyncConnection, number: int) -> list[EventRow]:
    """What happened to a card, the first step first."""
    query = select(*_columns(EventRow, card_event)).where(card_event.c.card_id == number)
    return [EventRow(*row) for row in await connection.execute(query.order_by(card_event.c.id))]


def _columns(row: Any, table: Any) -> Sequence[Any]:
    return [table.c[name] for name in row.__dataclass_fields__]
