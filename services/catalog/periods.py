"""Reporting periods (2021, 2021-H1, 2021-Q3, 2021-11): parsing, order, parts and neighbours."""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final, Literal, get_args

PeriodKind = Literal["year", "half", "quarter", "month"]

KINDS: Final[tuple[PeriodKind, ...]] = get_args(PeriodKind)
_MONTHS: Final[dict[PeriodKind, int]] = {"year": 12, "half": 6, "quarter": 3, "month": 1}
# Years that can be written: fewer than there are, so that each has neighbours and a year ago.
_PATTERN: Final = re.compile(
    r"(?P<year>(?:19|20|21)\d\d)(?:-(?:H(?P<half>[12])|Q(?P<quarter>[1-4])|(?P<month>\d{2})))?", re.ASCII
)


class InvalidPeriod(ValueError):
    """A text that names no year, half, quarter or month."""


@dataclass(frozen=True)
class Period:
    """The `number`-th period of `kind` in `year`, counted from 1; `str()` gives its code."""

    year: int
    kind: PeriodKind
    number: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.number <= 12 // _MONTHS[self.kind] or not 1000 <= self.year <= 2999:
            raise InvalidPeriod(f"there is no {self.kind} {self.number} in {self.year}")

    @classmethod
    def parse(cls, text: str) -> "Period":
        """The period that `text` names; InvalidPeriod if it names none."""
        match = _PATTERN.fullmatch(text)
        if match is None:
            raise InvalidPeriod(f"{text!r} is not a period: 2021, 2021-H1, 2021-Q3 or 2021-11")
        year = int(match["year"])
        for kind in ("half", "quarter", "month"):
            if match[kind]:
                return cls(year, kind, int(match[kind]))
        return cls(year, "year")

    @classmethod
    def containing(cls, day: date, kind: PeriodKind) -> "Period":
        """The period of `kind` in which `day` lies."""
        return cls(day.year, kind, (day.month - 1) // _MONTHS[kind] + 1)

    def __str__(self) -> str:
        form = {"year": "", "half": "-H{}", "quarter": "-Q{}", "month": "-{:02d}"}[self.kind]
        return str(self.year) + form.format(self.number)

    def __lt__(self, other: "Period") -> bool:
        return (self.first_day, -_MONTHS[self.kind]) < (other.first_day, -_MONTHS[other.kind])

    @cached_property
    def ordinal(self) -> int:
        """A number that grows by one from a period to the next of its kind."""
        return self.year * (12 // _MONTHS[self.kind]) + self.number - 1

    @cached_property
    def first_day(self) -> date:
        """The first day that belongs to the period."""
        return date(self.year, (self.number - 1) * _MONTHS[self.kind] + 1, 1)

    @cached_property
    def last_day(self) -> date:
        """The last day that belongs to the period."""
        month = self.number * _MONTHS[self.kind]
        return date(self.year, month, monthrange(self.year, month)[1])

    def shifted(self, steps: int) -> "Period":
        """The period `steps` further on (negative: before), of the same kind."""
        year, number = divmod(self.ordinal + steps, 12 // _MONTHS[self.kind])
        return Period(year, self.kind, number + 1)

    @property
    def previous(self) -> "Period":
        """The period just before, of the same kind."""
        return self.shifted(-1)

    @property
    def next(self) -> "Period":
        """The period just after, of the same kind."""
        return self.shifted(1)

    @property
    def year_ago(self) -> "Period":
        """The same period of the year before."""
        return Period(self.year - 1, self.kind, self.number)

    @property
    def year_later(self) -> "Period":
        """The same period of the year after."""
        return Period(self.year + 1, self.kind, self.number)

    def contains(self, other: "Period") -> bool:
        """Whether every day of `other` is a day of this period."""
        return self.first_day <= other.first_day and other.last_day <= self.last_day

    def parts(self, kind: PeriodKind) -> tuple["Period", ...]:
        """The periods of `kind` that make up this one, in order; empty if `kind` is longer."""
        if _MONTHS[kind] > _MONTHS[self.kind]:
            return ()
        first = Period.containing(self.first_day, kind)
        return tuple(first.shifted(i) for i in range(_MONTHS[self.kind] // _MONTHS[kind]))

    def to_date(self, kind: PeriodKind) -> tuple["Period", ...]:
        """The periods of `kind` from the start of the year to the end of this one."""
        parts = Period(self.year, "year").parts(kind)
        return tuple(part for part in parts if part.last_day <= self.last_day)

    def around(self) -> Iterator["Period"]:
        """This period and the longer ones that contain it, shortest first."""
        for kind in reversed(KINDS):
            if _MONTHS[kind] >= _MONTHS[self.kind]:
                yield Period.containing(self.first_day, kind)


def periods_of_years(years: range) -> list[Period]:
    """Every period of every kind in `years`, longest kind first, each kind in order."""
    return [part for kind in KINDS for year in years for part in Period(year, "year").parts(kind)]
