"""Reporting periods on a page: their names, the one that fits a metric, the ones before it."""

from collections.abc import Sequence
from typing import Final

from dashboards.answers import Kind, Metric, Period
from dashboards.texts import Texts

KINDS: Final[tuple[Kind, ...]] = ("month", "quarter", "half", "year")  # short to long
SERIES_LENGTH = 12


def name_of(period: str, texts: Texts) -> str:
    """`2021-12` as 2021年12月 or Dec 2021; the code itself when it is of no known kind."""
    year, _, part = period.partition("-")
    if not part:
        return texts("period.year", year=year)
    if part[0] in "QH":
        return texts("period.quarter" if part[0] == "Q" else f"period.half.{part[1:]}", year=year, n=part[1:])
    return texts("period.month", year=year, n=int(part), month=texts(f"month.{int(part)}"))


def tick_of(period: str, texts: Texts, *, first: bool) -> str:
    """A short name for an axis; the year only where it is needed."""
    year, _, part = period.partition("-")
    short = year if not part else part if part[0] in "QH" else texts(f"month.{int(part)}")
    return texts("period.tick_with_year", year=year[2:], part=short) if first and part else short


def newest(periods: Sequence[Period], today: str) -> Period:
    """What a wall opens with: the newest of the shortest kind that is over by `today`, an ISO date,
    for one under way is mostly still to be reported; else the newest of that kind.
    """
    for kind in KINDS:
        of_kind = [p for p in periods if p.kind == kind]
        if of_kind:
            return max([p for p in of_kind if p.last_on < today] or of_kind, key=lambda p: p.last_on)
    raise LookupError("no periods")


def fitting(metric: Metric, chosen: Period, periods: Sequence[Period]) -> Period:
    """The period to read a metric in: the chosen one, or, for a metric that is reported less often,
    the newest of its own kind that had ended by then, else the one under way.
    """
    own = metric.periodicity if metric.periodicity in KINDS else "month"
    if KINDS.index(chosen.kind) >= [*KINDS].index(own):
        return chosen
    of_kind = [p for p in periods if p.kind == own]
    ended = [p for p in of_kind if p.last_on <= chosen.last_on]
    under_way = [p for p in of_kind if p.first_on <= chosen.last_on]
    return max(ended or under_way or of_kind or [chosen], key=lambda p: p.last_on)


def series_to(last: Period, periods: Sequence[Period]) -> list[Period]:
    """Up to twelve periods of the same kind that end with this one, oldest first."""
    same = sorted((p for p in periods if p.kind == last.kind), key=lambda p: p.first_on)
    return [p for p in same if p.first_on <= last.first_on][-SERIES_LENGTH:]


def before(period: Period, periods: Sequence[Period]) -> Period | None:
    """The period of the same kind just before; None for the first."""
    earlier = [p for p in periods if p.kind == period.kind and p.first_on < period.first_on]
    return max(earlier, key=lambda p: p.first_on) if earlier else None
