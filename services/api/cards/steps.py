"""Taking a step with a card: who may, whether it is the card that the caller saw, and what becomes of it."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.api.cards import repository
from services.api.cards.asked import Asked
from services.api.cards.repository import CardRow, EventRow
from services.catalog.card_life import sides, steps_for, taken
from services.core.accounts import Caller
from services.core.problems import Problem


def tag_of(row: CardRow) -> str:
    """The card's state as an entity tag; every ETag of its address begins with it."""
    return f'"{row.id}-{row.revision}"'


def require_condition(if_match: str | None) -> str:
    """What the caller saw; Problem `precondition_missing` when it does not say."""
    if not if_match:
        raise Problem("precondition_missing")
    return if_match


async def take_step(
    connection: AsyncConnection, caller: Caller, number: int, asked: Asked, *, if_match: str, now: datetime
) -> tuple[CardRow, EventRow]:
    """The card after a step, and the step; of several callers who saw the same card, one comes through."""
    row = await repository.lock_card(connection, number, caller.scope.prefix)
    if row is None:
        raise Problem("not_found")
    if not _is_as_seen(row, if_match):
        raise _changed(row)
    step = asked.step
    mine = sides(row.level, caller.scope.level)
    if step.side not in mine:
        raise Problem("step_of_the_division" if step.side == "division" else "step_of_the_level_above")
    if not row.life.allows(step):
        possible = [other.event for other in steps_for(row.life, mine)]
        raise Problem("step_not_now", {"event": step.event, "present_status": row.status, "steps": possible})
    life = taken(row.life, step, now.date())
    event = EventRow(
        event=step.event, at=now, colour=life.colour, status=life.status, actor=step.side,
        division=caller.scope.code, text=asked.text, due_on=asked.due_on, evidence=None,
    )  # fmt: skip
    return await repository.write_step(connection, row, life, event, caller.key_id), event


def _is_as_seen(row: CardRow, if_match: str) -> bool:
    """Whether one of the tags is of this state.

    What follows the state in an ETag is left aside: it differs by who asks, and with every report that comes in.
    """
    state = tag_of(row).strip('"')
    tags = [given.strip().removeprefix("W/").strip('"') for given in if_match.split(",")]
    return any(tag == "*" or tag.split(".")[0] == state for tag in tags)


def _changed(row: CardRow) -> Problem:
    present = {
        "present_status": row.status, "present_colour": row.colour, "present_due_on": row.due_on.isoformat(),
        "present_etag": tag_of(row),
    }  # fmt: skip
    return Problem("card_changed", present, headers={"ETag": tag_of(row)})
