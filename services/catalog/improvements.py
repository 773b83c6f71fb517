"""What would raise an index: the cheapest changes of its components, or of their standards, that reach a goal.

A change is priced by how much of its width (that of the curve, or the full marks of a standard) a value has to move
for each point of the index. The cheapest are taken first, the last only as far as it is needed. Arithmetic is exact,
and rounds where the warehouse does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import Final, Literal

from services.catalog.schema import Component, Curve, Grade, Index

Why = Literal["no_score", "vetoed", "highest_grade", "not_lowest", "out_of_reach"]

_DECIMALS: Final = 10_000


@dataclass(frozen=True)
class Standard:
    """A field whose points add up with others' to a component: as it stands, and what a point is worth there."""

    field: str
    value: Fraction
    minimum: Fraction
    maximum: Fraction
    worth: Fraction


@dataclass(frozen=True)
class Standing:
    """A component as it stands, and the least by which its value can change; with standards only these change."""

    component: Component
    value: Fraction
    step: Fraction
    standards: tuple[Standard, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What an index came to: its score after deductions, the grade of that score, and what a veto leaves."""

    score: Decimal | None
    deducted: Decimal
    reached: int | None
    highest_grade: int | None


@dataclass(frozen=True)
class Goal:
    """A score to reach; `grade` is what it gives, None where it is that of the first above the lowest tenth."""

    score: Decimal
    grade: int | None


@dataclass(frozen=True)
class Change:
    """A component, or one standard of it, raised from one value to another.

    `score` and `to_score` are the component's before and after this change, `points` what it brings to the index.
    """

    component: Component
    standard: str | None
    value: Fraction
    to_value: Fraction
    score: Fraction
    to_score: Fraction
    points: Decimal


@dataclass(frozen=True)
class Improvements:
    """The changes in the order they were taken and the score they lead to; without any, why there are none."""

    goal: Goal | None = None
    changes: tuple[Change, ...] = ()
    score: Decimal | None = None
    why: Why | None = None


def score_of(curve: Curve, value: Fraction) -> Fraction:
    """The score of a value on a curve, as the warehouse computes it."""
    first, last = curve.points[0], curve.points[-1]
    if value <= first[0]:
        return Fraction(first[1])
    for (x0, y0), (x1, y1) in pairwise(curve.points):
        if value < x1:
            rise = (value - Fraction(x0)) * Fraction(y1 - y0) / Fraction(x1 - x0) if curve.kind == "linear" else 0
            return Fraction(y0) + rise
    return Fraction(last[1])


def goal_of(index: Index, outcome: Outcome, line: Decimal | None) -> Goal | Why:
    """The next grade, or for an index without grades the score above the lowest tenth; why there is none.

    `line` is the least score of those above the lowest tenth; None where nobody is in it.
    """
    if outcome.score is None:
        return "no_score"
    if not index.grades:
        return "not_lowest" if line is None or outcome.score >= line else Goal(line, None)
    above: list[Grade] = [grade for grade in index.grades if grade.at_least > outcome.score]
    following = min(above, key=lambda grade: grade.at_least, default=None)
    best = max(outcome.reached or 0, following.grade if following else 0)
    if outcome.highest_grade is not None and best > outcome.highest_grade:
        return "vetoed"
    return "highest_grade" if following is None else Goal(following.at_least, following.grade)


def improvements_of(
    index: Index, standings: Sequence[Standing], outcome: Outcome, line: Decimal | None
) -> Improvements:
    """What to raise, the cheapest first, so that the index reaches its goal."""
    goal = goal_of(index, outcome, line)
    if not isinstance(goal, Goal):
        return Improvements(why=goal)
    search = _Search(index, standings, outcome.deducted)
    found = search.reach(goal.score)
    if found is None:
        return Improvements(goal, why="out_of_reach")
    return Improvements(goal, tuple(search.changes(found)), search.total(found))


@dataclass(frozen=True)
class _Lever:
    """A value that can be moved: a component's own, or a standard's, of which a point is worth less there."""

    standing: Standing
    standard: Standard | None = None

    @property
    def name(self) -> tuple[str, str]:
        return self.standing.component.metric, self.standard.field if self.standard else ""

    @property
    def value(self) -> Fraction:
        return self.standard.value if self.standard else self.standing.value

    @property
    def worth(self) -> Fraction:
        return self.standard.worth if self.standard else Fraction(1)

    @property
    def step(self) -> Fraction:
        return Fraction(1) if self.standard else self.standing.step

    @property
    def width(self) -> Fraction:
        if self.standard:
            return self.standard.maximum - self.standard.minimum
        points = self.standing.component.curve.points
        return Fraction(points[-1][0] - points[0][0])

    def can_be(self, at: Fraction) -> bool:
        """Whether a value makes sense: within a standard's marks; about the curve and, unless it was, not below 0."""
        if self.standard:
            return self.standard.minimum <= at <= self.standard.maximum
        points = self.standing.component.curve.points
        first, last = Fraction(points[0][0]), Fraction(points[-1][0])
        return first - self.step < at < last + self.step and at >= min(self.value, Fraction(0))


Tried = dict[tuple[str, str], Fraction]
"""Values under trial by the name of their lever: those that differ from what stands, in the order of choice."""


@dataclass(frozen=True)
class _Offer:
    lever: tuple[str, str]
    value: Fraction
    price: Fraction
    gain: Fraction


class _Search:
    def __init__(self, index: Index, standings: Sequence[Standing], deducted: Decimal) -> None:
        self._weights = sum((component.weight for component in index.components), Decimal(0))
        self._standings = {standing.component.metric: standing for standing in standings}
        self._levers_of = {name: _levers_of(standing) for name, standing in self._standings.items()}
        self._levers = {lever.name: lever for levers in self._levers_of.values() for lever in levers}
        self._deducted = deducted

    def total(self, tried: Tried) -> Decimal:
        """The index's score with the values under trial."""
        points = (self._points(standing, tried) for standing in self._standings.values())
        return max(sum(points, Decimal(0)) - self._deducted, Decimal(0))

    def changes(self, tried: Tried) -> Iterator[Change]:
        """What is changed, each change with what it brings after those before it."""
        before: Tried = {}
        for name, value in tried.items():
            lever, after = self._levers[name], {**before, name: value}
            component, standard = lever.standing.component, lever.standard
            gained = self._points(lever.standing, after) - self._points(lever.standing, before)
            score, to_score = (
                score_of(component.curve, self._value(lever.standing, each)) for each in (before, after)
            )
            name_of = standard.field if standard else None
            yield Change(component, name_of, lever.value, value, score, to_score, gained)
            before = after

    def reach(self, score: Decimal) -> Tried | None:
        """The values that reach a score, none of them further than needed; None when nothing does."""
        tried: Tried = {}
        while self.total(tried) < score:
            offers = [offer for lever in self._levers.values() for offer in self._offers(lever, tried)]
            if not offers:
                return None
            best = min(offers, key=lambda offer: (offer.price, -offer.gain, offer.lever))
            before = tried.get(best.lever, self._levers[best.lever].value)
            tried[best.lever] = best.value
            if self.total(tried) >= score:
                tried[best.lever] = self._least(tried, best.lever, before, score)
        for name in reversed(list(tried)):
            others = {each: value for each, value in tried.items() if each != name}
            if self.total(others) >= score:
                tried = others
        return tried

    def _value(self, standing: Standing, tried: Tried) -> Fraction:
        """A component's value with what is under trial."""
        levers = (lever for lever in self._levers_of[standing.component.metric] if lever.name in tried)
        return standing.value + sum((tried[lever.name] - lever.value) * lever.worth for lever in levers)

    def _points(self, standing: Standing, tried: Tried) -> Decimal:
        """A component's points in the index, rounded as they are kept."""
        score = score_of(standing.component.curve, self._value(standing, tried))
        exact = score * Fraction(standing.component.weight) / Fraction(self._weights)
        return Decimal(floor(exact * _DECIMALS + Fraction(1, 2))) / _DECIMALS

    def _offers(self, lever: _Lever, tried: Tried) -> Iterator[_Offer]:
        """What moving a value towards each bend of the curve costs, in steps that it can take."""
        component, now = lever.standing.component, self._value(lever.standing, tried)
        value, score = tried.get(lever.name, lever.value), score_of(component.curve, now)
        for at in _goals(lever, value, now):
            after = score_of(component.curve, now + (at - value) * lever.worth)
            gain = (after - score) * Fraction(component.weight)
            if gain > 0:
                yield _Offer(lever.name, at, abs(at - value) / lever.width / gain, gain)

    def _least(self, tried: Tried, name: tuple[str, str], before: Fraction, score: Decimal) -> Fraction:
        """The value nearest to `before`, on the way to the one under trial, with which the score is reached."""
        step, target = self._levers[name].step, tried[name]
        direction = step if target > before else -step
        low, high = 0, round((target - before) / direction)
        while high - low > 1:
            middle = (low + high) // 2
            is_enough = self.total({**tried, name: before + middle * direction}) >= score
            low, high = (low, middle) if is_enough else (middle, high)
        return before + high * direction


def _levers_of(standing: Standing) -> list[_Lever]:
    return [_Lever(standing, standard) for standard in standing.standards] or [_Lever(standing)]


def _goals(lever: _Lever, value: Fraction, now: Fraction) -> set[Fraction]:
    """The values at which the curve bends, and a standard's full marks; `now` is the component's value."""
    ends = {lever.standard.minimum, lever.standard.maximum} if lever.standard else set()
    for bend, _ in lever.standing.component.curve.points:
        way = (Fraction(bend) - now) / lever.worth / lever.step
        # A falling band is reached just below its bend.
        ends |= {value + steps * lever.step for steps in (ceil(way), floor(way), floor(way) - 1)}
    return {at for at in ends if lever.can_be(at)}
