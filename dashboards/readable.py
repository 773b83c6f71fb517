"""Numbers as people read them: one place for decimals, units, signs and the words for silence."""

from dataclasses import dataclass
from typing import Literal, Protocol

from dashboards.answers import Metric, Reading
from dashboards.texts import Texts

YUAN_IN_WAN = 10_000  # money is shown in 万元 everywhere; 亿元 beside it would invite misreading

LONG = 1_000  # from here on a map or a cell leaves out the decimal

Tone = Literal["better", "worse", "even"]
Base = Literal["previous", "year_ago"]


@dataclass(frozen=True)
class Shown:
    """A value ready to print; `unit` is empty where the value says it all."""

    value: str
    unit: str
    missing: bool = False
    short: str = ""

    @property
    def brief(self) -> str:
        """For a map or a cell, where words are too long."""
        return self.short or self.value

    def __str__(self) -> str:
        return f"{self.value}{self.unit}" if self.unit in ("", "%") else f"{self.value} {self.unit}"


@dataclass(frozen=True)
class Change:
    """A change against a named base; arrow and words say what the tone's colour repeats. `short` leaves
    out the unit, for a column that names it in its head.
    """

    arrow: str
    amount: str
    tone: Tone
    base: Base
    short: str = ""

    def __str__(self) -> str:
        return f"{self.arrow} {self.amount}".strip()


def scaled(value: float, metric: Metric) -> float:
    """The number a reader sees, unrounded: percent for shares, ten thousand yuan for money."""
    if metric.format == "share":
        return value * 100
    return value / YUAN_IN_WAN if metric.format == "money" else value


def unit_of(metric: Metric, texts: Texts) -> str:
    """The unit beside a value, in the reader's language; empty for a bare count of unknown kind."""
    if metric.format == "share":
        return "%"
    if metric.format == "money":
        return texts("unit.wan_yuan")
    return texts.maybe(f"unit.{metric.unit}") or (texts("unit.point") if metric.format == "score" else "")


def decimals(metric: Metric, value: float) -> int:
    """One decimal, but none for counts, which are whole."""
    return 0 if metric.format == "number" and float(value).is_integer() else 1


def plain(value: float, metric: Metric) -> str:
    """The number alone, with thousands separators."""
    number = scaled(value, metric)
    return f"{number:,.{decimals(metric, number)}f}"


def shown(value: float | None, metric: Metric, texts: Texts, *, expected: int | None = None) -> Shown:
    """A value with its unit. None says not reported, or not required when nobody was expected to."""
    if value is None:
        key = "missing.not_due" if expected == 0 else "missing.not_reported"
        return Shown(texts(key), "", missing=True, short=texts(f"{key}.short"))
    number = scaled(value, metric)
    short = f"{number:,.0f}" if abs(number) >= LONG else ""
    return Shown(plain(value, metric), unit_of(metric, texts), short=short)


def shown_reading(reading: Reading, metric: Metric, texts: Texts) -> Shown:
    """A reading's value with its unit."""
    return shown(reading.value, metric, texts, expected=reading.expected)


class Told(Protocol):
    """A value with how many reported it, of how many that were to."""

    @property
    def value(self) -> float | None:
        """None: there is none."""

    @property
    def reported(self) -> int:
        """Reports that came in."""

    @property
    def expected(self) -> int:
        """Reports that were due."""


def shown_answer(told: Told, metric: Metric, texts: Texts) -> Shown:
    """A value of one reporter: what it did report, if only a share of nothing, is not called unreported."""
    if told.value is None and told.reported:
        return Shown(texts("missing.none"), "", missing=True, short=texts("missing.none.short"))
    return shown(told.value, metric, texts, expected=told.expected)


def change(reading: Reading, metric: Metric, texts: Texts) -> Change | None:
    """Change against the period before; against the same period last year for money when known,
    because its seasons repeat. None when either side was not reported.
    """
    yearly = metric.format == "money" and reading.year_ago is not None
    before = reading.year_ago if yearly else reading.previous
    if reading.value is None or before is None:
        return None
    base: Base = "year_ago" if yearly else "previous"
    amount = _amount(reading.value, before, metric, texts)
    if amount is None:
        return None
    step = round(amount[0], 1)
    arrow = "▲" if step > 0 else "▼" if step < 0 else ""
    text = amount[1] if step else texts("change.even")
    return Change(arrow, text, _tone(step, metric.direction), base, f"{arrow} {abs(step):,.1f}")


def change_unit(metric: Metric, texts: Texts) -> str:
    """What a column of changes counts in."""
    if metric.format == "share":
        return texts("change.points_short")
    return texts.maybe(f"unit.{metric.unit}") or "" if metric.format == "score" else "%"


def _amount(value: float, before: float, metric: Metric, texts: Texts) -> tuple[float, str] | None:
    if metric.format == "share":
        points = (value - before) * 100
        return points, texts("change.percentage_points", n=f"{abs(points):.1f}")
    if metric.format == "score":
        return value - before, f"{abs(value - before):.1f}"
    if before == 0:
        return None  # growth from nothing has no percentage
    percent = (value - before) / abs(before) * 100
    return percent, f"{abs(percent):,.1f}%"


def _tone(step: float, direction: str) -> Tone:
    if not step or direction not in ("higher", "lower"):
        return "even"
    return "better" if (step > 0) == (direction == "higher") else "worse"
