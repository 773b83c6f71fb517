"""Orders in Postgres."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Date, and_, case, func, insert, literal, or_, select, true, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.api.orders.schemas import Kind, OrderCounts, State
from services.api.parameters import Position
from services.core.tables.cards import card
from services.core.tables.orders import supervision_order as orders
from services.core.tables.orders import supervision_order_event as events

_STAGES: Final[Mapping[State, int]] = {"issued": 0, "returned": 0, "replied": 1, "closed": 2, "withdrawn": 2}
_STAGE: Final = case(*((orders.c.state == state, stage) for state, stage in _STAGES.items()))
_AWAITING: Final = orders.c.state.in_(["issued", "returned"])


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order as it is stored."""

    id: int
    kind: Kind
    issuer: str
    addressee: str
    subject: str
    text: str
    card_id: int | None
    key_task: str | None
    metric: str | None
    issued_at: datetime
    due_on: date
    state: State
    replied_at: datetime | None
    in_time: bool | None
    repeats: int | None
    version: int


@dataclass(frozen=True, slots=True)
class EventRow:
    """A step in an order's life as it is stored."""

    event: State
    at: datetime
    acted_by: str
    key_id: int
    text: str | None
    due_on: date
    in_time: bool | None = None


class Cursor(Position, frozen=True, array_like=True):
    """The last order of a page: the next one begins behind it."""

    stage: int
    due_on: date
    id: int

    @classmethod
    def after(cls, row: OrderRow) -> "Cursor":
        """Behind this order."""
        return cls(_STAGES[row.state], row.due_on, row.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which orders are wanted: addressed at or below a division; None is any."""

    prefix: str
    today: date
    kind: str | None = None
    state: str | None = None
    overdue: bool | None = None


async def count_open(connection: AsyncConnection, prefix: str, today: date) -> OrderCounts:
    """Orders below a division that somebody has to deal with, whatever else is asked for."""
    query = select(
        func.count().filter(_AWAITING),
        func.count().filter(_overdue(today)),
        func.count().filter(orders.c.state == "replied"),
    ).where(orders.c.addressee.startswith(prefix))
    return OrderCounts(*(await connection.execute(query)).one())


async def read_orders(
    connection: AsyncConnection, filters: Filters, after: Cursor | None, limit: int
) -> list[OrderRow]:
    """At most `limit` orders behind `after`: by stage of life, then due soonest."""
    order = (_STAGE, orders.c.due_on, orders.c.id)
    behind: ColumnElement[bool] = true()
    if after is not None:
        behind = tuple_(*order) > tuple_(literal(after.stage), literal(after.due_on, Date), literal(after.id))
    query = select(*_columns(OrderRow, orders)).where(_wanted(filters), behind).order_by(*order).limit(limit)
    return [OrderRow(*row) for row in await connection.execute(query)]


def _overdue(today: date) -> ColumnElement[bool]:
    return and_(_AWAITING, orders.c.due_on < today)


def _wanted(filters: Filters) -> ColumnElement[bool]:
    conditions = [orders.c.addressee.startswith(filters.prefix)]
    if filters.kind is not None:
        conditions.append(orders.c.kind == filters.kind)
    if filters.state is not None:
        conditions.append(orders.c.state == filters.state)
    if filters.overdue is not None:
        late = _overdue(filters.today)
        conditions.append(late if filters.overdue else ~late)
    return and_(*conditions)


async def read_order(
    connection: AsyncConnection, number: int, prefix: str, *, locked: bool = False
) -> OrderRow | None:
    """The order of this number, if its addressee lies below `prefix`; `locked` until the transaction ends."""
    query = select(*_columns(OrderRow, orders)).where(orders.c.id == number, orders.c.addressee.startswith(prefix))
    row = (await connection.execute(query.with_for_update() if locked else query)).one_or_none()
    return None if row is None else OrderRow(*row)


async def read_events(connection: AsyncConnection, number: int) -> list[EventRow]:
    """What happened to an order, the first step first."""
    query = select(*_columns(EventRow, events)).where(events.c.order_id == number).order_by(events.c.id)
    return [EventRow(*row) for row in await connection.execute(query)]


async def lock_addressee(connection: AsyncConnection, addressee: str) -> None:
    """Until the transaction ends nobody else issues an order to this addressee: each sees those before it."""
    await connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"order {addressee}", 7263))))


async def latest_alike(connection: AsyncConnection, values: Mapping[str, Any], since: datetime) -> int | None:
    """The newest order since then to the same addressee with the same subject, card, key task or metric."""
    alike = [
        orders.c[name] == values[name]
        for name in ("subject", "card_id", "key_task", "metric")
        if values[name] is not None
    ]  # fmt: skip
    query = select(orders.c.id).where(
        orders.c.addressee == values["addressee"],
        orders.c.state != "withdrawn",
        orders.c.issued_at >= since,
        or_(*alike),
    )
    return (await connection.execute(query.order_by(orders.c.id.desc()).limit(1))).scalar_one_or_none()


async def card_exists(connection: AsyncConnection, number: int, prefix: str) -> bool:
    """Whether there is a card of this number below `prefix`."""
    query = select(card.c.id).where(card.c.id == number, card.c.division.startswith(prefix))
    return (await connection.execute(query)).first() is not None


async def insert_order(connection: AsyncConnection, values: Mapping[str, Any]) -> int:
    """Keep a new order; its number."""
    query = insert(orders).values(values).returning(orders.c.id)
    return int((await connection.execute(query)).scalar_one())


async def update_order(connection: AsyncConnection, number: int, values: Mapping[str, Any]) -> None:
    """Change an order, which then is a further version."""
    changed = {**values, "version": orders.c.version + 1}
    await connection.execute(update(orders).where(orders.c.id == number).values(changed))


async def insert_event(connection: AsyncConnection, number: int, event: EventRow) -> None:
    """Keep a step."""
    values = {name: getattr(event, name) for name in EventRow.__dataclass_fields__}
    await connection.execute(insert(events).values(values | {"order_id": number}))


def _columns(row: Any, table: Any) -> Sequence[Any]:
    return [table.c[name] for name in row.__dataclass_fields__]
