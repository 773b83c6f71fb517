"""Receipts read back, within the scope of the key."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from starlette.requests import Request

from services.core.accounts import Caller
from services.core.database import driver_of
from services.core.problems import Problem
from services.core.scopes import answering
from services.ingest.parameters import asked_scope, cursor_invalid, cursor_of, place_of, storable
from services.ingest.submissions import life, repository
from services.ingest.submissions.repository import Driver
from services.ingest.submissions.schemas import Page, Receipt, Submission
from services.ingest.submissions.steps import steps_for, tag_of
from services.ingest.submissions.waivers import unanswered


@dataclass(frozen=True)
class Filters:
    """Which submissions are asked for, and from where on."""

    form: str | None
    period: str | None
    division: str | None
    limit: int
    cursor: str | None


async def read_one(driver: Driver, viewer: Caller, submission: UUID) -> tuple[Submission, str]:
    """One submission and its ETag; Problem `not_found` when it is absent or outside the scope."""
    kept = await repository.read_submission(driver, submission, prefix=viewer.scope.prefix)
    if kept is None:
        raise Problem("not_found")
    revisions = await repository.read_revisions(driver, kept.report)
    events = await life.read_events(driver, kept.report, revisions)
    receipt = kept.receipt
    steps = steps_for(
        viewer, receipt.division, receipt.state, is_newest=receipt.revision == revisions[0].revision,
        unanswered=kept.unanswered_warnings,
    )  # fmt: skip
    found = Submission(
        **{name: getattr(receipt, name) for name in Receipt.__dataclass_fields__}, form_version=kept.form_version,
        nil=kept.nil, note=kept.note, revisions=revisions, events=events, steps=steps,
        steps_taken=kept.steps,
        unanswered_warnings=[*unanswered(receipt.warnings, life.waived_in(events, receipt.id))],
    )  # fmt: skip
    return found, tag_of(submission, kept.steps)


async def read_page(request: Request, viewer: Caller, filters: Filters) -> Page:
    """One page of receipts and the cursor of the next."""
    before, before_id = _position(filters.cursor)
    values = {
        "form": storable(filters.form), "period": storable(filters.period),
        "prefix": asked_scope(viewer, filters.division).prefix,
        "before": before, "before_id": before_id, "limit": filters.limit + 1,
    }  # fmt: skip
    async with answering(request, viewer) as connection:
        receipts = await repository.read_received(driver_of(connection), values)
    if len(receipts) <= filters.limit:
        return Page(receipts, None)
    receipts = receipts[: filters.limit]
    last = receipts[-1]
    return Page(receipts, cursor_of(last.received_at.isoformat(), last.id))


def _position(cursor: str | None) -> tuple[datetime | None, UUID | None]:
    if cursor is None:
        return None, None
    moment, submission = place_of(cursor, 2)
    try:
        position = datetime.fromisoformat(moment), UUID(submission)
    except ValueError:
        raise cursor_invalid() from None
    if position[0].tzinfo is None:
        raise cursor_invalid()
    return position
