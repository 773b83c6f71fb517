"""Divisions with what stands below them: reporting villages and open cards."""

from collections.abc import Sequence
from typing import Final

import msgspec

from services.api.open_cards import OpenCards
from services.api.schemas import DivisionSummary
from services.api.tree import Division, DivisionTree
from services.catalog.divisions import DivisionCode
from services.catalog.periods import Period

_TOLD_PLACES: Final = 2048
_ENCODER: Final = msgspec.json.Encoder()


class Directory:
    """The divisions of one snapshot and the open cards of one moment; made anew when either changes."""

    def __init__(self, tree: DivisionTree, cards: OpenCards) -> None:
        self.tree = tree
        self.cards = cards
        self._told: dict[tuple[str, Period, str], bytes] = {}

    def summary(self, division: Division) -> DivisionSummary:
        """One division."""
        ref = division.ref
        return DivisionSummary(ref.code, ref.name, ref.level, division.villages, *self.cards.counts(ref.code))

    def children(self, code: str, period: Period) -> Sequence[DivisionSummary]:
        """The divisions directly below one that existed in the period, by code."""
        return [self.summary(child) for child in self.tree.children(code) if child.existed_in(period)]

    def told_place(self, division: Division, period: Period, scope: DivisionCode) -> bytes:
        """The members `division`, `path`, `period`, `summary` and `children` of a JSON object.

        What was asked for once is encoded already.
        """
        key = (division.code, period, scope.code)
        told = self._told.get(key)
        if told is None:
            place = {
                "division": division.ref,
                "path": [step.ref for step in self.tree.path(division, scope)],
                "period": str(period),
                "summary": self.summary(division),
                "children": self.children(division.code, period),
            }
            told = _ENCODER.encode(place)[1:-1]
            if len(self._told) >= _TOLD_PLACES:
                self._told.clear()
            self._told[key] = told
        return told
