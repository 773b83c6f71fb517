"""Cards out of Postgres."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Date, and_, case, func, literal, select, text, true, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.api.cards.schemas import Actor, CardCounts, Event
from services.api.schemas import Colour, Level
from services.catalog.card_life import Life, Status
from services.core.database import SNAPSHOTS_CHANNEL
from services.core.tables.cards import card, card_event

_OPEN: Final = card.c.status != "closed"
_LIFTING: Final = card.c.lifting_proposed_at.is_not(None)
_STAGE: Final = case((card.c.status == "closed", 2), (_LIFTING, 1), else_=0)
_RED_FIRST: Final = case((card.c.colour == "red", 0), else_=1)


@dataclass(frozen=True, slots=True)
class CardRow:
    """A card as it is stored."""

    id: int
    rule: str
    division: str
    level: Level
    colour: Colour
    status: Status
    period: str
    raised_at: datetime
    due_on: date
    acknowledge_by: date
    paused_on: date | None
    lifting_proposed_at: datetime | None
    appealed_from: Status | None
    previous_card: int | None
    revision: int
    evidence: dict[str, Any]

    @property
    def life(self) -> Life:
        """Where it stands."""
        return Life(
            self.status, self.colour, self.due_on, self.acknowledge_by, self.paused_on, self.lifting_proposed_at,
            self.appealed_from,
        )  # fmt: skip

    @property
    def stage(self) -> int:
        """Its place in a list: those whose value has recovered come after the others, closed ones last."""
        return 2 if self.status == "closed" else int(self.lifting_proposed_at is not None)


@dataclass(frozen=True, slots=True)
class EventRow:
    """A step in a card's life as it is stored."""

    event: Event
    at: datetime
    colour: Colour
    status: Status
    actor: Actor
    division: str | None
    text: str | None
    due_on: date | None
    evidence: dict[str, Any] | None


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """The last card of a page: the next one begins behind it."""

    stage: int
    yellow: int
    due_on: date
    id: int

    @classmethod
    def after(cls, row: CardRow) -> "Cursor":
        """Behind this card."""
        return cls(row.stage, int(row.colour != "red"), row.due_on, row.id)

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
    lifting: bool | None = None


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
    """Past its deadline while its days run: what the level above has to decide waits for nobody below."""
    return and_(_OPEN, card.c.paused_on.is_(None), card.c.due_on < today)


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
    if filters.lifting is not None:
        conditions.append(_LIFTING if filters.lifting else ~_LIFTING)
    return and_(*conditions)


async def read_card(connection: AsyncConnection, number: int, prefix: str) -> CardRow | None:
    """The card of this number, if its division lies below `prefix`."""
    query = select(*_columns(CardRow, card)).where(card.c.id == number, card.c.division.startswith(prefix))
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else CardRow(*row)


async def lock_card(connection: AsyncConnection, number: int, prefix: str) -> CardRow | None:
    """The same, and until the transaction ends nobody else changes it."""
    # Before the row the table: a judge who holds it would wait for the row, and we for the table.
    await connection.execute(text("lock table card in row exclusive mode"))
    query = select(*_columns(CardRow, card)).where(card.c.id == number, card.c.division.startswith(prefix))
    row = (await connection.execute(query.with_for_update())).one_or_none()
    return None if row is None else CardRow(*row)


async def write_step(connection: AsyncConnection, row: CardRow, life: Life, event: EventRow, key_id: int) -> CardRow:
    """The card as it is after an event, which is written down and announced."""
    values = {name: getattr(life, name) for name in Life.__dataclass_fields__}
    changed = await connection.execute(
        update(card)
        .where(card.c.id == row.id)
        .values(
            **values, revision=card.c.revision + 1, transaction_id=text("(pg_current_xact_id()::text)::bigint")
        )
        .returning(*_columns(CardRow, card))
    )  # fmt: skip
    told = {name: getattr(event, name) for name in EventRow.__dataclass_fields__ if name != "evidence"}
    await connection.execute(card_event.insert().values(**told, card_id=row.id, key_id=key_id))
    await connection.execute(select(func.pg_notify(SNAPSHOTS_CHANNEL, f"card {row.id}")))
    return CardRow(*changed.one())


async def read_events(connection: AsyncConnection, number: int) -> list[EventRow]:
    """What happened to a card, the first step first."""
    query = select(*_columns(EventRow, card_event)).where(card_event.c.card_id == number)
    return [EventRow(*row) for row in await connection.execute(query.order_by(card_event.c.id))]


def _columns(row: Any, table: Any) -> Sequence[Any]:
    return [table.c[name] for name in row.__dataclass_fields__]
