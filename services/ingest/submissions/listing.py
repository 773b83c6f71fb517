"""Receipts read back, within the scope of the key."""

import base64
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from services.catalog.divisions import DivisionCode, InvalidDivisionCode
from services.core.accounts import Caller
from services.core.database import driver_of
from services.core.problems import Problem
from services.ingest.faults import printable
from services.ingest.submissions import repository
from services.ingest.submissions.schemas import Page, Receipt, Submission


@dataclass(frozen=True)
class Filters:
    """Which submissions are asked for, and from where on."""

    form: str | None
    period: str | None
    division: str | None
    limit: int
    cursor: str | None


async def read_one(engine: AsyncEngine, viewer: Caller, submission: UUID) -> Submission:
    """One submission; Problem `not_found` when it is absent or outside the scope."""
    async with engine.connect() as connection, connection.begin():
        found = await repository.read_submission(driver_of(connection), submission, prefix=viewer.scope.prefix)
    if found is None:
        raise Problem("not_found")
    return found


async def read_page(engine: AsyncEngine, viewer: Caller, filters: Filters) -> Page:
    """One page of receipts and the cursor of the next."""
    before, before_id = _position(filters.cursor)
    values = {
        "form": _storable(filters.form), "period": _storable(filters.period),
        "prefix": _scope(viewer, filters.division).prefix,
        "before": before, "before_id": before_id, "limit": filters.limit + 1,
    }  # fmt: skip
    async with engine.connect() as connection, connection.begin():
        receipts = await repository.read_received(driver_of(connection), values)
    if len(receipts) <= filters.limit:
        return Page(receipts, None)
    receipts = receipts[: filters.limit]
    return Page(receipts, _cursor(receipts[-1]))


def _scope(viewer: Caller, division: str | None) -> DivisionCode:
    """What may be listed: the division asked for if it lies in the scope, else the whole scope."""
    if division is None:
        return viewer.scope
    try:
        asked = DivisionCode(division)
    except InvalidDivisionCode:
        raise Problem("parameter_invalid", {"where": "division"}) from None
    if not viewer.may_see(asked):
        raise Problem("parameter_unknown_division", {"given": printable(division)})
    return asked


def _storable(text: str | None) -> str | None:
    """A filter as Postgres takes it: no text there has a NUL, so nothing is found by one."""
    return None if text is None else text.replace("\0", "\ufffd")


def _cursor(receipt: Receipt) -> str:
    return base64.urlsafe_b64encode(f"{receipt.received_at.isoformat()} {receipt.id}".encode()).decode()


def _position(cursor: str | None) -> tuple[datetime | None, UUID | None]:
    if cursor is None:
        return None, None
    try:
        moment, _, submission = base64.urlsafe_b64decode(cursor).decode().partition(" ")
        position = datetime.fromisoformat(moment), UUID(submission)
    except ValueError:
        raise Problem("parameter_invalid", {"where": "cursor"}) from None
    if position[0].tzinfo is None:
        raise Problem("parameter_invalid", {"where": "cursor"})
    return position
