"""The api's explanations as this room sees them: a value as a tree, and what would raise it."""

from collections.abc import Iterator

import msgspec

from dashboards.answers import Answer, DivisionRef, EvidenceSubmission, Text
from dashboards.client import Api


class Measured(msgspec.Struct, frozen=True):
    """A value as it was rolled up."""

    numerator: float | None
    denominator: float | None
    value: float | None
    reported: int
    expected: int


class Formula(msgspec.Struct, frozen=True):
    """The formula in force, in the catalog's words."""

    valid_from: int
    numerator: str
    denominator: str | None


class FieldRead(msgspec.Struct, frozen=True):
    """A field that a formula reads."""

    field: str
    title: Text


class FormRead(msgspec.Struct, frozen=True):
    """The form that a formula reads."""

    form: str
    version: int
    title: Text
    fields: list[FieldRead]


class Component(msgspec.Struct, frozen=True):
    """What a component gives to an index."""

    metric: str
    title: Text
    weight: float
    curve: str
    curve_points: list[tuple[float, float]]
    value: float | None
    score: float | None
    points: float | None
    read: "Node"


class Deduction(msgspec.Struct, frozen=True):
    """What is taken off."""

    metric: str
    title: Text
    value: float | None
    points_each: float
    limit: float
    points: float | None


class Veto(msgspec.Struct, frozen=True):
    """A veto; while it holds, the grade is at most this."""

    metric: str
    title: Text
    when: str
    value: float | None
    highest_grade: int
    holds: bool


class Grade(msgspec.Struct, frozen=True):
    """The score from which a grade is given."""

    grade: int
    at_least: float


class Part(msgspec.Struct, frozen=True):
    """An index of some of the components alone."""

    index: str
    title: Text
    score: float | None
    weight: float


class Gate(msgspec.Struct, frozen=True):
    """A gate in its order; `value` is the share that passed."""

    metric: str
    title: Text
    value: float | None
    passed: bool | None


class Band(msgspec.Struct, frozen=True):
    """How many have this grade, or a score from here on; neither where there is none."""

    is_scored: bool
    grade: int | None
    at_least: float | None
    units: int


class Lowest(msgspec.Struct, frozen=True):
    """One of the lowest tenth."""

    division: DivisionRef
    score: float
    grade: int | None


class Spread(msgspec.Struct, frozen=True):
    """The reporting divisions below."""

    scored: int
    line: float | None
    bands: list[Band]
    lowest: list[Lowest]


class Tree(msgspec.Struct, frozen=True):
    """How an index came about."""

    points: float | None
    deducted: float | None
    score: float | None
    reached: int | None
    highest_grade: int | None
    grade: int | None
    components: list[Component]
    deductions: list[Deduction]
    vetoes: list[Veto]
    grades: list[Grade]
    parts: list[Part]
    gates: list[Gate]
    spread: Spread | None


class Node(msgspec.Struct, frozen=True):
    """One value of the tree."""

    name: str
    kind: str
    title: Text
    description: Text | None
    unit: str | None
    format: str
    when: str
    period: str
    measured: Measured
    formula: Formula | None
    form: FormRead | None
    inputs: list["Node"]
    index: Tree | None

    @property
    def all(self) -> Iterator["Node"]:
        """Itself and every value that it is derived from."""
        yield self
        for read in self.inputs:
            yield from read.all


class Raise(msgspec.Struct, frozen=True):
    """A component, or one standard of it, to be raised."""

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


class Reason(msgspec.Struct, frozen=True):
    """Why there is nothing to raise."""

    code: str
    text: Text


class Improvements(msgspec.Struct, frozen=True):
    """What would raise an index to its goal."""

    index: str | None
    score: float | None
    goal: float | None
    goal_grade: int | None
    score_then: float | None
    changes: list[Raise]
    reason: Reason | None


class Explanation(Answer, frozen=True):
    """A value with everything that it came from."""

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


async def read_explanation(api: Api, metric: str, code: str, period: str) -> Explanation:
    """How a value of a division came about."""
    return await api.read(Explanation, f"/v1/explain/{metric}", division=code, period=period)
