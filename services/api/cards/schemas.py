"""What /v1/cards answers."""

from dataclasses import dataclass
from typing import Literal

from services.api.schemas import Answer, Colour, DivisionRef, Reading, Text

Status = Literal["raised", "lifting_proposed", "closed"]
Event = Literal["raised", "strengthened", "eased", "lifting_proposed", "lifting_withdrawn"]


@dataclass(frozen=True, slots=True)
class Card:
    """A card; `days_left` is negative when it is overdue, `path` holds the divisions above it below the city."""

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
class EvidenceSubmission:
    """A report that the judged value came from."""

    id: str
    form: str
    period: str
    division: DivisionRef
    revision: int
    received_at: str
    on_time: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the card rests on: the rule, the latest values (earliest first), the snapshot, the reports."""

    rule: Rule
    values: list[Reading]
    snapshot: str
    submissions: list[EvidenceSubmission]


@dataclass(frozen=True, slots=True)
class CardEvent:
    """One step in the life of a card."""

    event: Event
    at: str
    colour: Colour
    snapshot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardAnswer(Answer):
    """One card with its evidence and its life so far, the first step first."""

    card: Card
    evidence: Evidence
    events: list[CardEvent]
