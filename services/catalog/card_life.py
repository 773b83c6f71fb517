"""The life of a card: which step leads where, who may take it, and how its days run.

People move a card's status; analytics moves its colour and proposes to lift it. A card's days stand still while
it waits for the level above, and while its lifting is proposed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, Literal, get_args

from services.catalog.divisions import LEVELS, Level

Colour = Literal["yellow", "red"]
Status = Literal["raised", "acknowledged", "plan_filed", "rectified", "verified", "appealed", "closed"]
Side = Literal["division", "above"]
Judgement = Literal["raised", "strengthened", "escalated", "lifting_proposed", "lifting_withdrawn"]
Taken = Literal[
    "acknowledged", "plan_filed", "rectified", "appealed", "verified", "returned", "closed", "upheld", "dismissed"
]

STATUSES: Final[tuple[Status, ...]] = get_args(Status)
SIDES: Final[tuple[Side, ...]] = get_args(Side)
SYSTEM: Final = "system"
"""Who acts when nobody does: the actor of a judgement."""

_WAITING: Final = frozenset[Status](("rectified", "verified", "appealed"))
"""What the level above has to answer."""


@dataclass(frozen=True)
class Step:
    """What a person does with a card: from which statuses, and where it leads; None is back to before the appeal."""

    event: Taken
    side: Side
    since: frozenset[Status]
    to: Status | None
    text: bool = False
    """Whether something has to be said."""
    due_on: bool = False
    """Whether a day has to be named."""


def _step(
    event: Taken, side: Side, since: str, to: Status | None, *, text: bool = False, due_on: bool = False
) -> Step:
    return Step(event, side, frozenset(s for s in STATUSES if s in since.split()), to, text, due_on)


STEPS: Final = (
    _step("acknowledged", "division", "raised", "acknowledged"),
    _step("rectified", "division", "plan_filed", "rectified", text=True),
    _step("plan_filed", "division", "acknowledged plan_filed", "plan_filed", text=True, due_on=True),
    _step("appealed", "division", "raised acknowledged plan_filed", "appealed", text=True),
    _step("verified", "above", "rectified", "verified"),
    _step("returned", "above", "rectified", "plan_filed", text=True),
    _step("closed", "above", "verified", "closed"),
    _step("upheld", "above", "appealed", "closed", text=True),
    _step("dismissed", "above", "appealed", None, text=True),
)
"""Every step that a person can take; of those possible at once, the one that leads on stands first."""

_STEP_OF: Final = {step.event: step for step in STEPS}
_CLOSED_WHEN_LIFTED: Final = frozenset[Status](("raised", "acknowledged", "plan_filed", "rectified", "verified"))
"""Where the level above may close once the value has recovered; an appeal is to be decided first."""


@dataclass(frozen=True)
class Life:
    """Where a card stands; every change to it is one of the functions below."""

    status: Status
    colour: Colour
    due_on: date
    acknowledge_by: date
    paused_on: date | None = None
    """Since when its days stand still."""
    lifting_proposed_at: datetime | None = None
    appealed_from: Status | None = None
    """The status it had when it was appealed; it stays, for an appeal is heard once."""

    def allows(self, step: Step) -> bool:
        """Whether the step can be taken now."""
        if step.event == "closed" and self.lifting_proposed_at is not None:
            return self.status in _CLOSED_WHEN_LIFTED
        if step.event == "appealed" and self.appealed_from is not None:
            return False
        return self.status in step.since

    @property
    def is_unanswered(self) -> bool:
        """Whether it has yet to be acknowledged, if only once its appeal is dismissed."""
        return self.status == "raised" or (self.status == "appealed" and self.appealed_from == "raised")

    def is_late(self, today: date) -> bool:
        """Whether a yellow card is to become red: nobody answered it in time, or its deadline has passed."""
        if self.colour == "red" or self.status == "closed" or self.paused_on is not None:
            return False
        return self.due_on < today or (self.status == "raised" and self.acknowledge_by < today)


@dataclass(frozen=True)
class Days:
    """How many days a rule gives: to put right, and to acknowledge."""

    deadline: int
    escalate: int


def step_of(event: str) -> Step | None:
    """The step that a person takes by this event."""
    return next((step for name, step in _STEP_OF.items() if name == event), None)


def sides(card: Level, scope: Level) -> frozenset[Side]:
    """On which side a key acts that sees the card: of its division, or of the level above; a city is both.

    A township answers for its villages, so above a village is its county.
    """
    holder = "township" if card == "village" else card
    depth = LEVELS.index(scope) - LEVELS.index(holder)
    found: set[Side] = set()
    if depth >= 0:
        found.add("division")
    if depth < 0 or (holder == "city" and depth == 0):
        found.add("above")
    return frozenset(found)


def steps_for(life: Life, taken_by: frozenset[Side]) -> Sequence[Step]:
    """What those of a side may do now."""
    return [step for step in STEPS if step.side in taken_by and life.allows(step)]


def raised(colour: Colour, days: Days, today: date) -> Life:
    """A new card."""
    return Life("raised", colour, today + timedelta(days.deadline), today + timedelta(days.escalate))


def taken(life: Life, step: Step, today: date) -> Life:
    """After a step that `life` allows."""
    status = step.to or life.appealed_from or life.status
    appealed_from = life.status if step.event == "appealed" else life.appealed_from
    return _running(replace(life, status=status, appealed_from=appealed_from), today)


def reddened(life: Life, days: Days, today: date) -> Life:
    """Red, and with its days again: its value fell further, or it was left lying.

    The day by which it was acknowledged, or should have been, stays as it was then: it is counted by.
    """
    fresh = raised("red", days, today)
    changed = replace(
        life, colour="red", due_on=fresh.due_on,
        acknowledge_by=fresh.acknowledge_by if life.is_unanswered else life.acknowledge_by,
        paused_on=today if life.status in _WAITING else None, lifting_proposed_at=None,
    )  # fmt: skip
    return _running(changed, today)


def lifting_proposed(life: Life, now: datetime) -> Life:
    """Its value has recovered."""
    return _running(replace(life, lifting_proposed_at=now), now.date())


def lifting_withdrawn(life: Life, today: date) -> Life:
    """Its value fell again."""
    return _running(replace(life, lifting_proposed_at=None), today)


def _running(life: Life, today: date) -> Life:
    """With its days stopped or running on as they should; the days it waited are given back."""
    waits = life.status in _WAITING or life.lifting_proposed_at is not None
    if life.status == "closed" or waits == (life.paused_on is not None):
        return life
    if waits:
        return replace(life, paused_on=today)
    waited = today - (life.paused_on or today)
    acknowledge_by = life.acknowledge_by + waited if life.is_unanswered else life.acknowledge_by
    return replace(life, paused_on=None, due_on=life.due_on + waited, acknowledge_by=acknowledge_by)
