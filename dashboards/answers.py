"""What the api answers, as types: no page sees a bare dict."""

from typing import Literal

import msgspec

Kind = Literal["year", "half", "quarter", "month"]
Colour = Literal["yellow", "red"]


class Text(msgspec.Struct, frozen=True):
    """One text in both languages."""

    zh: str
    en: str


class DivisionRef(msgspec.Struct, frozen=True):
    """A division as it is named in an answer; `code` has 12 digits."""

    code: str
    name: str
    level: str


class DivisionSummary(msgspec.Struct, frozen=True):
    """A division with what stands below it: reporting villages and open cards."""

    code: str
    name: str
    level: str
    villages: int
    red: int
    yellow: int


class Reading(msgspec.Struct, frozen=True):
    """One metric of one division in one period; `rank` of `of` is its place among its siblings."""

    division: DivisionRef
    period: str
    metric: str
    numerator: float | None
    denominator: float | None
    value: float | None
    rank: int | None
    of: int
    reported: int
    expected: int
    previous: float | None = None
    year_ago: float | None = None


class Answer(msgspec.Struct, frozen=True):
    """What every answer says of itself: when its snapshot was taken and what is not yet in it."""

    as_of: str
    snapshot: str
    pending: int


class Period(msgspec.Struct, frozen=True):
    """A reporting period that has values; days are ISO dates."""

    period: str
    kind: Kind
    first_on: str
    last_on: str


class Periods(Answer, frozen=True):
    """The periods with values, whether they are simulated, and the top division the key may see."""

    periods: list[Period]
    simulated: bool
    root: DivisionRef


class Metric(msgspec.Struct, frozen=True):
    """What the catalog says of a metric that a page needs to show it."""

    metric: str
    title: Text
    unit: str | None
    format: str
    direction: str
    target: float | None
    periodicity: str
    description: Text = Text("", "")
    levels: tuple[str, ...] = ()
    headline: bool = False


class Index(msgspec.Struct, frozen=True):
    """An index by its name and rhythm."""

    index: str
    title: Text
    periodicity: str

    @property
    def as_metric(self) -> Metric:
        """Its score, as a metric is shown."""
        return Metric(self.index, self.title, "point", "score", "higher", None, self.periodicity)


class Choice(msgspec.Struct, frozen=True):
    """One value that a choice may take."""

    value: str
    title: Text


class FormField(msgspec.Struct, frozen=True):
    """One field of a form; numbers have bounds."""

    field: str
    title: Text
    type: str
    required: bool = True
    help: Text | None = None
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    choices: list[Choice] = []


class Form(msgspec.Struct, frozen=True):
    """A form: what it asks, of whom, and in which rhythm; `key` tells several rows of a division apart."""

    form: str
    title: Text
    periodicity: str
    source: str = "reported"
    grain: str = "village"
    nil: bool = False
    key: list[str] = []
    description: Text | None = None
    fields: list[FormField] = []


class System(msgspec.Struct, frozen=True):
    """One work system with its forms and metrics."""

    system: str
    title: Text
    forms: list[Form] = []
    metrics: list[Metric] = []
    indexes: list[Index] = []


class Catalog(Answer, frozen=True):
    """Everything that is measured, by work system."""

    systems: list[System]

    @property
    def metrics(self) -> list[Metric]:
        """All metrics in catalog order."""
        return [metric for system in self.systems for metric in system.metrics]

    @property
    def indexes(self) -> list[Index]:
        """All indexes in catalog order."""
        return [index for system in self.systems for index in system.indexes]

    @property
    def forms(self) -> list[Form]:
        """All forms in catalog order."""
        return [form for system in self.systems for form in system.forms]


class Drilldown(Answer, frozen=True):
    """A division and those directly below it; a child that reported nothing has readings without value."""

    division: DivisionRef
    path: list[DivisionRef]
    period: str
    summary: DivisionSummary
    own: list[Reading]
    children: list[DivisionSummary]
    readings: list[Reading]


class Values(Answer, frozen=True):
    """Readings of one division: a series, periods ascending."""

    readings: list[Reading]


class Ranking(Answer, frozen=True):
    """All divisions of one level below a division, best first; those without a place last."""

    metric: str
    period: str
    division: DivisionRef
    level: str
    readings: list[Reading]


class Card(msgspec.Struct, frozen=True):
    """A red or yellow card. `days_left` is negative when overdue; `path` holds ancestors below the city.

    From `paused_on` its days stand still; since `lifting_proposed_at` its value has recovered.
    """

    id: int
    rule: str
    title: Text
    text: Text
    division: DivisionRef
    path: list[DivisionRef]
    metric: str | None
    colour: Colour
    status: str
    period: str
    raised_at: str
    due_on: str
    days_left: int
    acknowledge_by: str | None = None
    paused_on: str | None = None
    lifting_proposed_at: str | None = None
    previous_card: int | None = None
    value: float | None = None


class CardCounts(msgspec.Struct, frozen=True):
    """Open cards below a division."""

    red: int
    yellow: int
    overdue: int


class Cards(Answer, frozen=True):
    """One page of cards, open ones first: red before yellow, then those due soonest."""

    counts: CardCounts
    cards: list[Card]
    next: str | None = None


class Rule(msgspec.Struct, frozen=True):
    """The rule that raised a card; `condition` is its text in the catalog."""

    rule: str
    version: int | str
    title: Text
    condition: str
    text: Text


class EvidenceSubmission(msgspec.Struct, frozen=True):
    """A submission that the values of a card came from."""

    id: str | int
    form: str
    period: str
    division: DivisionRef
    revision: int
    received_at: str
    on_time: bool


class Evidence(msgspec.Struct, frozen=True):
    """What a card rests on."""

    rule: Rule
    values: list[Reading]
    snapshot: str
    submissions: list[EvidenceSubmission] = []


class CardEvent(msgspec.Struct, frozen=True):
    """One step in the life of a card, by the system or by a key of `division`."""

    event: str
    at: str
    colour: Colour
    status: str = ""
    division: DivisionRef | None = None
    text: str | None = None
    due_on: str | None = None
    snapshot: str = ""


class CardStep(msgspec.Struct, frozen=True):
    """A step that the key may take now, and whether it wants a text and a day."""

    event: str
    text: bool = False
    due_on: bool = False


class CardAnswer(Answer, frozen=True):
    """One card with its evidence, its life so far, and what may be done; `etag` is what a step has to name."""

    card: Card
    evidence: Evidence
    events: list[CardEvent] = []
    steps: list[CardStep] = []
    etag: str = ""


class ComplianceRow(msgspec.Struct, frozen=True):
    """Township reports of one form and period below a division; `awaited` ones are not yet due."""

    division: DivisionRef
    form: str
    period: str
    expected: int
    received: int
    on_time: int
    late: int
    missing: int
    awaited: int
    corrected: int
    due_on: str


class Compliance(Answer, frozen=True):
    """Rows of the division itself, then of its children, a form after the other."""

    rows: list[ComplianceRow]


class Fault(msgspec.Struct, frozen=True):
    """One thing wrong with what was sent."""

    text: Text
    field: str | None = None
    pointer: str | None = None


class Problem(msgspec.Struct, frozen=True):
    """The api's own words for what went wrong."""

    status: int
    code: str
    text: Text
    errors: list[Fault] = []
