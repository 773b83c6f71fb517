"""The shape of a system file: forms, metrics, indexes and card rules of one work system."""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.catalog.divisions import Level
from services.catalog.periods import PeriodKind

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,47}$")]
FieldType = Literal["integer", "decimal", "boolean", "text", "date", "choice"]
DivisionRollup = Literal["sum", "ratio", "count", "distinct", "minimum", "maximum", "median"]
PeriodRollup = Literal["sum", "last", "minimum", "maximum", "to_date"]
Direction = Literal["higher", "lower", "none"]
Format = Literal["number", "money", "share", "score"]
Severity = Literal["error", "warning"]
Origin = Literal["source", "default"]
Grain = Literal["village", "township", "county", "city"]
Source = Literal["reported", "orders", "meetings", "cards", "reporting", "villages"]

# Sums of these over a city and a year stay within the warehouse's decimal(18, 4).
_LARGEST = Decimal(10) ** 9


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(_Part):
    """One text in Chinese and English."""

    zh: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]


class Choice(_Part):
    """One value that a choice field may take."""

    value: Name
    title: Text


class FormField(_Part):
    """One field of a form. Numbers have bounds; `personal` fields are masked unless a role needs them.

    `prefill` says that a template holds what was last reported: it rarely changes.
    """

    field: Name
    title: Text
    help: Text | None = None
    type: FieldType
    unit: str | None = None
    required: bool = True
    minimum: Decimal = Decimal(0)
    maximum: Decimal | None = None
    max_length: Annotated[int, Field(ge=1, le=2000)] = 200
    choices: tuple[Choice, ...] = ()
    personal: bool = False
    prefill: bool = False
    origin: Origin = "source"

    @model_validator(mode="after")
    def _bounds_fit_the_type(self) -> Self:
        if (self.type == "choice") != bool(self.choices):
            raise ValueError("`choices` go with type `choice`, and only with it")
        if self.type in ("integer", "decimal"):
            if self.maximum is None:
                raise ValueError("a number needs a `maximum`")
            if not self.minimum <= self.maximum or abs(self.maximum) > _LARGEST:
                raise ValueError(f"`maximum` must lie between `minimum` and {_LARGEST:f}")
        return self


class Check(_Part):
    """A rule that a row must keep: `expect` is true (or unknown). `previous(field)` is last period's value."""

    check: Name
    expect: str
    severity: Severity = "error"
    field: Name | None = None
    text: Text


class Due(_Part):
    """Days after the period's last day: when the report is due, how long it counts as on time, when it closes."""

    days: Annotated[int, Field(ge=0, le=366)]
    grace_days: Annotated[int, Field(ge=0, le=60)] = 0
    close_days: Annotated[int, Field(ge=1, le=730)]

    @model_validator(mode="after")
    def _closes_after_it_is_due(self) -> Self:
        if self.close_days < self.days + self.grace_days:
            raise ValueError("`close_days` must not come before `days` plus `grace_days`")
        return self


class Form(_Part):
    """What a township fills: one row for each division of the grain, or several told apart by `key`.

    With another `source` nobody fills it: the center computes its rows from records that it holds itself.
    """

    form: Name
    version: Annotated[int, Field(ge=1)] = 1
    title: Text
    description: Text | None = None
    source: Source = "reported"
    periodicity: PeriodKind
    grain: Grain
    key: tuple[Name, ...] = ()
    due: Due | None = None
    nil: bool = False
    max_rows_each: Annotated[int, Field(ge=1, le=500)] = 1
    fields: Annotated[tuple[FormField, ...], Field(min_length=1)]
    checks: tuple[Check, ...] = ()

    @model_validator(mode="after")
    def _key_has_room(self) -> Self:
        if bool(self.key) != (self.max_rows_each > 1):
            raise ValueError("`key` and `max_rows_each` above 1 go together")
        return self

    @model_validator(mode="after")
    def _only_a_reported_form_asks_for_reports(self) -> Self:
        if self.is_reported:
            if self.due is None:
                raise ValueError("a form that is reported needs `due`")
            if self.grain == "city":
                raise ValueError("only a form with another `source` than `reported` is about the city")
        elif self.due is not None or self.key or self.nil or self.checks:
            raise ValueError("`due`, `key`, `nil` and `checks` go with `source: reported`, and only with it")
        return self

    @property
    def is_reported(self) -> bool:
        """Whether somebody fills it."""
        return self.source == "reported"


class Formula(_Part):
    """How a metric is computed from `valid_from` on (a year); earlier periods keep the formula before it."""

    valid_from: Annotated[int, Field(ge=1900, le=2999)] = 1900
    numerator: str
    denominator: str | None = None


class Metric(_Part):
    """A number defined for every division and period.

    With `form` its formulas read that form's fields, a row at a time or with `sum`, `count`, `min`, `max`
    over a division's rows; without, they read other metrics and indexes at the reporting division
    (`previous(m)` and `year_ago(m)` look back).
    """

    metric: Name
    title: Text
    description: Text
    form: Name | None = None
    unit: str
    format: Format = "number"
    direction: Direction = "none"
    target: Decimal | None = None
    divisions: DivisionRollup
    periods: PeriodRollup = "sum"
    coverage_floor: Annotated[Decimal, Field(ge=0, le=1)] = Decimal("0.8")
    headline: bool = False
    formulas: Annotated[tuple[Formula, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _formulas_fit_the_rollup(self) -> Self:
        for formula in self.formulas:
            if (self.divisions == "ratio") != (formula.denominator is not None):
                raise ValueError("a `denominator` goes with `divisions: ratio`, and only with it")
        if self.periods in ("minimum", "maximum") and self.divisions not in ("minimum", "maximum", "median"):
            raise ValueError(f"`periods: {self.periods}` needs `divisions: minimum`, `maximum` or `median`")
        starts = [formula.valid_from for formula in self.formulas]
        if starts != sorted(set(starts)):
            raise ValueError("`formulas` must be in order of `valid_from`, each year once")
        return self


class Curve(_Part):
    """Scores a value: `linear` between the points, `bands` the last point reached; flat outside."""

    kind: Literal["linear", "bands"] = "linear"
    points: Annotated[tuple[tuple[Decimal, Decimal], ...], Field(min_length=2)]

    @model_validator(mode="after")
    def _points_ascend(self) -> Self:
        xs = [x for x, _ in self.points]
        if xs != sorted(set(xs)):
            raise ValueError("curve points must ascend")
        return self


class Component(_Part):
    """One scored metric of an index; its score counts `weight` over the sum of weights."""

    metric: Name
    weight: Annotated[Decimal, Field(gt=0)]
    curve: Curve


class Deduction(_Part):
    """Points taken off for each unit of a metric, up to `limit`."""

    metric: Name
    points_each: Annotated[Decimal, Field(gt=0)]
    limit: Annotated[Decimal, Field(gt=0)]


class Veto(_Part):
    """While `when` holds for the metric's `value`, the grade is at most `highest_grade`."""

    metric: Name
    when: str
    highest_grade: Annotated[int, Field(ge=0, le=9)]


class Grade(_Part):
    """The grade of a score that reaches `at_least`."""

    grade: Annotated[int, Field(ge=0, le=9)]
    at_least: Decimal


class Index(_Part):
    """A weighted sum of scored metrics (0-100) less deductions, at each reporting division.

    Derived metrics read its score by the index's name and its grade as `<index>_grade`. `gates` are shares of
    those that passed what a grade still has to pass, in order; they count nothing and are told beside it.
    """

    index: Name
    title: Text
    components: Annotated[tuple[Component, ...], Field(min_length=1)]
    deductions: tuple[Deduction, ...] = ()
    vetoes: tuple[Veto, ...] = ()
    grades: tuple[Grade, ...] = ()
    gates: tuple[Name, ...] = ()


class Condition(_Part):
    """True when `when` held for `consecutive` periods in a row."""

    when: str
    consecutive: Annotated[int, Field(ge=1, le=24)] = 1


class CardRule(_Part):
    """When a metric of a division at `level` raises a yellow or a red card.

    Conditions read value, numerator, denominator, previous, year_ago, target, rank, places (how many were
    ranked), reported, expected and month (the last month of the period, 1-12). A card is to be put right within
    `deadline_days`; a yellow one that nobody acknowledges within `escalate_days` becomes red.
    """

    rule: Name
    version: Annotated[int, Field(ge=1)] = 1
    title: Text
    text: Text
    metric: Name
    level: Level
    periodicity: PeriodKind
    yellow: Condition | None = None
    red: Condition | None = None
    coverage_floor: Annotated[Decimal, Field(gt=0, le=1)] = Decimal(1)
    deadline_days: Annotated[int, Field(ge=1, le=366)]
    escalate_days: Annotated[int, Field(ge=1, le=366)]

    @model_validator(mode="after")
    def _has_a_colour(self) -> Self:
        if self.yellow is None and self.red is None:
            raise ValueError("a card rule needs `yellow`, `red` or both")
        return self


class System(_Part):
    """One work system: a file of its own."""

    system: Name
    number: Annotated[int, Field(ge=1, le=99)]
    title: Text
    description: Text
    forms: tuple[Form, ...] = ()
    metrics: tuple[Metric, ...] = ()
    indexes: tuple[Index, ...] = ()
    cards: tuple[CardRule, ...] = ()
