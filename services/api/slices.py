"""The metric values of a period in memory: a metric's rows as sorted columns, and where each parent's stand."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import pairwise
from typing import Any, Final, Literal

import msgspec
import numpy as np
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
# A Reading as it is encoded: a struct is made in a third of the time, its division is JSON already, and what is
# missing is NaN, which JSON tells as null.
_Told: Final[Any] = msgspec.defstruct("Told", [field.name for field in fields(Reading)], gc=False)
_NULL: Final = -1
_TOLD_GROUPS: Final = 1024
_ENCODER: Final = msgspec.json.Encoder()
_NOTHING: Final = slice(0, 0)


class DamagedSnapshot(ValueError):
    """A snapshot file whose marts contradict one another."""


@dataclass(frozen=True)
class Layout:
    """Which divisions a metric has rows for: `divisions` by parent, then code; metrics of a form share one."""

    codes: NDArray[np.int64]
    parents: NDArray[np.int64]
    refs: list[msgspec.Raw]
    spans: dict[str, slice]
    row_of: dict[str, int]

    @classmethod
    def of(cls, codes: NDArray[np.int64], parents: NDArray[np.int64], told: Mapping[str, msgspec.Raw]) -> "Layout":
        """The layout of rows in this order. `told` has every division as JSON, by code; KeyError for another."""
        listed = [str(code) for code in codes.tolist()]
        starts = [0, *(np.flatnonzero(parents[1:] != parents[:-1]) + 1).tolist(), len(listed)]
        return cls(
            codes,
            parents,
            [told[code] for code in listed],
            {str(parents[start]): slice(start, stop) for start, stop in pairwise(starts)},
            {code: row for row, code in enumerate(listed)},
        )

    def fits(self, codes: NDArray[np.int64], parents: NDArray[np.int64]) -> bool:
        """Whether rows in this order have this layout."""
        return np.array_equal(self.codes, codes) and np.array_equal(self.parents, parents)


@dataclass(frozen=True)
class MetricRows:
    """One metric in one period. They never change, so a later snapshot that has the same takes them over."""

    metric: str
    layout: Layout
    columns: Columns


@dataclass(frozen=True)
class Slice:
    """One period: its metrics by name."""

    period: str
    metrics: Mapping[str, MetricRows] = field(default_factory=dict)
    _told: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def children(self, parent: str, metrics: Sequence[str] = ()) -> list[Reading]:
        """Readings of the divisions directly below `parent`, by metric, then code; of all metrics if none."""
        found: list[Reading] = []
        for rows in self._wanted(metrics):
            found += self._readings(rows, rows.layout.spans.get(parent, _NOTHING))
        return found

    def told_children(self, parent: str, metrics: Sequence[str] = ()) -> bytes:
        """The same as JSON. What was asked for once is encoded already: a slice never changes."""
        groups = [told for rows in self._wanted(metrics) if (told := self._told_group(parent, rows))]
        return b"[" + b",".join(groups) + b"]"

    def _told_group(self, parent: str, rows: MetricRows) -> bytes:
        """The readings of one group, one after the other; empty where there are none."""
        key = (parent, rows.metric)
        told = self._told.get(key)
        if told is None:
            told = _ENCODER.encode(self._readings(rows, rows.layout.spans.get(parent, _NOTHING)))[1:-1]
            if len(self._told) >= _TOLD_GROUPS:
                self._told.clear()
            self._told[key] = told
        return told

    def own(self, division: str, metrics: Sequence[str] = ()) -> list[Reading]:
        """Readings of one division, in the order of `metrics`; of all its metrics by name if none."""
        found: list[Reading] = []
        for rows in self._wanted(metrics):
            row = rows.layout.row_of.get(division)
            if row is not None:
                found.append(self._reading(rows, row))
        return found

    def told_own(self, division: str, metrics: Sequence[str] = ()) -> bytes:
        """The same as JSON."""
        return _ENCODER.encode(self.own(division, metrics))

    def ranked(self, parents: Sequence[str], metric: str, among: Among) -> list[Reading]:
        """Readings of all divisions below `parents` by place, then code; those without a place last."""
        rows = self.metrics.get(metric)
        spans = [span for parent in parents if rows and (span := rows.layout.spans.get(parent))]
        if rows is None or not spans:
            return []
        chosen = np.concatenate([np.arange(span.start, span.stop) for span in spans])
        places = rows.columns[_PLACES[among][0]][chosen].astype(np.int64)
        places[places == _NULL] = np.iinfo(np.int64).max
        return self._readings(rows, chosen[np.lexsort((rows.layout.codes[chosen], places))], among)

    def _wanted(self, metrics: Sequence[str]) -> Iterator[MetricRows]:
        return (rows for name in metrics or self.metrics if (rows := self.metrics.get(name)))

    def _reading(self, rows: MetricRows, row: int) -> Reading:
        columns = rows.columns
        numerator, denominator, value, previous, year_ago = (columns[name].item(row) for name in _FLOATS)
        place, of = columns["rank"].item(row), columns["places"].item(row)
        reading: Reading = _Told(
            rows.layout.refs[row], self.period, rows.metric, numerator, denominator, value,
            None if place == _NULL else place, 0 if of == _NULL else of,
            columns["reported"].item(row), columns["expected"].item(row), previous, year_ago,
        )  # fmt: skip
        return reading

    def _readings(self, rows: MetricRows, chosen: Rows, among: Among = "siblings") -> list[Reading]:
        columns, metric, period = rows.columns, rows.metric, self.period
        rank, places = _PLACES[among]
        floats = [columns[name][chosen].tolist() for name in _FLOATS]
        whole = [columns[name][chosen].tolist() for name in (rank, places, "reported", "expected")]
        refs = rows.layout.refs
        told = refs[chosen] if isinstance(chosen, slice) else [refs[row] for row in chosen.tolist()]
        return [
            _Told(
                ref, period, metric, numerator, denominator, value,
                None if place == _NULL else place, 0 if of == _NULL else of,
                reported, expected, previous, year_ago,
            )
            for ref, numerator, denominator, value, place, of, reported, expected, previous, year_ago
            in zip(told, *floats[:3], *whole, *floats[3:], strict=True)
        ]  # fmt: skip


def told_divisions(refs: Iterable[DivisionRef]) -> dict[str, msgspec.Raw]:
    """Every division as JSON, by code."""
    return {ref.code: msgspec.Raw(_ENCODER.encode(ref)) for ref in refs}


def metric_rows(
    columns: Columns, names: Sequence[str], told: Mapping[str, msgspec.Raw], layouts: list[Layout]
) -> dict[str, MetricRows]:
    """The rows of one period, sorted by metric (its place in `names`), parent and division, by metric.

    `layouts` are those known already; new ones are added. Raises DamagedSnapshot for an unknown division.
    """
    filled = {name: _filled(column) for name, column in columns.items()}
    codes, parents, metrics = filled.pop("division"), filled.pop("parent"), filled.pop("metric")
    found: dict[str, MetricRows] = {}
    starts = [0, *(np.flatnonzero(metrics[1:] != metrics[:-1]) + 1).tolist(), len(metrics)] if len(metrics) else []
    for start, stop in pairwise(starts):
        rows, name = slice(start, stop), names[metrics[start]]
        layout = _layout(codes[rows], parents[rows], told, layouts)
        found[name] = MetricRows(name, layout, {column: values[rows] for column, values in filled.items()})
    return found


def _layout(
    codes: NDArray[np.int64], parents: NDArray[np.int64], told: Mapping[str, msgspec.Raw], layouts: list[Layout]
) -> Layout:
    known = next((layout for layout in layouts if layout.fits(codes, parents)), None)
    if known is None:
        try:
            known = Layout.of(codes, parents, told)
        except KeyError as error:
            raise DamagedSnapshot(f"marts.metric_values has {error}, marts.divisions has not") from error
        layouts.append(known)
    return known


def _filled(column: NDArray[Any]) -> NDArray[Any]:
    """A column without a mask: null is NaN."""
    return column.filled(math.nan) if isinstance(column, np.ma.MaskedArray) else column
