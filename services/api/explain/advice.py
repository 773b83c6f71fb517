"""What would raise an index, told with titles, units and the reason where there is nothing to tell."""

from decimal import Decimal
from fractions import Fraction
from importlib.resources import files
from typing import Any, Final

import yaml

from services.api.explain.repository import Facts, ScoreRow, ValueRow
from services.api.explain.schemas import Improvement, Improvements, Reason
from services.api.explain.tell import number, text_of
from services.api.schemas import Text
from services.catalog.improvements import Change, Outcome, Standing, improvements_of
from services.catalog.load import Catalog
from services.catalog.periods import Period
from services.catalog.schema import Component, Index
from services.catalog.sources import formula_in_force, least_step

_ZERO: Final = Decimal(0)
_REASONS: Final[dict[str, Any]] = yaml.safe_load(
    files("services.api.explain").joinpath("reasons.yaml").read_text("utf-8")
)


def nothing_to_raise(code: str, index: Index | None = None, score: float | None = None) -> Improvements:
    """No changes, and why."""
    reason = Reason(code, Text(**_REASONS[code]))
    return Improvements(index.index if index else None, score, None, None, None, [], reason)


def advise(catalog: Catalog, facts: Facts, index: Index, period: Period) -> Improvements:
    """The cheapest changes that bring an index of a reporting division to its next grade, or off the lowest tenth."""
    key = (index.index, str(period))
    row, line = facts.scores.get(key), facts.peer_lines.get(key)
    found = improvements_of(
        index, _standings(catalog, facts, index, period), _outcome(row), line.line if line else None
    )
    score = number(row.score) if row else None
    if found.why is not None:
        told = nothing_to_raise(found.why, index, score)
        return told if found.goal is None else _with_goal(told, float(found.goal.score), found.goal.grade)
    assert found.goal is not None
    return Improvements(
        index.index,
        score,
        float(found.goal.score),
        found.goal.grade,
        number(found.score),
        [_told(catalog, change) for change in found.changes],
        None,
    )


def _with_goal(told: Improvements, goal: float, grade: int | None) -> Improvements:
    return Improvements(told.index, told.score, goal, grade, None, [], told.reason)


def _outcome(row: ScoreRow | None) -> Outcome:
    if row is None:
        return Outcome(None, _ZERO, None, None)
    return Outcome(row.score, row.deducted or _ZERO, row.reached, row.highest_grade)


def _standings(catalog: Catalog, facts: Facts, index: Index, period: Period) -> list[Standing]:
    """The components that have a value: without one of them there is no score, and nothing to go on from."""
    rows = {each.metric: facts.values.get((each.metric, str(period))) for each in index.components}
    return [
        standing
        for component in index.components
        if (row := rows[component.metric]) and (standing := _standing(catalog, component, row, period))
    ]


def _standing(catalog: Catalog, component: Component, row: ValueRow, period: Period) -> Standing | None:
    metric = catalog.metrics[component.metric]
    formula = formula_in_force(metric, period)
    if formula is None or row.numerator is None:
        return None
    step = least_step(catalog, metric, formula)
    if metric.divisions != "ratio":
        return Standing(component, Fraction(row.numerator), step)
    if not row.denominator:
        return None
    whole = Fraction(row.denominator)
    return Standing(component, Fraction(row.numerator) / whole, step / abs(whole))


def _told(catalog: Catalog, change: Change) -> Improvement:
    metric = catalog.metrics[change.component.metric]
    return Improvement(
        metric=metric.metric,
        title=text_of(metric.title),
        weight=float(change.component.weight),
        unit=metric.unit,
        format=metric.format,
        value=float(change.value),
        to_value=float(change.to_value),
        score=float(change.score),
        to_score=float(change.to_score),
        points=float(change.points),
    )
