"""One published snapshot: a read-only file, what of it stands in memory, and reads of the rest."""

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

import duckdb

from services.api.schemas import DivisionRef
from services.api.slices import Columns, DamagedSnapshot, Layout, MetricRows, Slice, metric_rows, told_divisions
from services.api.tree import Division, DivisionTree
from services.catalog.periods import PeriodKind
from services.core.clock import TIME_ZONE
from services.core.database import load_queries

_QUERIES: Final = load_queries("services.api")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
SNAPSHOT_FILE: Final = "snapshot-*.duckdb"
"""The name that a file has once it is whole; before, it ends in `.part`."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ReportingPeriod:
    """A period that has values."""

    period: str
    kind: PeriodKind
    first_on: date
    last_on: date


def newest_snapshot(folder: Path) -> Path | None:
    """The newest complete snapshot file; None before the first."""
    return max(folder.glob(SNAPSHOT_FILE), key=lambda path: (len(path.name), path.name), default=None)


def moment_of(path: Path) -> tuple[str, datetime]:
    """The name that a snapshot file bears and the moment of its data; DamagedSnapshot or duckdb.Error."""
    with duckdb.connect(path, read_only=True) as connection:
        name, as_of, _ = _said_of_itself(connection, path)
        return name, as_of


def _said_of_itself(connection: duckdb.DuckDBPyConnection, path: Path) -> tuple[str, datetime, str]:
    found = connection.execute(_QUERIES["snapshot_row"]).fetchall()
    if len(found) != 1:
        raise DamagedSnapshot(f"{path.name}: marts.snapshot has {len(found)} rows")
    name, as_of_us, catalog_version = found[0]
    return name, (_EPOCH + timedelta(microseconds=as_of_us)).astimezone(TIME_ZONE), catalog_version


class Snapshot:
    """An open snapshot. It never changes; its connection closes when nobody holds it any more."""

    def __init__(self, path: Path, hot_periods: int) -> None:
        self.path = path
        self._connection = duckdb.connect(path, read_only=True)
        self._cursors: list[duckdb.DuckDBPyConnection] = []
        self._lock = threading.Lock()
        self._hot_periods = hot_periods
        self._slices: OrderedDict[str, Slice] = OrderedDict()
        self._loading: dict[str, asyncio.Task[Slice]] = {}
        self._asked: set[str] = set()
        self._taken_over: dict[str, dict[str, MetricRows]] = {}
        self.name, self.as_of, self.catalog_version = _said_of_itself(self._connection, path)
        self.tree = DivisionTree(
            Division(DivisionRef(code, name, level), *rest)
            for code, name, level, *rest in self._rows("division_rows")
        )
        self.periods = [ReportingPeriod(*row) for row in self._rows("period_rows")]
        self.submissions = frozenset(row[0] for row in self._rows("submission_ids"))
        self._changed: dict[str, dict[str, str]] = {}
        for metric, period, changed_in in self._rows("change_rows"):
            self._changed.setdefault(period, {})[metric] = changed_in
        self.metrics = sorted({metric for metrics in self._changed.values() for metric in metrics})
        self._told = told_divisions(self.tree.refs)
        self._layouts: list[Layout] = []

    def _rows(self, name: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(_QUERIES[name]).fetchall()

    @property
    def used_periods(self) -> list[str]:
        """The periods that readers asked for since it was opened, and still are in memory."""
        return [period for period in self._slices if period in self._asked]

    def take_over(self, older: "Snapshot") -> None:
        """Keep what an older one has in memory and this one has unchanged; the rest is read when it is asked for."""
        if older.tree.refs != self.tree.refs:
            return
        self._layouts = list(older._layouts)
        for period, loaded in older._slices.items():
            mine, theirs = self._changed.get(period, {}), older._changed.get(period, {})
            self._taken_over[period] = {
                metric: rows for metric, rows in loaded.metrics.items() if mine.get(metric) == theirs.get(metric)
            }

    async def slice_of(self, period: str) -> Slice:
        """The values of one period: at once when they are in memory, else they are loaded first."""
        if period not in self._changed:
            return Slice(period)
        self._asked.add(period)
        found = self._slices.get(period)
        if found is None:
            return await self._loaded(period)
        self._slices.move_to_end(period)
        return found

    async def warm(self, periods: Iterable[str]) -> None:
        """Load periods before the first reader asks; those that have no rows any more are left out."""
        for period in periods:
            if period in self._changed:
                await self._loaded(period)

    async def _loaded(self, period: str) -> Slice:
        task = self._loading.get(period)
        if task is None:
            task = asyncio.create_task(self._load(period))
            self._loading[period] = task
            task.add_done_callback(lambda _: self._loading.pop(period, None))
        return await asyncio.shield(task)

    async def _load(self, period: str) -> Slice:
        known = self._taken_over.pop(period, {})
        wanted = [metric for metric in self._changed[period] if metric not in known]
        if wanted:
            known |= await self._in_thread(lambda cursor: self._read_metrics(cursor, period, wanted))
        loaded = Slice(period, dict(sorted(known.items())))
        self._slices[period] = loaded
        while len(self._slices) > self._hot_periods:
            self._slices.popitem(last=False)
        return loaded

    def _read_metrics(
        self, cursor: duckdb.DuckDBPyConnection, period: str, metrics: list[str]
    ) -> dict[str, MetricRows]:
        columns: Columns = cursor.execute(_QUERIES["slice_rows"], {"period": period, "metrics": metrics}).fetchnumpy()
        return metric_rows(columns, metrics, self._told, self._layouts)

    async def read(self, row: Callable[..., T], query: str, values: Mapping[str, object]) -> list[T]:
        """The rows of a query, each made into `row`; in a thread, for DuckDB blocks."""
        rows = await self._in_thread(lambda cursor: cursor.execute(query, dict(values)).fetchall())
        return [row(*found) for found in rows]

    async def _in_thread(self, work: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        """Do `work` in a thread, with a cursor that no other thread has meanwhile."""

        def worked() -> T:
            # Within the thread: a reader who goes away must not hand on a cursor that is still at work.
            with self._lock:
                cursor = self._cursors.pop() if self._cursors else self._connection.cursor()
            try:
                return work(cursor)
            finally:
                self._cursors.append(cursor)

        return await asyncio.to_thread(worked)
