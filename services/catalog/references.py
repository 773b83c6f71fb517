"""What a system file must agree on beyond its shape: names are unique and known, formulas can be read."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Final

from services.catalog.expressions import Expression, InvalidExpression, Kind, Names, parse, suggestion
from services.catalog.schema import CardRule, Form, FormField, Grain, Index, Metric, System
from services.catalog.units import UNITS

CARD_NAMES: Final[dict[str, Kind]] = dict.fromkeys(
    ["value", "numerator", "denominator", "previous", "year_ago", "target", "rank", "places", "reported",
     "expected", "month"], "number"
)  # fmt: skip
PLACEHOLDERS: Final = ("division", "period", "value", "previous", "consecutive")
_ENVELOPE_WORDS: Final = ("division", "nil")
STAGED_COLUMNS: Final = ("period", "is_nil", "first_on", "last_on")
"""What a form's rows have in the warehouse besides their fields."""
_KINDS: Final[dict[str, Kind]] = {
    "integer": "number", "decimal": "number", "boolean": "boolean", "text": "text", "date": "date",
    "choice": "text",
}  # fmt: skip


@dataclass(frozen=True)
class Mistake:
    """What is wrong at a place (keys and positions from the top of the file)."""

    place: tuple[str | int, ...]
    what: str


def field_kinds(form: Form) -> dict[str, Kind]:
    """The fields that formulas over a form may read, and the kind of each."""
    return {field.field: _KINDS[field.type] for field in form.fields}


def check_expression(form: Form, text: str) -> Expression:
    """A check's condition over one row of `form`."""
    return parse(text, field_kinds(form), look_back=True)


def form_expression(form: Form, text: str) -> Expression:
    """A metric's formula over the rows of one division of `form`."""
    return parse(text, field_kinds(form), aggregates=True)


def derived_expression(names: Names, text: str) -> Expression:
    """A metric's formula over other metrics and indexes."""
    return parse(text, names, look_back=True)


def card_expression(text: str) -> Expression:
    """A card rule's condition, or a veto's, over one reading."""
    return parse(text, CARD_NAMES)


def derived_names(systems: Sequence[System]) -> dict[str, Grain]:
    """What derived formulas may read: metrics of forms, indexes and their grades; with their grain."""
    forms = {form.form: form for system in systems for form in system.forms}
    metrics = [metric for system in systems for metric in system.metrics]
    grains = {m.metric: forms[m.form].grain for m in metrics if m.form in forms and m.divisions != "distinct"}
    for system in systems:
        for index in system.indexes:
            grain = grains.get(index.components[0].metric)
            if grain:
                grains[index.index] = grain
                if index.grades:
                    grains[f"{index.index}_grade"] = grain
    return grains


def number_names(names: Iterable[str]) -> Names:
    """Names that all stand for numbers."""
    return dict.fromkeys(names, "number")


def find_mistakes(systems: Sequence[System]) -> Iterator[tuple[System, Mistake]]:
    """Every mistake that only shows when all files are read together."""
    names = derived_names(systems)
    grains = {metric.metric: names[metric.metric] for system in systems for metric in system.metrics
              if metric.metric in names}  # fmt: skip
    forms = {form.form: form for system in systems for form in system.forms}
    counts = Counter(name for system in systems for _, name in _own_names(system))
    for system in systems:
        for place, name in _own_names(system):
            if counts[name] > 1:
                yield system, Mistake(place, f"the name {name!r} is given {counts[name]} times")
        for number, form in enumerate(system.forms):
            yield from ((system, m.below("forms", number)) for m in _form_mistakes(form))
        for number, metric in enumerate(system.metrics):
            yield from ((system, m.below("metrics", number)) for m in _metric_mistakes(metric, forms, names))
        for number, index in enumerate(system.indexes):
            yield from ((system, m.below("indexes", number)) for m in _index_mistakes(index, grains))
        for number, rule in enumerate(system.cards):
            yield from ((system, m.below("cards", number)) for m in _rule_mistakes(rule, systems))


@dataclass(frozen=True)
class _Inner(Mistake):
    def below(self, part: str, number: int) -> Mistake:
        return Mistake((part, number, *self.place), self.what)


def _own_names(system: System) -> Iterator[tuple[tuple[str | int, ...], str]]:
    yield ("system",), f"system {system.system}"
    for number, form in enumerate(system.forms):
        yield ("forms", number, "form"), f"form {form.form}"
    for number, metric in enumerate(system.metrics):
        yield ("metrics", number, "metric"), metric.metric
    for number, index in enumerate(system.indexes):
        yield ("indexes", number, "index"), index.index
        if index.grades:
            yield ("indexes", number, "index"), f"{index.index}_grade"
    for number, rule in enumerate(system.cards):
        yield ("cards", number, "rule"), f"rule {rule.rule}"


def _form_mistakes(form: Form) -> Iterator[_Inner]:
    names = [field.field for field in form.fields]
    for number, name in enumerate(names):
        if name in names[:number]:
            yield _Inner(("fields", number, "field"), f"the field {name!r} stands twice")
        unit = form.fields[number].unit
        if unit is not None and unit not in UNITS:
            yield _Inner(("fields", number, "unit"), f"there is no unit {unit!r}{suggestion(unit, UNITS)}")
        for words, whose in ((_ENVELOPE_WORDS, "envelope"), (STAGED_COLUMNS, "warehouse")):
            if name in words:
                yield _Inner(("fields", number, "field"), f"{name!r} is a word of the {whose}")
    yield from _key_mistakes(form, names)
    for number, check in enumerate(form.checks):
        try:
            if check_expression(form, check.expect).kind != "boolean":
                yield _Inner(("checks", number, "expect"), "must be true or false")
        except InvalidExpression as error:
            yield _Inner(("checks", number, "expect"), str(error))
        if check.field is not None and check.field not in names:
            yield _Inner(("checks", number, "field"), f"is no field of the form{suggestion(check.field, names)}")


def _key_mistakes(form: Form, names: Sequence[str]) -> Iterator[_Inner]:
    for number, name in enumerate(form.key):
        if name not in names:
            yield _Inner(("key", number), f"is no field of the form{suggestion(name, [*names])}")
        elif not _required(form.fields, name):
            yield _Inner(("key", number), "a key field must be required")


def _required(fields: Sequence[FormField], name: str) -> bool:
    return any(field.field == name and field.required for field in fields)


def _metric_mistakes(metric: Metric, forms: dict[str, Form], names: dict[str, Grain]) -> Iterator[_Inner]:
    if metric.unit not in UNITS:
        yield _Inner(("unit",), f"there is no unit {metric.unit!r}{suggestion(metric.unit, UNITS)}")
    if metric.form is not None and metric.form not in forms:
        yield _Inner(("form",), f"there is no form {metric.form!r}{suggestion(metric.form, forms)}")
        return
    if metric.form is None and metric.divisions == "distinct":
        yield _Inner(("divisions",), "`distinct` needs a form")
    for number, formula in enumerate(metric.formulas):
        for part, text in (("numerator", formula.numerator), ("denominator", formula.denominator)):
            if text is not None:
                what = _formula_mistake(metric, text, forms, names)
                if what:
                    yield _Inner(("formulas", number, part), what)


def _formula_mistake(metric: Metric, text: str, forms: dict[str, Form], names: dict[str, Grain]) -> str | None:
    try:
        if metric.form is not None:
            expression = form_expression(forms[metric.form], text)
        else:
            expression = derived_expression(dict.fromkeys(names, "number"), text)
            grains = {names[name] for name in expression.names}
            if len(grains) > 1:
                return f"mixes metrics of {' and '.join(sorted(grains))} reports"
    except InvalidExpression as error:
        return str(error)
    if metric.divisions == "count" and expression.kind != "boolean" and not expression.has_aggregate:
        return "`count` counts where a condition holds: give a condition"
    if expression.kind in ("text", "date") and metric.divisions != "distinct":
        return f"gives a {expression.kind}, a number is needed"
    return None


def _index_mistakes(index: Index, grains: dict[str, Grain]) -> Iterator[_Inner]:
    grain = grains.get(index.components[0].metric)
    for part in ("components", "deductions", "vetoes"):
        for number, piece in enumerate(getattr(index, part)):
            found = grains.get(piece.metric)
            if found is None:
                what = f"there is no metric {piece.metric!r} of a form{suggestion(piece.metric, grains)}"
                yield _Inner((part, number, "metric"), what)
            elif grain not in (None, found):
                yield _Inner((part, number, "metric"), f"is of {found} reports, the index of {grain} reports")
    for number, gate in enumerate(index.gates):
        if gate not in grains:
            yield _Inner(("gates", number), f"there is no metric {gate!r} of a form{suggestion(gate, grains)}")
    for number, veto in enumerate(index.vetoes):
        yield from _condition_mistakes(veto.when, ("vetoes", number, "when"))


def _rule_mistakes(rule: CardRule, systems: Sequence[System]) -> Iterator[_Inner]:
    metrics = [metric.metric for system in systems for metric in system.metrics]
    if rule.metric not in metrics:
        yield _Inner(("metric",), f"there is no metric {rule.metric!r}{suggestion(rule.metric, metrics)}")
    for colour in ("yellow", "red"):
        condition = getattr(rule, colour)
        if condition is not None:
            yield from _condition_mistakes(condition.when, (colour, "when"))
    for language in ("zh", "en"):
        what = _placeholder_mistake(getattr(rule.text, language))
        if what:
            yield _Inner(("text", language), what)


def _placeholder_mistake(text: str) -> str | None:
    try:
        placeholders = [part[1:] for part in Formatter().parse(text) if part[1] is not None]
    except ValueError as error:
        return f"{error}; write {{{{ and }}}} for braces"
    for name, layout, conversion in placeholders:
        if name not in PLACEHOLDERS:
            return f"there is no placeholder {name!r}{suggestion(str(name), list(PLACEHOLDERS))}"
        if layout or conversion:
            return f"a placeholder stands alone: {{{name}}}"
    return None


def _condition_mistakes(text: str, place: tuple[str | int, ...]) -> Iterator[_Inner]:
    try:
        if card_expression(text).kind != "boolean":
            yield _Inner(place, "must be true or false")
    except InvalidExpression as error:
        yield _Inner(place, str(error))
