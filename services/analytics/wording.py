"""A card's sentence in both languages: the rule's text with the values of the case in it."""

from typing import Protocol

from services.catalog.periods import Period
from services.catalog.schema import CardRule, Metric
from services.catalog.units import with_unit


class Case(Protocol):
    """What a sentence needs to know of a finding."""

    @property
    def places_name(self) -> str:
        """The division with those above it, as people call it."""
        ...

    @property
    def period(self) -> str:
        """The period's code."""
        ...

    @property
    def value(self) -> float:
        """The metric's value."""
        ...

    @property
    def previous(self) -> float | None:
        """Its value the period before."""
        ...


def sentence(rule: CardRule, metric: Metric, case: Case, consecutive: int) -> dict[str, str]:
    """The rule's text in zh and en, filled in."""
    texts = {"zh": rule.text.zh, "en": rule.text.en}
    return {
        language: text.format(
            division=case.places_name,
            period=_said_period(Period.parse(case.period), language),
            value=_said_value(metric, case.value, language),
            previous=_said_value(metric, case.previous, language),
            consecutive=consecutive,
        )
        for language, text in texts.items()
    }


def _said_period(period: Period, language: str) -> str:
    if language == "en":
        return str(period)
    halves = {1: "上半年", 2: "下半年"}
    kinds = {
        "year": "", "half": halves.get(period.number, ""), "quarter": f"第{period.number}季度",
        "month": f"{period.number}月",
    }  # fmt: skip
    return f"{period.year}年{kinds[period.kind]}"


def _said_value(metric: Metric, value: float | None, language: str) -> str:
    if value is None:
        return "未报" if language == "zh" else "not reported"
    if metric.format == "share":
        return f"{value:.1%}"
    if metric.format == "money":
        return f"{value / 10_000:,.1f}万元" if language == "zh" else f"{value / 10_000:,.1f} × 10,000 yuan"
    return with_unit(f"{value:,.1f}".removesuffix(".0"), metric.unit, language)
