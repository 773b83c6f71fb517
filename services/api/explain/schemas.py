"""What /v1/explain answers: a value as a tree of what it came from, and what would raise it."""

from dataclasses import dataclass
from typing import Literal

from services.api.schemas import Answer, DivisionRef, EvidenceSubmission, Text


@dataclass(frozen=True, slots=True)
class Measured:
    """A value as it was rolled up; `value` is numerator over denominator for a ratio, else the numerator."""

    numerator: float | None
    denominator: float | None
    value: float | None
    reported: int
    expected: int


@dataclass(frozen=True, slots=True)
class FormulaInForce:
    """The formula that was valid when the period began, as the catalog has it."""

    valid_from: int
    numerator: str
    denominator: str | None


@dataclass(frozen=True, slots=True)
class FieldRead:
    """A field that a formula reads. Its values stand in the submissions."""

    field: str
    title: Text
    unit: str | None


@dataclass(frozen=True, slots=True)
class FormRead:
    """The form that a metric reads, with the fields of its formula."""

    form: str
    version: int
    title: Text
    fields: list[FieldRead]


@dataclass(frozen=True, slots=True)
class ComponentPart:
    """What a component gives: its value, its score on the curve, and its points (score × weight / all weights)."""

    metric: str
    title: Text
    weight: float
    curve: str
    curve_points: list[tuple[float, float]]
    value: float | None
    score: float | None
    points: float | None
    read: "Node"


@dataclass(frozen=True, slots=True)
class DeductionPart:
    """What is taken off: `points` are value × points_each, up to `limit`."""

    metric: str
    title: Text
    value: float | None
    points_each: float
    limit: float
    points: float | None


@dataclass(frozen=True, slots=True)
class VetoPart:
    """A veto; while it `holds`, the grade is at most `highest_grade`."""

    metric: str
    title: Text
    when: str
    value: float | None
    highest_grade: int
    holds: bool


@dataclass(frozen=True, slots=True)
class GradePart:
    """The score from which a grade is given."""

    grade: int
    at_least: float


@dataclass(frozen=True, slots=True)
class PartIndex:
    """An index of some of the components alone; `weight` is what those weigh together in the total."""

    index: str
    title: Text
    score: float | None
    weight: float
    components: list[str]


@dataclass(frozen=True, slots=True)
class GatePart:
    """A gate, in order: `value` is the share that passed, `passed` says so of a reporting division."""

    metric: str
    title: Text
    value: float | None
    passed: bool | None
    fields: list[FieldRead]


@dataclass(frozen=True, slots=True)
class BandCount:
    """How many have this grade, or a score from `at_least` to below the next band; neither where there is none."""

    is_scored: bool
    grade: int | None
    at_least: float | None
    units: int


@dataclass(frozen=True, slots=True)
class LowestUnit:
    """A reporting division in the lowest tenth."""

    division: DivisionRef
    score: float
    grade: int | None


@dataclass(frozen=True, slots=True)
class Spread:
    """The reporting divisions below: `scored` have a score; who has less than `line` is in the lowest tenth."""

    scored: int
    line: float | None
    bands: list[BandCount]
    lowest: list[LowestUnit]


@dataclass(frozen=True, slots=True)
class IndexTree:
    """How an index came about. At a reporting division its parts with their values; above, `spread` instead.

    `points` less `deducted` are the `score`, never below 0; `reached` is the grade of the score, `highest_grade`
    what the vetoes leave, `grade` what was given.
    """

    points: float | None
    deducted: float | None
    score: float | None
    reached: int | None
    highest_grade: int | None
    grade: int | None
    components: list[ComponentPart]
    deductions: list[DeductionPart]
    vetoes: list[VetoPart]
    grades: list[GradePart]
    parts: list[PartIndex]
    gates: list[GatePart]
    spread: Spread | None


@dataclass(frozen=True, slots=True)
class Node:
    """One value of the tree. A metric has a formula: over a form's fields (`form`), or over `inputs`.

    An index, or its grade, has `index`. `when` says which period it is of, seen from the value that reads it.
    """

    name: str
    kind: Literal["metric", "index", "grade"]
    title: Text
    description: Text | None
    unit: str | None
    format: str
    when: Literal["now", "previous", "year_ago"]
    period: str
    measured: Measured
    divisions: str | None
    periods: str | None
    formula: FormulaInForce | None
    form: FormRead | None
    inputs: list["Node"]
    index: IndexTree | None


@dataclass(frozen=True, slots=True)
class Improvement:
    """A component to be raised, and the points of the index that this brings.

    `value`, `to_value`, `unit` and `format` are those of its `standard` where one is named, else its own; `score` and
    `to_score` are the component's, before and after this change.
    """

    metric: str
    title: Text
    standard: FieldRead | None
    weight: float
    unit: str
    format: str
    value: float
    to_value: float
    score: float
    to_score: float
    points: float


@dataclass(frozen=True, slots=True)
class Reason:
    """Why there is nothing to tell."""

    code: str
    text: Text


@dataclass(frozen=True, slots=True)
class Improvements:
    """What would raise an index to `goal`, the cheapest first; `goal_grade` is null for the lowest tenth's line."""

    index: str | None
    score: float | None
    goal: float | None
    goal_grade: int | None
    score_then: float | None
    changes: list[Improvement]
    reason: Reason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainAnswer(Answer):
    """A value of a division with everything that it came from.

    `rules_changed` says that the snapshot was judged by another version of the catalog (`catalog_version`) than
    the one whose formulas and weights are told here. `submissions` are the last received of `submission_count`.
    """

    metric: str
    division: DivisionRef
    path: list[DivisionRef]
    period: str
    catalog_version: str
    rules_changed: bool
    tree: Node
    improvements: Improvements
    submissions: list[EvidenceSubmission]
    submission_count: int
