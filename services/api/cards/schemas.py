"""What /v1/cards answers."""

from dataclasses import dataclass
from typing import Literal

from services.api.schemas import Answer, Colour, DivisionRef, EvidenceSubmission, Reading, Text
from services.catalog.card_life import Judgement, Side, Status, Taken

Event = Judgement | Taken
Actor = Side | Literal["system"]


@dataclass(frozen=True, slots=True)
class Card:
    """A card; `days_left` is negative when it is overdue, `path` holds the divisions above it below the city.

    `acknowledge_by` is told until somebody acknowledges. From `paused_on` its days stand still: it waits for
    the level above, or its lifting is proposed since `lifting_proposed_at`. `previous_card` is the one before of
    the same rule and division.
    """

    id: int
    rule: str
    title: Text
    text: Text
    division: DivisionRef
    path: list[DivisionRef]
    metric: str
    colour: Colour
    status: Status
    period: str
    raised_at: str
    due_on: str
    days_left: int
    acknowledge_by: str | None
    paused_on: str | None
    lifting_proposed_at: str | None
    previous_card: int | None
    value: float | None
    url: str


@dataclass(frozen=True, slots=True)
class CardCounts:
    """Open cards at or below a division."""

    red: int
    yellow: int
    overdue: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CardsAnswer(Answer):
    """A page of cards: raised, proposed for lifting, closed; red before yellow, then those due soonest."""

    counts: CardCounts
    cards: list[Card]
    next: str | None


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule as it was when it judged; `condition` is its text in the catalog."""

    rule: str
    version: int
    title: Text
    condition: str
    text: Text


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the card rests on: the rule, the latest values (earliest first), the snapshot, the reports."""

    rule: Rule
    values: list[Reading]
    snapshot: str
    submissions: list[EvidenceSubmission]


@dataclass(frozen=True, slots=True)
class CardEvent:
    """One step in the life of a card, and who took it: the system, the card's division, or the level above.

    `colour` and `status` are the card's after it; `due_on` is its new deadline, or the day that a plan names.
    """

    event: Event
    at: str
    colour: Colour
    status: Status
    actor: Actor
    division: DivisionRef | None
    text: str | None
    due_on: str | None
    snapshot: str


@dataclass(frozen=True, slots=True)
class CardStep:
    """A step that the caller may take now, and whether it wants a text and a day."""

    event: Taken
    text: bool
    due_on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CardAnswer(Answer):
    """One card with its evidence and its life so far, the first step first; `steps` are the caller's."""

    card: Card
    evidence: Evidence
    events: list[CardEvent]
    steps: list[CardStep]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepAnswer(Answer):
    """A step that was taken, the card after it, and what the caller may do next."""

    card: Card
    event: CardEvent
    steps: list[CardStep]
