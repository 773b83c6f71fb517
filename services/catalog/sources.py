"""What a number rests on: the formula in force, what it reads, the parts of an index, the reports behind it."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from sqlglot import exp

from services.catalog.expressions import Expression
from services.catalog.load import Catalog, sides_of
from services.catalog.periods import Period
from services.catalog.references import form_expression
from services.catalog.schema import Form, FormField, Formula, Index, Metric
from services.catalog.scoring import reads_of_index, reads_of_metric

When = Literal["now", "previous", "year_ago"]

_GRADE: Final = "_grade"
_ORDER: Final[dict[When, int]] = {"now": 0, "previous": 1, "year_ago": 2}
_FINEST: Final = Fraction(1, 10_000)
"""The warehouse keeps four decimals."""


@dataclass(frozen=True)
class Input:
    """A name that a derived metric reads, and of which period."""

    name: str
    when: When
    period: Period


def formula_in_force(metric: Metric, period: Period) -> Formula | None:
    """The formula that was valid when the period began; None before the first."""
    year = period.first_day.year
    return next((formula for formula in reversed(metric.formulas) if formula.valid_from <= year), None)


def fields_read(form: Form, formula: Formula) -> list[FormField]:
    """The fields that a formula over a form reads, in the form's order."""
    read = {name for side in _sides(form, formula) for name in side.names}
    return [field for field in form.fields if field.field in read]


def inputs_of(catalog: Catalog, formula: Formula, period: Period) -> list[Input]:
    """What a formula without a form reads: first of the period itself, by name, then of those it looks back at."""
    found = {read for text in sides_of(formula) for read in _reads(catalog.derived_expressions[text])}
    periods = {"now": period, "previous": period.previous, "year_ago": period.year_ago}
    ordered = sorted(found, key=lambda read: (_ORDER[read[1]], read[0]))
    return [Input(name, when, periods[when]) for name, when in ordered]


def _reads(expression: Expression) -> Iterator[tuple[str, When]]:
    for column in expression.tree.find_all(exp.Column):
        call = column.parent
        if isinstance(call, exp.Anonymous) and call.name in ("previous", "year_ago"):
            yield column.name, "previous" if call.name == "previous" else "year_ago"
        else:
            yield column.name, "now"


def index_named(catalog: Catalog, name: str) -> Index | None:
    """The index that goes by this name, its own or its grade's."""
    return catalog.indexes.get(name) or catalog.indexes.get(name.removesuffix(_GRADE))


def parts_of(catalog: Catalog, index: Index) -> list[Index]:
    """The indexes that weigh some of its components, and no others, alike: those of which it is the total."""
    whole = {component.metric: component for component in index.components}
    return [
        part
        for part in catalog.indexes.values()
        if len(part.components) < len(whole)
        and all(whole.get(component.metric) == component for component in part.components)
    ]


def least_step(catalog: Catalog, metric: Metric, formula: Formula) -> Fraction:
    """The least by which a numerator can change: 1 where only whole numbers are counted and added up."""
    form = catalog.forms[metric.form or ""]
    numerator = form_expression(form, formula.numerator)
    kinds = {field.type for field in form.fields if field.field in numerator.names}
    fractions = [node for node in numerator.tree.find_all(exp.Div, exp.Mul, exp.Sqrt, exp.Literal) if _splits(node)]
    return _FINEST if fractions or "decimal" in kinds else Fraction(1)


def standards_of(form: Form, formula: Formula) -> list[FormField]:
    """The standards of a group: the whole numbers, and nothing else, that a numerator adds up."""
    numerator, *others = _sides(form, formula)
    plain = (exp.Add, exp.Paren, exp.Column, exp.Identifier)
    if any(other.names for other in others) or not all(isinstance(node, plain) for node in numerator.tree.walk()):
        return []
    added, read = fields_read(form, formula), [*numerator.tree.find_all(exp.Column)]
    are_points = all(field.type == "integer" and not field.personal for field in added)
    return added if are_points and len(read) == len(added) > 1 else []


def _splits(node: exp.Condition) -> bool:
    return not isinstance(node, exp.Literal) or (not node.is_string and not node.is_int)


def _sides(form: Form, formula: Formula) -> list[Expression]:
    return [form_expression(form, text) for text in sides_of(formula)]


def reports_behind(catalog: Catalog, name: str, period: Period) -> set[tuple[str, str]]:
    """Form and period of the reports that a metric's or an index's value of `period` rests on."""
    metric = catalog.metrics.get(name)
    if metric is None:
        index = index_named(catalog, name)
        read = reads_of_index(index).names if index else ()
        return {report for source in read for report in reports_behind(catalog, source, period)}
    if metric.form is not None:
        kind = catalog.forms[metric.form].periodicity
        parts = period.parts(kind)
        if metric.periods == "to_date" and parts:
            parts = period.to_date(kind)
        return {(metric.form, str(part)) for part in parts}
    reads = reads_of_metric(catalog, metric)
    periods = looked_at(period, previous=reads.previous, year_ago=reads.year_ago)
    return {report for source in reads.names for each in periods for report in reports_behind(catalog, source, each)}


def looked_at(period: Period, *, previous: bool, year_ago: bool) -> list[Period]:
    """A period and those that are looked back at from it."""
    return [period, *([period.previous] if previous else []), *([period.year_ago] if year_ago else [])]
