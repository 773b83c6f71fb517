"""What would raise an index: the cheapest changes of its components that together reach a goal.

A change is priced by how much of its curve's width a value has to move for each point of the index. The cheapest
are taken first, the last only as far as it is needed. Arithmetic is exact, and rounds where the warehouse does.
"""

from collections.abc import Iterator, Mapping, Sequence
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
class Standing:
    """A component as it stands, and the least by which its value can change."""

    component: Component
    value: Fraction
    step: Fraction


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
    """A component raised from one value to another, and the points of the index that this brings."""

    component: Component
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
    changes = tuple(search.change(metric, value) for metric, value in found.items())
    return Improvements(goal, changes, search.total(found))


@dataclass(frozen=True)
class _Offer:
    metric: str
    value: Fraction
    price: Fraction
    gain: Fraction


class _Search:
    """Values under trial are those that differ from what stands, by metric, in the order they were chosen."""

    def __init__(self, index: Index, standings: Sequence[Standing], deducted: Decimal) -> None:
        self._weights = sum((component.weight for component in index.components), Decimal(0))
        self._standings = {standing.component.metric: standing for standing in standings}
        self._deducted = deducted

    def points(self, component: Component, value: Fraction) -> Decimal:
        """A component's points in the index, rounded as they are kept."""
        exact = score_of(component.curve, value) * Fraction(component.weight) / Fraction(self._weights)
        return Decimal(floor(exact * _DECIMALS + Fraction(1, 2))) / _DECIMALS

    def total(self, tried: Mapping[str, Fraction]) -> Decimal:
        """The index's score with the values under trial."""
        points = (self.points(s.component, tried.get(name, s.value)) for name, s in self._standings.items())
        return max(sum(points, Decimal(0)) - self._deducted, Decimal(0))

    def change(self, metric: str, value: Fraction) -> Change:
        """A component that is raised to `value`."""
        standing = self._standings[metric]
        component, before = standing.component, standing.value
        gained = self.points(component, value) - self.points(component, before)
        score, to_score = score_of(component.curve, before), score_of(component.curve, value)
        return Change(component, before, value, score, to_score, gained)

    def reach(self, score: Decimal) -> dict[str, Fraction] | None:
        """The values that reach a score, none of them further than needed; None when nothing does."""
        tried: dict[str, Fraction] = {}
        while self.total(tried) < score:
            offers = [offer for standing in self._standings.values() for offer in self._offers(standing, tried)]
            if not offers:
                return None
            best = min(offers, key=lambda offer: (offer.price, -offer.gain, offer.metric))
            before = tried.get(best.metric, self._standings[best.metric].value)
            tried[best.metric] = best.value
            if self.total(tried) >= score:
                tried[best.metric] = self._least(tried, best.metric, before, score)
        for metric in reversed(list(tried)):
            others = {name: value for name, value in tried.items() if name != metric}
            if self.total(others) >= score:
                tried = others
        return tried

    def _offers(self, standing: Standing, tried: Mapping[str, Fraction]) -> Iterator[_Offer]:
        """What raising a component to each bend of its curve costs, in steps that its value can take."""
        component, step = standing.component, standing.step
        value = tried.get(component.metric, standing.value)
        score = score_of(component.curve, value)
        bends = [Fraction(x) for x, _ in component.curve.points]
        width = bends[-1] - bends[0]
        for bend in bends:
            way = (bend - value) / step
            # A falling band is reached just below its bend.
            for steps in {ceil(way), floor(way), floor(way) - 1}:
                at = value + steps * step
                gain = (score_of(component.curve, at) - score) * Fraction(component.weight)
                if gain > 0 and at >= min(value, Fraction(0)) and bends[0] - step < at < bends[-1] + step:
                    yield _Offer(component.metric, at, abs(at - value) / width / gain, gain)

    def _least(self, tried: Mapping[str, Fraction], metric: str, before: Fraction, score: Decimal) -> Fraction:
        """The value nearest to `before`, on the way to the one under trial, with which the score is reached."""
        step, target = self._standings[metric].step, tried[metric]
        direction = step if target > before else -step
        low, high = 0, round((target - before) / direction)
        while high - low > 1:
            middle = (low + high) // 2
            is_enough = self.total({**tried, metric: before + middle * direction}) >= score
            low, high = (low, middle) if is_enough else (middle, high)
        return before + high * direction
