"""Divisions with what stands below them: reporting villages and open cards."""

from collections.abc import Sequence
from typing import Final

import msgspec
from cachetools import LRUCache

from services.api.open_cards import OpenCards
from services.api.schemas import DivisionSummary
from services.api.tree import Division, DivisionTree
from services.catalog.periods import Period

_TOLD_PARENTS: Final = 2048
_ENCODER: Final = msgspec.json.Encoder()


class Directory:
    """The divisions of one snapshot and the open cards of one moment; made anew when either changes."""

    def __init__(self, tree: DivisionTree, cards: OpenCards) -> None:
        self.tree = tree
        self.cards = cards
        self._told: LRUCache[tuple[str, Period], bytes] = LRUCache(_TOLD_PARENTS)

    def summary(self, division: Division) -> DivisionSummary:
        """One division."""
        ref = division.ref
        return DivisionSummary(ref.code, ref.name, ref.level, division.villages, *self.cards.counts(ref.code))

    def children(self, code: str, period: Period) -> Sequence[DivisionSummary]:
        """The divisions directly below one that existed in the period, by code."""
        return [self.summary(child) for child in self.tree.children(code) if child.existed_in(period)]

    def told_children(self, code: str, period: Period) -> bytes:
        """The same as JSON; what was asked for once is encoded already."""
        key = (code, period)
        told = self._told.get(key)
        if told is None:
            told = _ENCODER.encode(self.children(code, period))
            self._told[key] = told
        return told
