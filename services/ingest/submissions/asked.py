"""What a caller asks to be done with a submission: the body of a step, checked; all faults at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.catalog.submission_life import STEPS, Step, step_of
from services.ingest.contents import Content
from services.ingest.submissions.schemas import ReturnedItem
from services.ingest.submissions.waivers import MEMBERS as WAIVED_MEMBERS
from services.ingest.submissions.waivers import WaivedWarning, read_waived

MEMBERS: Final = ("event", "reason", "items", "warnings")
_ITEM_MEMBERS: Final = ("division", "field", "row", "reason")
_EVENTS: Final = ", ".join(step.event for step in STEPS)
_MEMBER_OF: Final = {"items": "returned", "warnings": "waived"}
_LARGEST: Final = 2**31 - 1


@dataclass(frozen=True)
class Asked:
    """A step, why it is taken, what a return asks for, and which warnings a waiver answers."""

    step: Step
    reason: str | None
    items: Sequence[ReturnedItem]
    warnings: Sequence[WaivedWarning]


def read_asked(content: Content) -> Asked:
    """The step that a request asks for; Problem with everything that is wrong with it."""
    step = _step(content)
    reason = content.text("reason", required=step is not None and step.reason)
    items = [_item(item) for item in content.objects("items", _ITEM_MEMBERS)]
    waived = [read_waived(item) for item in content.objects("warnings", WAIVED_MEMBERS)]
    for member, event in _MEMBER_OF.items():
        if step is not None and content.has(member) and step.event != event:
            content.blame("member_of_another_step", member, event=event)
    if step is not None and step.event == "waived" and not content.has("warnings"):
        content.blame("required", "warnings")
    content.refuse()
    assert step is not None
    return Asked(step, reason, items, [one for one in waived if one is not None])


def _step(content: Content) -> Step | None:
    given = content.name("event", required=True)
    step = None if given is None else step_of(given)
    if given is not None and step is None:
        content.blame("not_a_choice", "event", wanted=_EVENTS, given=given)
    return step


def _item(content: Content) -> ReturnedItem:
    reason, division = content.text("reason", required=True), content.division("division")
    code = None if division is None else division.code
    return ReturnedItem(reason or "", code, content.name("field"), content.number("row", _LARGEST))
