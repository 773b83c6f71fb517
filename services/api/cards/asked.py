"""What a caller asks to be done with a card: the body of a step, checked; all faults at once."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import msgspec
from starlette.requests import Request

from services.catalog.card_life import STEPS, Step, step_of
from services.catalog.validators import CONTROL, hints
from services.core.problems import Problem, ProblemItem, text_of

LONGEST_TEXT: Final = 2000
_MOST_BYTES: Final = 64 * 2**10
_MEMBERS: Final = ("event", "text", "due_on")
_EVENTS: Final = ", ".join(step.event for step in STEPS)
_LONGEST_SHOWN: Final = 40


@dataclass(frozen=True)
class Asked:
    """A step with what was said, and the day that a plan names."""

    step: Step
    text: str | None
    due_on: date | None


async def read_asked(request: Request, today: date) -> Asked:
    """The step that a request asks for; Problem with everything that is wrong with it."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MOST_BYTES:
            raise _invalid([_fault("too_long", "/text", limit=LONGEST_TEXT)])
    try:
        given = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise Problem("not_json", {"why": str(error)}) from error
    if not isinstance(given, dict):
        raise _invalid([_fault("wrong_type", "", wanted="object", given=_shown(given))])
    faults = [_fault("unknown_member", f"/{_shown(n)}", **hints(n, _MEMBERS)) for n in given if n not in _MEMBERS]
    step = _step(given.get("event"), faults)
    text = _text(given.get("text"), step, faults)
    due_on = _day(given.get("due_on"), step, today, faults)
    if faults or step is None:
        raise _invalid(faults)
    return Asked(step, text, due_on)


def _step(given: Any, faults: list[ProblemItem]) -> Step | None:
    step = step_of(given) if isinstance(given, str) else None
    if given is None:
        faults.append(_fault("required", "/event"))
    elif step is None:
        faults.append(_fault("not_a_choice", "/event", wanted=_EVENTS, given=_shown(given)))
    return step


def _text(given: Any, step: Step | None, faults: list[ProblemItem]) -> str | None:
    if given is not None and not isinstance(given, str):
        faults.append(_fault("wrong_type", "/text", wanted="text", given=_shown(given)))
        return None
    text = (given or "").replace("\r\n", "\n").strip()
    if len(text) > LONGEST_TEXT:
        faults.append(_fault("too_long", "/text", limit=LONGEST_TEXT))
    elif CONTROL.search(text):
        faults.append(_fault("unusable_text", "/text"))
    elif not text and step is not None and step.text:
        faults.append(_fault("required", "/text"))
    return text or None


def _day(given: Any, step: Step | None, today: date, faults: list[ProblemItem]) -> date | None:
    if given is None or given == "":
        if step is not None and step.due_on:
            faults.append(_fault("required", "/due_on"))
        return None
    if step is not None and not step.due_on:
        faults.append(_fault("day_not_asked", "/due_on"))
        return None
    day = _date(given)
    if day is None:
        faults.append(_fault("wrong_type", "/due_on", wanted="YYYY-MM-DD", given=_shown(given)))
    elif day < today:
        faults.append(_fault("day_past", "/due_on", today=today.isoformat()))
    return day


def _date(given: Any) -> date | None:
    try:
        return msgspec.convert(given, date)
    except msgspec.ValidationError:
        return None


def _fault(code: str, pointer: str, **details: object) -> ProblemItem:
    return ProblemItem(code, pointer, text_of(code, details), field=pointer[1:] or None)


def _invalid(faults: list[ProblemItem]) -> Problem:
    return Problem("step_invalid", {"count": len(faults)}, faults)


def _shown(given: object) -> str:
    return CONTROL.sub("…", str(given))[:_LONGEST_SHOWN]
