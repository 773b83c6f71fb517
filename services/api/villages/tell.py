"""Stored records as the api tells them: with names, days left, and links for who may follow them."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

from services.api.schemas import Text
from services.api.viewer import ScopedViewer
from services.api.villages.repository import CardRow, OrderRow, ReportRow
from services.api.villages.schemas import Missing, Report, Submission, VillageCard, VillageCards, VillageOrder
from services.core.clock import TIME_ZONE

_AWAITING: Final = ("issued", "returned")
_CLOSED: Final = "closed"


def cards_of(rows: Iterable[CardRow], today: date) -> VillageCards:
    """Cards in their order, the closed ones apart."""
    cards = [_card(row, today) for row in rows]
    return VillageCards(
        open=[card for card in cards if card.status != _CLOSED],
        closed=[card for card in cards if card.status == _CLOSED],
    )


def _card(row: CardRow, today: date) -> VillageCard:
    return VillageCard(
        id=row.id,
        rule=row.rule,
        title=Text(**row.title),
        text=Text(**row.text),
        metric=row.metric,
        colour=row.colour,
        status=row.status,
        period=row.period,
        raised_at=_local(row.raised_at),
        due_on=row.due_on.isoformat(),
        days_left=(row.due_on - today).days,
        url=f"/v1/cards/{row.id}",
    )


def orders_of(
    rows: Iterable[OrderRow], cards: Iterable[CardRow], viewer: ScopedViewer, today: date
) -> list[VillageOrder]:
    """Orders as they stand today."""
    own = {card.id for card in cards}
    return [_order(row, viewer, today, about_village=row.card_id in own) for row in rows]


def _order(row: OrderRow, viewer: ScopedViewer, today: date, *, about_village: bool) -> VillageOrder:
    named = viewer.snapshot.tree.named
    days_left = (row.due_on - today).days if row.state in _AWAITING else None
    return VillageOrder(
        id=row.id,
        kind=row.kind,
        issuer=named(row.issuer),
        addressee=named(row.addressee),
        subject=row.subject,
        about_village=about_village,
        issued_at=_local(row.issued_at),
        due_on=row.due_on.isoformat(),
        state=row.state,
        overdue=days_left is not None and days_left < 0,
        days_left=days_left,
        url=f"/v1/orders/{row.id}",
    )


def reports_of(rows: Sequence[ReportRow], viewer: ScopedViewer, *, may_open: bool) -> list[Report]:
    """The reports that hold rows of the village."""
    return [
        Report(
            form=row.form,
            period=row.period,
            due_on=None if row.due_on is None else row.due_on.isoformat(),
            rows=row.row_count,
            nil=bool(row.nil),
            submission=submission,
        )
        for row in rows
        if row.row_count and (submission := _submission(row, viewer, may_open=may_open)) is not None
    ]


def missing_of(rows: Sequence[ReportRow], viewer: ScopedViewer, now: datetime, *, may_open: bool) -> list[Missing]:
    """What is expected and not there: first that for which no time is left, by day."""
    found = [
        Missing(
            form=row.form,
            period=row.period,
            due_on=row.due_on.isoformat(),
            awaited=row.on_time_until >= now,
            submission=_submission(row, viewer, may_open=may_open),
        )
        for row in rows
        if not row.row_count and row.due_on is not None and row.on_time_until is not None
    ]
    return sorted(found, key=lambda one: (one.awaited, one.due_on, one.form))


def _submission(row: ReportRow, viewer: ScopedViewer, *, may_open: bool) -> Submission | None:
    if row.submission is None:
        return None
    return Submission(
        id=row.submission,
        revision=row.revision,
        received_at=_local(row.received_at),
        on_time=row.on_time,
        counted=row.submission in viewer.snapshot.submissions,
        url=f"/v1/submissions/{row.submission}" if may_open else None,
    )


def _local(moment: datetime) -> str:
    return moment.astimezone(TIME_ZONE).isoformat()
