"""Which periods a village's story is read in."""

from collections.abc import Iterable
from typing import Final

from services.catalog.periods import KINDS, Period, PeriodKind

SERIES_LENGTH: Final = 12


def read_in(asked: Period, known: Iterable[Period]) -> list[Period]:
    """Where a metric may stand: in the period itself, else in the fitting ones of the longer kinds, the shortest
    first. What is reported by the year is thus told beside a month.
    """
    known = list(known)
    longer = KINDS[: KINDS.index(asked.kind)]
    fitting = (_fitting(kind, asked, known) for kind in reversed(longer))
    return [asked, *(period for period in fitting if period is not None)]


def _fitting(kind: PeriodKind, asked: Period, known: list[Period]) -> Period | None:
    """The newest of its kind that had ended by the end of `asked`, else the one under way; None before the first."""
    begun = [p for p in known if p.kind == kind and p.first_day <= asked.last_day]
    ended = [p for p in begun if p.last_day <= asked.last_day]
    return max(ended or begun, key=lambda p: p.first_day, default=None)


def reported_in(kind: PeriodKind, periods: list[Period]) -> list[Period]:
    """The periods of `kind` whose reports belong to a story that is `read_in` these periods, the earliest first."""
    asked, *longer = periods
    parts = list(asked.parts(kind))
    return parts or [period for period in longer if period.kind == kind]


def up_to(last: Period) -> list[Period]:
    """The periods of a series that ends with `last`, the earliest first."""
    return [last.shifted(step) for step in range(1 - SERIES_LENGTH, 1)]
