"""The divisions of a snapshot in memory: by code, above and below one another."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final, cast

from services.api.schemas import DivisionRef, Level
from services.catalog.divisions import DivisionCode
from services.catalog.periods import Period

LEVELS: Final[tuple[Level, ...]] = ("city", "county", "township", "village")


@dataclass(frozen=True, slots=True)
class Division:
    """One division as the snapshot knows it; `villages` counts the reporting ones at or below it."""

    ref: DivisionRef
    kind: str | None
    parent: str | None
    villages: int
    valid_from: date
    valid_to: date | None

    @property
    def code(self) -> str:
        """Its 12 digits."""
        return self.ref.code

    @property
    def level(self) -> Level:
        """city, county, township or village."""
        return self.ref.level

    def existed_in(self, period: Period) -> bool:
        """Whether it was there on any day of the period."""
        return self.valid_from <= period.last_day and (self.valid_to is None or self.valid_to > period.first_day)


class DivisionTree:
    """All divisions of a snapshot, from its cities down."""

    def __init__(self, divisions: Iterable[Division]) -> None:
        self.by_code: Mapping[str, Division] = {d.code: d for d in divisions if d.level in LEVELS}
        below: dict[str, list[Division]] = defaultdict(list)
        for division in self.by_code.values():
            if division.parent is not None:
                below[division.parent].append(division)
        self._below = dict(below)

    @cached_property
    def refs(self) -> list[DivisionRef]:
        """Every division's name, by code."""
        return [self.by_code[code].ref for code in sorted(self.by_code)]

    def children(self, code: str) -> Sequence[Division]:
        """The divisions directly below, by code; empty for a village."""
        return self._below.get(code, ())

    def top_within(self, scope: DivisionCode) -> Division | None:
        """The highest division of the scope: itself, or the first city of a province."""
        found = self.by_code.get(scope.code)
        if found is None and scope.level == "province":
            found = next((d for d in self.by_code.values() if scope.contains(DivisionCode(d.code))), None)
        return found

    def path(self, division: Division, scope: DivisionCode) -> list[Division]:
        """The divisions from the top of the scope down to this one."""
        upward: list[Division] = []
        step: Division | None = division
        while step is not None and step.code.startswith(scope.prefix):
            upward.append(step)
            step = self.by_code.get(step.parent or "")
        return upward[::-1]

    def parents_at(self, division: Division, level: Level) -> list[str]:
        """The codes, at or below a division, that stand directly above its divisions of `level`."""
        reached = [division.code]
        for _ in range(LEVELS.index(level) - LEVELS.index(division.level) - 1):
            reached = [child.code for code in reached for child in self.children(code)]
        return reached

    def named(self, code: str) -> DivisionRef:
        """A division's name; of one that the snapshot does not know, its code."""
        found = self.by_code.get(code)
        return found.ref if found else DivisionRef(code, code, cast(Level, DivisionCode(code).level))
