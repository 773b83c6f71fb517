"""What /v1/villages answers."""

from dataclasses import dataclass
from typing import Literal

from services.api.schemas import Answer, Colour, DivisionRef, Level, Reading, Text

PledgesState = Literal["told", "nothing_to_report", "not_reported", "not_expected"]


@dataclass(frozen=True, slots=True)
class Moment:
    """A metric of the village in one period; null is not reported, and `expected` 0 that it was not due."""

    period: str
    value: float | None
    reported: int
    expected: int


@dataclass(frozen=True, slots=True)
class MetricStory:
    """A key metric: its reading, and up to twelve periods of the same kind that end with it, the earliest first.

    The reading's period is the one asked for, or, where the metric is reported less often, the newest of the next
    longer kind that had ended by then, else the one under way.
    """

    metric: str
    headline: bool
    reading: Reading
    series: list[Moment]


@dataclass(frozen=True, slots=True)
class SystemStory:
    """A work system with the village's key metrics in it, the headline ones first, then those with a target.

    `level` is that of the divisions its rows are about: where it is not village, a village has no metric of its own.
    """

    system: str
    number: int
    title: Text
    level: Level
    metrics: list[MetricStory]


@dataclass(frozen=True, slots=True)
class VillageCard:
    """A card of the village; `days_left` is negative when it is overdue."""

    id: int
    rule: str
    title: Text
    text: Text
    metric: str
    colour: Colour
    status: str
    period: str
    raised_at: str
    due_on: str
    days_left: int
    url: str


@dataclass(frozen=True, slots=True)
class VillageCards:
    """Its cards: the open ones, red first, then those due soonest; the closed ones, the newest first."""

    open: list[VillageCard]
    closed: list[VillageCard]


@dataclass(frozen=True, slots=True)
class Pledge:
    """One pledge as its newest report tells it; `overdue`: its deadline had come by the end of the month, undone."""

    number: str
    project: str | None
    goal: str | None
    deadline: str | None
    progress: float | None
    completed: bool | None
    completed_on: str | None
    overdue: bool
    verdict: str | None
    verdict_title: Text | None


@dataclass(frozen=True, slots=True)
class Pledges:
    """The pledges in the newest month of the period that was reported, else in its newest month that was due."""

    period: str | None
    state: PledgesState
    pledges: list[Pledge]


@dataclass(frozen=True, slots=True)
class Gate:
    """One of the gates that a rating passes; `on` is the day of its outcome."""

    gate: str
    title: Text
    outcome: str
    outcome_title: Text
    on: str | None


@dataclass(frozen=True, slots=True)
class StarYear:
    """A year's rating: stars and score out of the snapshot, gates and veto items hit out of the newest report."""

    period: str
    stars: float | None
    score: float | None
    vetoes: list[Text]
    gates: list[Gate]


@dataclass(frozen=True, slots=True)
class Fact:
    """One answer of a report: `value_title` is that of a choice."""

    field: str
    title: Text
    value: str | float | bool | None
    value_title: Text | None
    unit: str | None


@dataclass(frozen=True, slots=True)
class Standard:
    """One standard of a case, and whether it is met."""

    standard: str
    title: Text
    met: bool


@dataclass(frozen=True, slots=True)
class Case:
    """The newest rectification case up to the period: what its last report says, free text left out.

    `standards_met` of `standards_due` are the snapshot's; null before it has them.
    """

    period: str
    facts: list[Fact]
    standards: list[Standard]
    standards_met: float | None
    standards_due: float | None


@dataclass(frozen=True, slots=True)
class VillageOrder:
    """An order to its township; `about_village` when it is about one of the village's cards."""

    id: int
    kind: str
    issuer: DivisionRef
    addressee: DivisionRef
    subject: str
    about_village: bool
    issued_at: str
    due_on: str
    state: str
    overdue: bool
    days_left: int | None
    url: str


@dataclass(frozen=True, slots=True)
class Submission:
    """A township's newest revision of a report; `counted` once the numbers rest on it.

    `url` leads to it, and is null for a key that may not open the township's reports.
    """

    id: str
    revision: int
    received_at: str
    on_time: bool
    counted: bool
    url: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """A report that holds rows of the village; `nil`: the row says that there is nothing to report."""

    form: str
    period: str
    due_on: str | None
    rows: int
    nil: bool
    submission: Submission


@dataclass(frozen=True, slots=True)
class Missing:
    """A report that was to hold a row of the village and does not.

    `awaited`: there is time left. `submission` is the township's report, where only the village's row is missing.
    """

    form: str
    period: str
    due_on: str
    awaited: bool
    submission: Submission | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VillageAnswer(Answer):
    """A village's whole story in one period.

    `systems`, stars, scores and the standards met are the snapshot's; everything else is as it is at this moment.
    """

    division: DivisionRef
    path: list[DivisionRef]
    township: DivisionRef | None
    period: str
    systems: list[SystemStory]
    cards: VillageCards
    pledges: Pledges
    stars: list[StarYear]
    case: Case | None
    orders: list[VillageOrder]
    reports: list[Report]
    missing: list[Missing]
