"""The life of a submission: which step leads where, and who may take it.

Only the newest revision of a report has a life; the state of the one before decides in which state the next begins.
"""

from dataclasses import dataclass
from typing import Final, Literal, get_args

from services.catalog.divisions import LEVELS, DivisionCode

State = Literal["received", "returned", "corrected", "accepted", "final", "withdrawn"]
Event = Literal["returned", "accepted", "final", "withdrawn", "waived"]
Side = Literal["reporter", "above"]

STATES: Final[tuple[State, ...]] = get_args(State)
EVENTS: Final[tuple[Event, ...]] = get_args(Event)
SIDES: Final[tuple[Side, ...]] = get_args(Side)


@dataclass(frozen=True)
class Step:
    """What a person does with a submission: from which states, and where it leads; None stays where it is."""

    event: Event
    side: Side
    since: frozenset[State]
    to: State | None
    reason: bool = False
    """Whether it has to be said why."""
    answered: bool = False
    """Whether every warning has to be answered before."""

    def leads_to(self, state: State) -> State:
        """The state after it."""
        return self.to or state


def _step(
    event: Event, side: Side, since: str, to: State | None, *, reason: bool = False, answered: bool = False
) -> Step:
    return Step(event, side, frozenset(s for s in STATES if s in since.split()), to, reason, answered)


STEPS: Final = (
    _step("accepted", "above", "received corrected", "accepted", answered=True),
    _step("returned", "above", "received corrected accepted", "returned", reason=True),
    _step("final", "above", "accepted", "final"),
    _step("waived", "reporter", "received corrected", None, reason=True),
    _step("withdrawn", "reporter", "received returned corrected accepted", "withdrawn", reason=True),
)
"""Every step that a person can take; of those possible at once, the one that leads on stands first."""


def step_of(event: str) -> Step | None:
    """The step that a person takes by this event."""
    return next((step for step in STEPS if step.event == event), None)


def sides(reporter: DivisionCode, scope: DivisionCode) -> frozenset[Side]:
    """On which sides a key may stand: on the reporter's if it sees it, above it if its level is a higher one."""
    if not scope.contains(reporter):
        return frozenset()
    is_above = LEVELS.index(scope.level) < LEVELS.index(reporter.level)
    return frozenset[Side](("reporter", "above") if is_above else ("reporter",))


def state_of_next(present: State | None, *, is_reopened: bool) -> State | None:
    """In which state a revision begins that replaces one in `present`; None when none may.

    What is final may be replaced only while the period is open again.
    """
    if present == "final":
        return "received" if is_reopened else None
    return "corrected" if present in ("returned", "corrected") else "received"
