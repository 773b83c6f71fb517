"""What /v1/catalog answers."""

from dataclasses import dataclass

from services.api.schemas import Answer, Level, Text


@dataclass(frozen=True, slots=True)
class ChoiceEntry:
    """One value of a choice field."""

    value: str
    title: Text


@dataclass(frozen=True, slots=True)
class FieldEntry:
    """A field of a form; bounds are given for numbers."""

    field: str
    title: Text
    help: Text | None
    type: str
    unit: str | None
    required: bool
    minimum: float | None
    maximum: float | None
    choices: list[ChoiceEntry]


@dataclass(frozen=True, slots=True)
class DueEntry:
    """Days after the period's last day."""

    days: int
    grace_days: int
    close_days: int


@dataclass(frozen=True, slots=True)
class FormEntry:
    """A form; `nil` says whether a report of nothing is taken. `due` is null where nobody reports it: the center
    computes its rows from `source`.
    """

    form: str
    version: int
    title: Text
    description: Text | None
    source: str
    periodicity: str
    grain: str
    key: list[str]
    due: DueEntry | None
    nil: bool
    fields: list[FieldEntry]


@dataclass(frozen=True, slots=True)
class MetricEntry:
    """A metric; `levels` are those that have values, the lowest first."""

    metric: str
    title: Text
    description: Text
    form: str | None
    unit: str
    format: str
    direction: str
    target: float | None
    periods: str
    divisions: str
    periodicity: str
    levels: list[Level]
    coverage_floor: float
    headline: bool


@dataclass(frozen=True, slots=True)
class ComponentEntry:
    """A scored metric of an index: `points` are pairs of value and score."""

    metric: str
    weight: float
    curve: str
    points: list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class DeductionEntry:
    """Points off for each unit of a metric, up to `limit`."""

    metric: str
    points_each: float
    limit: float


@dataclass(frozen=True, slots=True)
class VetoEntry:
    """While `when` holds, the grade is at most `highest_grade`."""

    metric: str
    when: str
    highest_grade: int


@dataclass(frozen=True, slots=True)
class GradeEntry:
    """The grade of a score that reaches `at_least`."""

    grade: int
    at_least: float


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """An index with what it is made of."""

    index: str
    title: Text
    periodicity: str
    components: list[ComponentEntry]
    deductions: list[DeductionEntry]
    vetoes: list[VetoEntry]
    grades: list[GradeEntry]


@dataclass(frozen=True, slots=True)
class ConditionEntry:
    """True when `when` held for `consecutive` periods running."""

    when: str
    consecutive: int


@dataclass(frozen=True, slots=True)
class CardRuleEntry:
    """A card rule; without a condition there is no card of that colour."""

    rule: str
    version: int
    title: Text
    metric: str
    level: str
    periodicity: str
    yellow: ConditionEntry | None
    red: ConditionEntry | None
    deadline_days: int


@dataclass(frozen=True, slots=True)
class SystemEntry:
    """One work system."""

    system: str
    number: int
    title: Text
    description: Text
    forms: list[FormEntry]
    metrics: list[MetricEntry]
    indexes: list[IndexEntry]
    cards: list[CardRuleEntry]


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogAnswer(Answer):
    """All work systems by number; `version` changes with any word of them."""

    version: str
    systems: list[SystemEntry]
