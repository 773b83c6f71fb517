"""Catalog and facts → the tree of an explanation."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.api.explain.repository import ComponentRow, DeductionRow, Facts, Key, VetoRow, Wanted
from services.api.explain.schemas import (
    BandCount,
    ComponentPart,
    DeductionPart,
    FieldRead,
    FormRead,
    FormulaInForce,
    GatePart,
    GradePart,
    IndexTree,
    LowestUnit,
    Measured,
    Node,
    PartIndex,
    Spread,
    VetoPart,
)
from services.api.schemas import Text
from services.api.tree import Division, DivisionTree
from services.catalog.load import Catalog
from services.catalog.periods import Period
from services.catalog.schema import Component, Deduction, Form, Formula, Index, Metric, Veto
from services.catalog.schema import Text as CatalogText
from services.catalog.scoring import reads_of_index
from services.catalog.sources import (
    When,
    fields_read,
    formula_in_force,
    index_named,
    inputs_of,
    parts_of,
)


def wanted_of(catalog: Catalog, name: str, period: Period) -> Wanted:
    """All that the explanation of `name` will tell of."""
    read = [*_walk(catalog, name, period)]
    indexes = {found.index for each, _ in read if (found := index_named(catalog, each))}
    metrics = {each for each, _ in read if each in catalog.metrics}
    return Wanted(frozenset(metrics), frozenset(indexes), frozenset(str(each) for _, each in read))


def _walk(catalog: Catalog, name: str, period: Period) -> Iterator[tuple[str, Period]]:
    yield name, period
    metric, index = catalog.metrics.get(name), index_named(catalog, name)
    if metric is not None and metric.form is None:
        formula = formula_in_force(metric, period)
        for read in inputs_of(catalog, formula, period) if formula else ():
            yield from _walk(catalog, read.name, read.period)
    elif metric is None and index is not None:
        yield from ((each, period) for each in (*reads_of_index(index).names, *index.gates))
        yield from ((part.index, period) for part in parts_of(catalog, index))


@dataclass(frozen=True)
class Telling:
    """Tells the tree of one division out of what was read for it."""

    catalog: Catalog
    facts: Facts
    division: Division
    divisions: DivisionTree

    def node(self, name: str, period: Period, when: When = "now") -> Node:
        """A metric, an index or its grade with everything below it."""
        metric = self.catalog.metrics.get(name)
        if metric is not None:
            return self._metric(metric, period, when)
        index = index_named(self.catalog, name)
        assert index is not None
        return self._index(name, index, period, when)

    def _metric(self, metric: Metric, period: Period, when: When) -> Node:
        formula = formula_in_force(metric, period)
        form = self.catalog.forms.get(metric.form or "")
        derived = inputs_of(self.catalog, formula, period) if formula and form is None else []
        return Node(
            name=metric.metric,
            kind="metric",
            title=text_of(metric.title),
            description=text_of(metric.description),
            unit=metric.unit,
            format=metric.format,
            when=when,
            period=str(period),
            measured=self._measured(metric.metric, period),
            divisions=metric.divisions,
            periods=metric.periods,
            formula=FormulaInForce(formula.valid_from, formula.numerator, formula.denominator) if formula else None,
            form=_form(form, formula) if form and formula else None,
            inputs=[self.node(read.name, read.period, read.when) for read in derived],
            index=None,
        )

    def _measured(self, name: str, period: Period) -> Measured:
        row = self.facts.values.get((name, str(period)))
        if row is None:
            return Measured(None, None, None, 0, 0)
        return Measured(number(row.numerator), number(row.denominator), row.value, row.reported, row.expected)

    def _index(self, name: str, index: Index, period: Period, when: When) -> Node:
        row = self.facts.scores.get((index.index, str(period)))
        is_grade = name != index.index
        value = None if row is None else row.grade if is_grade else number(row.score)
        counted = self.facts.bands.get((index.index, str(period)), ())
        scored = sum(band.units for band in counted if band.is_scored)
        return Node(
            name=name,
            kind="grade" if is_grade else "index",
            title=text_of(index.title),
            description=None,
            unit=None if is_grade else "point",
            format="number" if is_grade else "score",
            when=when,
            period=str(period),
            measured=Measured(value, None, value, scored, sum(band.units for band in counted)),
            divisions=None,
            periods=None,
            formula=None,
            form=None,
            inputs=[],
            index=self._tree(index, period),
        )

    def is_formed_here(self, index: Index) -> bool:
        """Whether the division is of those for which the index is formed."""
        return self.division.level == self.catalog.derived_grains[index.index]

    def _tree(self, index: Index, period: Period) -> IndexTree:
        here, key = self.is_formed_here(index), (index.index, str(period))
        row = self.facts.scores.get(key)
        return IndexTree(
            points=number(row.points) if row else None,
            deducted=number(row.deducted) if row else None,
            score=number(row.score) if row else None,
            reached=row.reached if row else None,
            highest_grade=row.highest_grade if row else None,
            grade=row.grade if row else None,
            components=self._components(index, key, period) if here else [],
            deductions=self._deductions(index, key) if here else [],
            vetoes=self._vetoes(index, key) if here else [],
            grades=[GradePart(grade.grade, float(grade.at_least)) for grade in index.grades],
            parts=[self._part(part, period) for part in parts_of(self.catalog, index)] if here else [],
            gates=[self._gate(gate, period, here) for gate in index.gates],
            spread=None if here else self._spread(key),
        )

    def _components(self, index: Index, key: Key, period: Period) -> list[ComponentPart]:
        rows = {row.metric: row for row in self.facts.components.get(key, ())}
        return [self._component(each, rows.get(each.metric), period) for each in index.components]

    def _component(self, component: Component, row: ComponentRow | None, period: Period) -> ComponentPart:
        metric = self.catalog.metrics[component.metric]
        return ComponentPart(
            metric=component.metric,
            title=text_of(metric.title),
            weight=float(component.weight),
            curve=component.curve.kind,
            curve_points=[(float(x), float(y)) for x, y in component.curve.points],
            value=row.value if row else None,
            score=number(row.score) if row else None,
            points=number(row.points) if row else None,
            read=self._metric(metric, period, "now"),
        )

    def _deductions(self, index: Index, key: Key) -> list[DeductionPart]:
        rows = {row.metric: row for row in self.facts.deductions.get(key, ())}
        return [self._deduction(each, rows.get(each.metric), key[1]) for each in index.deductions]

    def _deduction(self, deduction: Deduction, row: DeductionRow | None, period: str) -> DeductionPart:
        value = self._value(deduction.metric, period)
        return DeductionPart(
            metric=deduction.metric,
            title=self._title(deduction.metric),
            value=value,
            points_each=float(deduction.points_each),
            limit=float(deduction.limit),
            points=number(row.points) if row else None if value is None else 0.0,
        )

    def _vetoes(self, index: Index, key: Key) -> list[VetoPart]:
        rows = self.facts.vetoes.get(key, ())
        return [self._veto(each, rows, key[1]) for each in index.vetoes]

    def _veto(self, veto: Veto, rows: Sequence[VetoRow], period: str) -> VetoPart:
        holds = any(row.metric == veto.metric and row.highest_grade == veto.highest_grade for row in rows)
        title, value = self._title(veto.metric), self._value(veto.metric, period)
        return VetoPart(veto.metric, title, veto.when, value, veto.highest_grade, holds)

    def _part(self, part: Index, period: Period) -> PartIndex:
        row = self.facts.scores.get((part.index, str(period)))
        weight = sum((component.weight for component in part.components), Decimal(0))
        names = [component.metric for component in part.components]
        return PartIndex(part.index, text_of(part.title), number(row.score) if row else None, float(weight), names)

    def _gate(self, name: str, period: Period, is_unit: bool) -> GatePart:
        value = self._value(name, str(period))
        metric = self.catalog.metrics[name]
        formula, form = formula_in_force(metric, period), self.catalog.forms[metric.form or ""]
        passed = value >= 1 if is_unit and value is not None else None
        return GatePart(name, text_of(metric.title), value, passed, _fields(form, formula) if formula else [])

    def _spread(self, key: Key) -> Spread:
        line = self.facts.lines.get(key)
        return Spread(
            scored=line.scored if line else 0,
            line=number(line.line) if line else None,
            bands=[BandCount(b.is_scored, b.grade, b.band, b.units) for b in self.facts.bands.get(key, ())],
            lowest=[
                LowestUnit(self.divisions.named(row.unit), float(row.score), row.grade)
                for row in self.facts.lowest.get(key, ())
            ],
        )

    def _value(self, name: str, period: str) -> float | None:
        row = self.facts.values.get((name, period))
        return row.value if row else None

    def _title(self, name: str) -> Text:
        return text_of(self.catalog.metrics[name].title)


def first_index(node: Node, indexes: Mapping[str, Index]) -> Index | None:
    """The index that a value is, or the first that it reads in its own period."""
    if node.kind != "metric":
        return indexes.get(node.name) or indexes[node.name.removesuffix("_grade")]
    return next((i for read in node.inputs if read.when == "now" and (i := first_index(read, indexes))), None)


def _form(form: Form, formula: Formula) -> FormRead:
    return FormRead(form.form, form.version, text_of(form.title), _fields(form, formula))


def _fields(form: Form, formula: Formula) -> list[FieldRead]:
    return [FieldRead(each.field, text_of(each.title), each.unit) for each in fields_read(form, formula)]


def text_of(text: CatalogText) -> Text:
    """A text of the catalog as the api tells it."""
    return Text(text.zh, text.en)


def number(value: Decimal | None) -> float | None:
    """A plain number."""
    return None if value is None else float(value)
