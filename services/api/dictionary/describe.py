"""Catalog → the dictionary's entries."""

from decimal import Decimal
from typing import Final

from services.api.dictionary.schemas import (
    CardRuleEntry,
    ChoiceEntry,
    ComponentEntry,
    ConditionEntry,
    DeductionEntry,
    DueEntry,
    FieldEntry,
    FormEntry,
    GradeEntry,
    IndexEntry,
    MetricEntry,
    SystemEntry,
    VetoEntry,
)
from services.api.schemas import Level, Text
from services.catalog.load import Catalog
from services.catalog.periods import KINDS, PeriodKind
from services.catalog.schema import CardRule, Condition, Form, FormField, Grain, Index, Metric
from services.catalog.schema import Text as CatalogText
from services.catalog.scoring import reads_of_index, reads_of_metric

_LEVELS: Final[dict[Grain, list[Level]]] = {
    "village": ["village", "township", "county", "city"],
    "township": ["township", "county", "city"],
    "county": ["county", "city"],
    "city": ["city"],
}


def describe_catalog(catalog: Catalog) -> list[SystemEntry]:
    """All systems by number."""
    return [
        SystemEntry(
            system=system.system,
            number=system.number,
            title=_text(system.title),
            description=_text(system.description),
            forms=[_form(form) for form in system.forms],
            metrics=[_metric(catalog, metric) for metric in system.metrics],
            indexes=[_index(catalog, index) for index in system.indexes],
            cards=[_rule(rule) for rule in system.cards],
        )
        for system in catalog.systems
    ]


def forms_of(catalog: Catalog, name: str) -> list[Form]:
    """The forms that a metric, an index or the grade of one rests on."""
    metric = catalog.metrics.get(name)
    if metric is not None and metric.form is not None:
        return [catalog.forms[metric.form]]
    if metric is not None:
        read = reads_of_metric(catalog, metric).names
    else:
        read = reads_of_index(catalog.indexes[name if name in catalog.indexes else name[: -len("_grade")]]).names
    return [form for source in sorted(read) for form in forms_of(catalog, source)]


def _periodicity(forms: list[Form]) -> PeriodKind:
    """The longest period of the forms: only then have all of them been reported."""
    return min((form.periodicity for form in forms), key=KINDS.index)


def _form(form: Form) -> FormEntry:
    return FormEntry(
        form=form.form,
        version=form.version,
        title=_text(form.title),
        description=None if form.description is None else _text(form.description),
        source=form.source,
        periodicity=form.periodicity,
        grain=form.grain,
        key=list(form.key),
        due=None if form.due is None else DueEntry(form.due.days, form.due.grace_days, form.due.close_days),
        nil=form.nil,
        fields=[_field(field) for field in form.fields],
    )


def _field(field: FormField) -> FieldEntry:
    is_number = field.type in ("integer", "decimal")
    return FieldEntry(
        field=field.field,
        title=_text(field.title),
        help=None if field.help is None else _text(field.help),
        type=field.type,
        unit=field.unit,
        required=field.required,
        minimum=float(field.minimum) if is_number else None,
        maximum=_number(field.maximum),
        choices=[ChoiceEntry(choice.value, _text(choice.title)) for choice in field.choices],
    )


def _metric(catalog: Catalog, metric: Metric) -> MetricEntry:
    forms = forms_of(catalog, metric.metric)
    return MetricEntry(
        metric=metric.metric,
        title=_text(metric.title),
        description=_text(metric.description),
        form=metric.form,
        unit=metric.unit,
        format=metric.format,
        direction=metric.direction,
        target=_number(metric.target),
        periods=metric.periods,
        divisions=metric.divisions,
        periodicity=_periodicity(forms),
        levels=_LEVELS[forms[0].grain],
        coverage_floor=float(metric.coverage_floor),
        headline=metric.headline,
    )


def _index(catalog: Catalog, index: Index) -> IndexEntry:
    return IndexEntry(
        index=index.index,
        title=_text(index.title),
        periodicity=_periodicity(forms_of(catalog, index.index)),
        components=[
            ComponentEntry(c.metric, float(c.weight), c.curve.kind, [(float(x), float(y)) for x, y in c.curve.points])
            for c in index.components
        ],
        deductions=[DeductionEntry(d.metric, float(d.points_each), float(d.limit)) for d in index.deductions],
        vetoes=[VetoEntry(v.metric, v.when, v.highest_grade) for v in index.vetoes],
        grades=[GradeEntry(g.grade, float(g.at_least)) for g in index.grades],
    )


def _rule(rule: CardRule) -> CardRuleEntry:
    return CardRuleEntry(
        rule=rule.rule,
        version=rule.version,
        title=_text(rule.title),
        metric=rule.metric,
        level=rule.level,
        periodicity=rule.periodicity,
        yellow=_condition(rule.yellow),
        red=_condition(rule.red),
        deadline_days=rule.deadline_days,
    )


def _condition(condition: Condition | None) -> ConditionEntry | None:
    return None if condition is None else ConditionEntry(condition.when, condition.consecutive)


def _text(text: CatalogText) -> Text:
    return Text(text.zh, text.en)


def _number(number: Decimal | None) -> float | None:
    return None if number is None else float(number)
