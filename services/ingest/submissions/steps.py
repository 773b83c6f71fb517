"""Taking a step with a submission: who may, whether it is the one that the caller saw, and what becomes of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from services.catalog.divisions import DivisionCode
from services.catalog.submission_life import STEPS, Event, Side, State, Step, sides
from services.core.accounts import Caller, Right
from services.core.database import SUBMISSIONS_CHANNEL
from services.core.problems import Problem
from services.ingest.submissions import life
from services.ingest.submissions.asked import Asked
from services.ingest.submissions.repository import Driver
from services.ingest.submissions.waivers import unanswered, unknown_warnings

_RIGHT_OF: Final[dict[Side, Right]] = {"reporter": "report", "above": "act"}


@dataclass(frozen=True)
class Taking:
    """A step that a caller asks for with a submission that he saw."""

    caller: Caller
    submission: UUID
    asked: Asked
    if_match: str
    now: datetime


def tag_of(submission: UUID, steps: int) -> str:
    """The state of a submission as an entity tag; every ETag of its address begins with it."""
    return f'"{submission}-{steps}"'


class _Told(msgspec.Struct):
    id: UUID
    steps_taken: int


def tag_in(body: bytes) -> str:
    """The tag of the submission that an answer tells of."""
    told = msgspec.json.decode(body, type=_Told)
    return tag_of(told.id, told.steps_taken)


def steps_for(caller: Caller, reporter: str, state: State, *, is_newest: bool, unanswered: int) -> list[Event]:
    """What a caller may do now with a submission of a reporter."""
    if not is_newest:
        return []
    mine = sides(DivisionCode(reporter), caller.scope)
    return [
        step.event
        for step in STEPS
        if step.side in mine and _RIGHT_OF[step.side] in caller.rights and state in step.since
        and not (step.answered and unanswered) and not (step.event == "waived" and not unanswered)
    ]  # fmt: skip


async def take_step(driver: Driver, taking: Taking) -> None:
    """Let the step happen in the caller's transaction; of several who saw the same submission, one comes through."""
    caller, step = taking.caller, taking.asked.step
    caller.require_right(_RIGHT_OF[step.side])
    found = await life.lock(driver, taking.submission, prefix=caller.scope.prefix)
    if found is None:
        raise Problem("not_found")
    if step.side not in sides(DivisionCode(found.report.division), caller.scope):
        raise Problem("reviewed_from_above", {"division": found.report.division})
    _require_seen(found, taking.if_match)
    if found.revision != found.newest:
        raise Problem("submission_replaced", {"present_revision": found.newest})
    _require_possible(found, step)
    left = await _left_unanswered(driver, found, taking.asked)
    state = step.leads_to(found.state)
    event = {
        "event": step.event, "state": state, "at": taking.now, "reason": taking.asked.reason,
        "items": taking.asked.items, "warnings": taking.asked.warnings, "division": caller.scope.code,
        "key_id": caller.key_id,
    }  # fmt: skip
    await life.write_event(driver, found.id, event)
    await life.move(driver, found.id, step.event, state, left)
    if step.event == "withdrawn":
        await life.announce(driver, found.report, SUBMISSIONS_CHANNEL)


def _require_seen(found: life.Locked, if_match: str) -> None:
    """Problem unless one of the tags is of this state; what follows it in an ETag says who asked."""
    state = tag_of(found.id, found.steps)
    tags = (given.strip().removeprefix("W/").strip('"') for given in if_match.split(","))
    if not any(tag == "*" or tag.split(".")[0] == state.strip('"') for tag in tags):
        details = {"present_state": found.state, "present_etag": state}
        raise Problem("submission_changed", details, headers={"ETag": state})


def _require_possible(found: life.Locked, step: Step) -> None:
    if found.state not in step.since:
        allowed = ", ".join(other.event for other in STEPS if found.state in other.since)
        raise Problem("step_not_allowed", {"state": found.state, "event": step.event, "allowed": allowed or "—"})


async def _left_unanswered(driver: Driver, found: life.Locked, asked: Asked) -> int:
    """How many warnings nobody has answered after the step; Problem where all have to be."""
    if not asked.step.answered and not asked.warnings:
        return found.unanswered
    unknown = [*unknown_warnings(asked.warnings, found.warnings, "warnings")]
    if unknown:
        raise Problem("content_invalid", {"count": len(unknown)}, unknown)
    events = await life.read_events(driver, found.report, [])
    left = [*unanswered(found.warnings, [*life.waived_in(events, found.id), *asked.warnings])]
    if left and asked.step.answered:
        raise Problem("warnings_unanswered", {"count": len(left), "warnings": left})
    return len(left)
