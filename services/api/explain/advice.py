"""What would raise an index, told with titles, units and the reason where there is nothing to tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from importlib.resources import files
from typing import Any, Final

import yaml

from services.api.explain.repository import Answers, Facts, Key, ScoreRow, ValueRow
from services.api.explain.schemas import FieldRead, Improvement, Improvements, Reason
from services.api.explain.tell import number, text_of
from services.api.schemas import Text
from services.catalog.improvements import Change, Outcome, Standard, Standing, improvements_of
from services.catalog.load import Catalog
from services.catalog.periods import Period
from services.catalog.schema import Component, FormField, Index, Metric
from services.catalog.sources import formula_in_force, least_step, standards_of

_ZERO: Final = Decimal(0)
_REASONS: Final[dict[str, Any]] = yaml.safe_load(
    files("services.api.explain").joinpath("reasons.yaml").read_text("utf-8")
)


def nothing_to_raise(code: str, index: Index | None = None, score: float | None = None) -> Improvements:
    """No changes, and why."""
    reason = Reason(code, Text(**_REASONS[code]))
    return Improvements(index.index if index else None, score, None, None, None, [], reason)


Standards = Mapping[str, Sequence[FormField]]
"""The standards that each component of an index adds up, by its metric; none of most."""


def standards_in(catalog: Catalog, index: Index, period: Period) -> Standards:
    """Those of the reports of this very period: what several reports add up to has none."""
    metrics = (catalog.metrics[component.metric] for component in index.components)
    return {metric.metric: found for metric in metrics if (found := _standards(catalog, metric, period))}


def reports_with(standards: Standards, catalog: Catalog, period: Period) -> set[Key]:
    """Form and period of the reports whose answers they are."""
    return {(form, str(period)) for name in standards if (form := catalog.metrics[name].form)}


@dataclass(frozen=True)
class Advice:
    """What would raise the indexes of a reporting division, out of what was read of it."""

    catalog: Catalog
    facts: Facts
    standards: Standards
    answers: Answers
    period: Period

    def of(self, index: Index) -> Improvements:
        """The cheapest changes that bring an index to its next grade, or off the lowest tenth."""
        key = (index.index, str(self.period))
        row, line = self.facts.scores.get(key), self.facts.peer_lines.get(key)
        found = improvements_of(index, self._standings(index), _outcome(row), line.line if line else None)
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
            [self._told(change) for change in found.changes],
            None,
        )

    def _standings(self, index: Index) -> list[Standing]:
        """The components that have a value: without one of them there is no score, and nothing to go on from."""
        rows = {each.metric: self.facts.values.get((each.metric, str(self.period))) for each in index.components}
        return [
            standing
            for component in index.components
            if (row := rows[component.metric]) and (standing := self._standing(component, row))
        ]

    def _standing(self, component: Component, row: ValueRow) -> Standing | None:
        metric = self.catalog.metrics[component.metric]
        formula = formula_in_force(metric, self.period)
        if formula is None or row.numerator is None:
            return None
        step = least_step(self.catalog, metric, formula)
        whole = Fraction(row.denominator or 0) if metric.divisions == "ratio" else Fraction(1)
        if not whole:
            return None
        given = self.answers.get((metric.form or "", str(self.period)), {})
        parts = [
            _standard(field, given[field.field], whole)
            for field in self.standards.get(metric.metric, ())
            if isinstance(given.get(field.field), int)
        ]
        if sum(part.value for part in parts) != row.numerator:
            parts = []
        return Standing(component, Fraction(row.numerator) / whole, step / abs(whole), tuple(parts))

    def _told(self, change: Change) -> Improvement:
        metric = self.catalog.metrics[change.component.metric]
        standard = next((f for f in self.standards.get(metric.metric, ()) if f.field == change.standard), None)
        return Improvement(
            metric=metric.metric,
            title=text_of(metric.title),
            standard=FieldRead(standard.field, text_of(standard.title), standard.unit) if standard else None,
            weight=float(change.component.weight),
            unit=(standard.unit or "point") if standard else metric.unit,
            format="number" if standard else metric.format,
            value=float(change.value),
            to_value=float(change.to_value),
            score=float(change.score),
            to_score=float(change.to_score),
            points=float(change.points),
        )


def _with_goal(told: Improvements, goal: float, grade: int | None) -> Improvements:
    return Improvements(told.index, told.score, goal, grade, None, [], told.reason)


def _outcome(row: ScoreRow | None) -> Outcome:
    if row is None:
        return Outcome(None, _ZERO, None, None)
    return Outcome(row.score, row.deducted or _ZERO, row.reached, row.highest_grade)


def _standards(catalog: Catalog, metric: Metric, period: Period) -> list[FormField]:
    form, formula = catalog.forms.get(metric.form or ""), formula_in_force(metric, period)
    return standards_of(form, formula) if form and formula and form.periodicity == period.kind else []


def _standard(field: FormField, value: int, whole: Fraction) -> Standard:
    most = field.maximum if field.maximum is not None else value
    return Standard(field.field, Fraction(value), Fraction(field.minimum), Fraction(most), 1 / whole)
