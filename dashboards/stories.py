"""What the api tells of one village: its whole story in a period, by one request."""

from urllib.parse import quote

import msgspec

from dashboards.answers import Answer, Colour, DivisionRef, Reading, Text
from dashboards.client import Api


class Moment(msgspec.Struct, frozen=True):
    """A metric in one period; None is not reported, and `expected` 0 that it was not due."""

    period: str
    value: float | None
    reported: int
    expected: int


class MetricStory(msgspec.Struct, frozen=True):
    """A key metric: its reading, and the periods up to it, the earliest first."""

    metric: str
    headline: bool
    reading: Reading
    series: list[Moment]


class SystemStory(msgspec.Struct, frozen=True):
    """A work system; without metrics where it is not villages that its rows are about but those of `level`."""

    system: str
    title: Text
    level: str
    metrics: list[MetricStory]


class VillageCard(msgspec.Struct, frozen=True):
    """A card of the village."""

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


class VillageCards(msgspec.Struct, frozen=True):
    """Its cards, open and closed."""

    open: list[VillageCard]
    closed: list[VillageCard]


class Pledge(msgspec.Struct, frozen=True):
    """One public pledge and how far it is."""

    number: str
    project: str | None
    goal: str | None
    deadline: str | None
    progress: float | None
    completed: bool | None
    completed_on: str | None
    overdue: bool
    verdict_title: Text | None

    @property
    def is_late(self) -> bool:
        """Whether it was completed after its deadline; ISO dates compare as they are."""
        return bool(self.completed_on and self.deadline and self.completed_on > self.deadline)


class Pledges(msgspec.Struct, frozen=True):
    """The pledges of a month; `state` says why there are none."""

    period: str | None
    state: str
    pledges: list[Pledge]


class Gate(msgspec.Struct, frozen=True):
    """A gate of a rating with its outcome and the day of it."""

    gate: str
    title: Text
    outcome: str
    outcome_title: Text
    on: str | None


class StarYear(msgspec.Struct, frozen=True):
    """A year's rating; `stars` is None until it is decided."""

    period: str
    stars: float | None
    score: float | None
    vetoes: list[Text]
    gates: list[Gate]


class Fact(msgspec.Struct, frozen=True):
    """One answer of a report."""

    field: str
    title: Text
    value: str | float | bool | None
    value_title: Text | None
    unit: str | None


class Standard(msgspec.Struct, frozen=True):
    """One standard of a case."""

    standard: str
    title: Text
    met: bool


class Case(msgspec.Struct, frozen=True):
    """A rectification case by its last report."""

    period: str
    facts: list[Fact]
    standards: list[Standard]
    standards_met: float | None
    standards_due: float | None


class VillageOrder(msgspec.Struct, frozen=True):
    """An order to the village's township."""

    id: int
    kind: str
    issuer: DivisionRef
    subject: str
    about_village: bool
    issued_at: str
    due_on: str
    state: str
    overdue: bool
    days_left: int | None


class Submission(msgspec.Struct, frozen=True):
    """The newest revision of a township's report."""

    id: str
    revision: int
    received_at: str
    on_time: bool
    counted: bool


class Report(msgspec.Struct, frozen=True):
    """A report that holds rows of the village."""

    form: str
    period: str
    due_on: str | None
    rows: int
    nil: bool
    submission: Submission


class Missing(msgspec.Struct, frozen=True):
    """A report without the row of the village that it should have, or not there at all."""

    form: str
    period: str
    due_on: str
    awaited: bool
    submission: Submission | None


class Story(Answer, frozen=True):
    """A village's whole story."""

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


async def read_story(api: Api, code: str, period: str) -> Story:
    """The story of a village; the api refuses what is none, or is out of scope."""
    return await api.read(Story, f"/v1/villages/{quote(code)}", period=period)
