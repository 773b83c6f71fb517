"""Five classes of one hue, cut at the fifths of what was reported. Silence has no class."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

CLASS_COUNT = 5


@dataclass(frozen=True)
class Classes:
    """Bounds between classes, ascending; at most four, fewer when values repeat.

    Class 5 is the best. Where less is better, the smallest values are therefore in class 5.
    """

    bounds: tuple[float, ...]
    less_is_better: bool = False

    def of(self, value: float | None) -> int | None:
        """1 (weakest) to 5 (best); None for a value nobody reported."""
        if value is None:
            return None
        step = bisect_right(self.bounds, value)
        return CLASS_COUNT - step if self.less_is_better else CLASS_COUNT - len(self.bounds) + step

    def ranges(self) -> list[tuple[int, float | None, float | None]]:
        """(class, from, below) of each class in use, best first; None is an open end."""
        edges: list[float | None] = [None, *self.bounds, None]
        rows = [(self._class_at(i), edges[i], edges[i + 1]) for i in range(len(edges) - 1)]
        return sorted(rows, key=lambda row: -row[0])

    def _class_at(self, step: int) -> int:
        return CLASS_COUNT - step if self.less_is_better else CLASS_COUNT - len(self.bounds) + step


def fifths(values: Iterable[float | None], *, less_is_better: bool = False) -> Classes:
    """Bounds at the fifths of the reported values; equal values never fall into two classes."""
    known = sorted(value for value in values if value is not None)
    cuts = [known[len(known) * k // CLASS_COUNT] for k in range(1, CLASS_COUNT)] if known else []
    return Classes(tuple(sorted({cut for cut in cuts if cut > known[0]})), less_is_better)
