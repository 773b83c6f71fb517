"""One period of the metric values in memory: sorted columns, and where each group of rows stands."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, Literal

import msgspec
import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from services.api.schemas import DivisionRef, Reading

Columns = Mapping[str, NDArray[Any]]
Rows = slice | NDArray[np.intp]
Among = Literal["siblings", "county", "city"]

_FLOATS: Final = ("numerator", "denominator", "value", "previous", "year_ago")
_PLACES: Final[dict[Among, tuple[str, str]]] = {
    "siblings": ("rank", "places"),
    "county": ("county_rank", "county_places"),
    "city": ("city_rank", "city_places"),
}
_WHOLE: Final = ("division", "parent", "metric", "reported", "expected", *(n for p in _PLACES.values() for n in p))
_NO_COLUMNS: Final = {name: np.empty(0, np.int64) for name in _WHOLE} | {
    name: np.empty(0) for name in _FLOATS
}  # fmt: skip
# A Reading as it is encoded: a struct is made in a third of the time, and its division is JSON already.
_Told: Final[Any] = msgspec.defstruct("Told", [field.name for field in fields(Reading)], gc=False)
_NULL: Final = -1
_TOLD_GROUPS: Final = 1024
_ENCODER: Final = msgspec.json.Encoder()
_NOTHING: Final = slice(0, 0)


class DamagedSnapshot(ValueError):
    """A snapshot file whose marts contradict one another."""


@dataclass(frozen=True)
class _Group:
    """The rows of one parent and one metric, by division."""

    parent: str
    metric: str
    start: int
    stop: int


class Slice:
    """The metric values of one period. `columns` are sorted by parent, metric and division."""

    def __init__(
        self,
        period: str,
        columns: Columns | None = None,
        metrics: Sequence[str] = (),
        refs: Sequence[DivisionRef] = (),
    ) -> None:
        self._period = period
        self._metrics = metrics
        self._refs = [msgspec.Raw(_ENCODER.encode(ref)) for ref in refs]
        self._columns = {name: _filled(column) for name, column in (columns or _NO_COLUMNS).items()}
        self._number = {ref.code: number for number, ref in enumerate(refs)}
        self._division = _numbers(self._columns.pop("division"), refs, period)
        self._told: LRUCache[tuple[str, str], bytes] = LRUCache(_TOLD_GROUPS)
        self._spans: dict[tuple[str, str], slice] = {}
        self._parents: dict[str, slice] = {}
        self._metrics_below: dict[str, list[str]] = {}
        for group in _groups(self._columns.pop("parent"), self._columns["metric"], metrics):
            self._spans[group.parent, group.metric] = slice(group.start, group.stop)
            begun = self._parents.get(group.parent, slice(group.start, group.stop))
            self._parents[group.parent] = slice(begun.start, group.stop)
            self._metrics_below.setdefault(group.parent, []).append(group.metric)

    def children(self, parent: str, metrics: Sequence[str] = ()) -> list[Reading]:
        """Readings of the divisions directly below `parent`, by metric, then code; of all metrics if none."""
        if not metrics:
            return self._readings(self._parents.get(parent, _NOTHING))
        found: list[Reading] = []
        for metric in metrics:
            found += self._readings(self._spans.get((parent, metric), _NOTHING))
        return found

    def told_children(self, parent: str, metrics: Sequence[str] = ()) -> msgspec.Raw:
        """The same as JSON. What was asked for once is encoded already: a slice never changes."""
        names = metrics or self._metrics_below.get(parent, ())
        groups = [told for name in names if (told := self._told_group(parent, name))]
        return msgspec.Raw(b"[" + b",".join(groups) + b"]")

    def _told_group(self, parent: str, metric: str) -> bytes:
        """The readings of one group, one after the other; empty where there are none."""
        key = (parent, metric)
        told = self._told.get(key)
        if told is None:
            told = _ENCODER.encode(self._readings(self._spans.get(key, _NOTHING)))[1:-1]
            self._told[key] = told
        return told

    def own(self, division: str, parent: str | None, metrics: Sequence[str] = ()) -> list[Reading]:
        """Readings of one division, in the order of `metrics`; of all its metrics by name if none."""
        above = parent or "0"
        number = self._number.get(division, _NULL)
        rows: list[int] = []
        for metric in metrics or self._metrics_below.get(above, ()):
            span = self._spans.get((above, metric), _NOTHING)
            row = span.start + int(np.searchsorted(self._division[span], number))
            if row < span.stop and self._division[row] == number:
                rows.append(row)
        if len(rows) == 1:
            return self._readings(slice(rows[0], rows[0] + 1))
        return self._readings(np.array(rows, dtype=np.intp))

    def ranked(self, parents: Sequence[str], metric: str, among: Among) -> list[Reading]:
        """Readings of all divisions below `parents` by place, then code; those without a place last."""
        spans = [self._spans[key] for parent in parents if (key := (parent, metric)) in self._spans]
        if not spans:
            return []
        rows = np.concatenate([np.arange(span.start, span.stop) for span in spans])
        places = self._columns[_PLACES[among][0]][rows].astype(np.int64)
        places[places == _NULL] = np.iinfo(np.int64).max
        return self._readings(rows[np.lexsort((self._division[rows], places))], among)

    def _readings(self, rows: Rows, among: Among = "siblings") -> list[Reading]:
        columns = self._columns
        rank, places = _PLACES[among]
        floats = [_nullable(columns[name][rows].tolist()) for name in _FLOATS]
        whole = [columns[name][rows].tolist() for name in ("metric", rank, places, "reported", "expected")]
        names, refs, period = self._metrics, self._refs, self._period
        return [
            _Told(
                refs[d], period, names[metric], numerator, denominator, value,
                None if place == _NULL else place, 0 if of == _NULL else of,
                reported, expected, previous, year_ago,
            )
            for d, metric, numerator, denominator, value, place, of, reported, expected, previous, year_ago
            in zip(
                self._division[rows].tolist(), whole[0], *floats[:3], *whole[1:], *floats[3:], strict=True
            )
        ]  # fmt: skip


def _numbers(codes: NDArray[Any], refs: Sequence[DivisionRef], period: str) -> NDArray[np.int32]:
    """The place of each code among the divisions, which are sorted."""
    known = np.array([int(ref.code) for ref in refs], dtype=np.int64)
    numbers = np.searchsorted(known, codes)
    if len(codes) and (numbers.max() >= len(known) or not np.array_equal(known[numbers], codes)):
        raise DamagedSnapshot(f"{period}: marts.metric_values has divisions that marts.divisions has not")
    return numbers.astype(np.int32)


def _filled(column: NDArray[Any]) -> NDArray[Any]:
    """A column without a mask: null is NaN."""
    return column.filled(math.nan) if isinstance(column, np.ma.MaskedArray) else column


def _nullable(values: list[float]) -> list[float | None]:
    return [None if value != value else value for value in values]  # noqa: PLR0124  only NaN differs from itself


def _groups(parents: NDArray[Any], metrics: NDArray[Any], names: Sequence[str]) -> Iterator[_Group]:
    """Where each parent's rows of each metric begin and end, in order."""
    if not len(parents):
        return
    changes = np.flatnonzero((parents[1:] != parents[:-1]) | (metrics[1:] != metrics[:-1])) + 1
    starts = [0, *changes.tolist()]
    for start, stop in zip(starts, [*starts[1:], len(parents)], strict=True):
        yield _Group(str(parents[start]), names[metrics[start]], start, stop)
