"""A stored order as the api tells it: with names, and how it stands with its deadline today."""

from collections.abc import Mapping
from datetime import date, datetime

from services.api.orders.repository import EventRow, OrderRow
from services.api.orders.schemas import About, Order, OrderEvent
from services.api.schemas import DivisionRef
from services.core.clock import TIME_ZONE


def order_of(row: OrderRow, names: Mapping[str, DivisionRef], today: date) -> Order:
    """The order as it stands today."""
    days_left = (row.due_on - today).days if row.state in ("issued", "returned") else None
    return Order(
        id=row.id,
        kind=row.kind,
        issuer=names[row.issuer],
        addressee=names[row.addressee],
        subject=row.subject,
        text=row.text,
        about=About(row.card_id, row.key_task, row.metric),
        issued_at=_local(row.issued_at),
        due_on=row.due_on.isoformat(),
        state=row.state,
        replied_at=None if row.replied_at is None else _local(row.replied_at),
        in_time=row.in_time,
        overdue=days_left is not None and days_left < 0,
        days_left=days_left,
        repeats=row.repeats,
        url=f"/v1/orders/{row.id}",
    )


def event_of(row: EventRow, names: Mapping[str, DivisionRef]) -> OrderEvent:
    """One step."""
    return OrderEvent(row.event, _local(row.at), names[row.acted_by], row.text, row.due_on.isoformat(), row.in_time)


def _local(moment: datetime) -> str:
    return moment.astimezone(TIME_ZONE).isoformat()
