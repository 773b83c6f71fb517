"""One refresh: read what changed, build, publish, announce, judge. Safe to be killed at any point.

The warehouse and its watermark change in one transaction; a snapshot that was built but not published,
or published but not judged, is taken up again by the next refresh.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Final

import duckdb
import psycopg
from duckdb import DuckDBPyConnection
from psycopg.rows import TupleRow

from services.analytics.build import News, SnapshotName, build, create_schemas, has_relation
from services.analytics.extract import Changes, Report, Watermark, find_changes, stage, stage_records
from services.analytics.judge import Verdicts, judge
from services.analytics.publish import clear, next_name, publish, restore
from services.catalog.load import Catalog
from services.core.clock import Clock
from services.core.database import SNAPSHOTS_CHANNEL
from services.core.scopes import connect_serving
from services.core.sealing import seal_of
from services.core.settings import Settings

_LOCK: Final = 7_262_318
"""Advisory lock: one refresh at a time, whoever asks for it."""


@dataclass(frozen=True)
class Refreshed:
    """What a refresh did; `snapshot` is None when there was nothing to do. Times in seconds, by stage."""

    snapshot: str | None
    reports: frozenset[Report] = frozenset()
    verdicts: Verdicts = field(default_factory=Verdicts)
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Refresher:
    """Refreshes one warehouse from one database."""

    settings: Settings
    address: str
    catalog: Catalog
    clock: Clock

    def refresh(self, *, full: bool = False, progress: Callable[[str], None] = lambda step: None) -> Refreshed:
        """Bring the warehouse up to what is committed; `full` builds it from nothing.

        Raises BrokenWarehouse, with the last good snapshot left in place, when a check fails.
        """
        file = self.settings.working_file
        file.parent.mkdir(parents=True, exist_ok=True)
        with connect_serving(self.address) as connection:
            connection.execute("select pg_advisory_lock(%s)", [_LOCK])
            connection.commit()
            return self._refresh(connection, file, full=full, progress=progress)

    def _refresh(
        self,
        connection: psycopg.Connection[TupleRow],
        file: Path,
        *,
        full: bool,
        progress: Callable[[str], None],
    ) -> Refreshed:
        times = _Times(progress)
        restore(file, self.settings.snapshot_dir)
        with self._warehouse(connection, file, times, full=full) as warehouse:
            connection.execute("set transaction isolation level repeatable read")
            changes = find_changes(connection, _watermark(warehouse))
            name = _last_name(warehouse)
            news = self._news(warehouse, changes, name)
            if news is not None:
                with times.stage("extract"):
                    stage(connection, warehouse, changes.reports, file.parent, seal_of(self.settings))
                    stage_records(connection, warehouse, news.sources, file.parent)
            connection.commit()
            if news is not None:
                name = self._build(warehouse, changes, news, name, times)
            as_of = _last_moment(warehouse)
        published = self._publish(connection, file, name, as_of, times)
        done = self._judge(connection, changes, name, times, published=published)
        # Readers open the snapshot meanwhile: nobody waits for this but the next refresh.
        clear(
            self.settings.snapshot_dir,
            keep=self.settings.keep_snapshots,
            months=self.settings.keep_period_snapshots,
            today=self.clock.today(),
        )
        restore(file, self.settings.snapshot_dir)
        return done

    @contextmanager
    def _warehouse(
        self, connection: psycopg.Connection[TupleRow], file: Path, times: "_Times", *, full: bool
    ) -> Iterator[DuckDBPyConnection]:
        """The working file, in one transaction; a file of another catalog, register or database is begun anew."""
        with times.stage("open"):
            warehouse = None if full else self._open_fitting(connection, file)
            if warehouse is None:
                _remove(file)
                warehouse = self._open(file)
        try:
            warehouse.execute("begin")
            create_schemas(warehouse)
            yield warehouse
            with times.stage("commit"):
                warehouse.execute("commit")
        finally:
            warehouse.close()

    def _open(self, file: Path) -> DuckDBPyConnection:
        warehouse = duckdb.connect(
            str(file),
            config={
                "preserve_insertion_order": False,
                "memory_limit": self.settings.warehouse_memory,
                # Every commit goes straight into the file, and not into a log beside it first.
                "checkpoint_threshold": "1KB",
                # A refresh reads a few hundred metrics out of twenty million values: let the scans look for each.
                "dynamic_or_filter_threshold": 1000,
            },
        )
        warehouse.execute("set timezone = 'Asia/Shanghai'")
        return warehouse

    def _open_fitting(self, connection: psycopg.Connection[TupleRow], file: Path) -> DuckDBPyConnection | None:
        """The working file, if it is there, can be opened, and is of this database, register and catalog."""
        if not file.exists():
            return None
        try:
            warehouse = self._open(file)
        except duckdb.Error:
            return None
        if _fits(warehouse, connection, self.catalog):
            return warehouse
        warehouse.close()
        return None

    def _news(self, warehouse: DuckDBPyConnection, changes: Changes, last: str | None) -> News | None:
        """What there may be to build from; None when there is nothing. Before the first report there is not."""
        sources = changes.sources & {form.source for form in self.catalog.computed_forms}
        has_passed = last is not None and _has_passed(warehouse, self.clock.now())
        if changes.reports or has_passed or (last is not None and sources):
            return News(changes.reports, sources, is_certain=has_passed)
        return None

    def _build(
        self, warehouse: DuckDBPyConnection, changes: Changes, news: News, last: str | None, times: "_Times"
    ) -> str | None:
        """The name of the snapshot that was built, or of the last one where nothing came of the news."""
        name = next_name(self.settings.snapshot_dir, last)
        snapshot = SnapshotName(name, self.clock.now(), self.catalog.version)
        with times.stage("build"):
            is_built = build(warehouse, self.catalog, news, snapshot, times.progress)
            _keep_watermark(warehouse, changes.watermark)
        return name if is_built else last

    def _publish(
        self,
        connection: psycopg.Connection[TupleRow],
        file: Path,
        name: str | None,
        as_of: datetime | None,
        times: "_Times",
    ) -> bool:
        folder = self.settings.snapshot_dir
        if name is None or as_of is None or (folder / f"{name}.duckdb").exists():
            return False
        with times.stage("publish"):
            publish(file, folder, name, as_of)
            # Values are served while cards are judged; word of those comes after.
            _announce(connection, name)
        return True

    def _judge(
        self,
        connection: psycopg.Connection[TupleRow],
        changes: Changes,
        name: str | None,
        times: "_Times",
        *,
        published: bool,
    ) -> Refreshed:
        if name is None:
            return Refreshed(None)
        with (
            times.stage("judge"),
            duckdb.connect(str(self.settings.snapshot_dir / f"{name}.duckdb"), read_only=True) as snapshot,
        ):
            snapshot.execute("set timezone = 'Asia/Shanghai'")
            verdicts = judge(connection, snapshot, self.catalog, self.clock)
            if verdicts == Verdicts():
                connection.commit()
            else:
                _announce(connection, name)
        return Refreshed(name if published else None, changes.reports, verdicts, times.seconds)


def _announce(connection: psycopg.Connection[TupleRow], name: str) -> None:
    connection.execute("select pg_notify(%s, %s)", [SNAPSHOTS_CHANNEL, name])
    connection.commit()


class _Times:
    def __init__(self, progress: Callable[[str], None]) -> None:
        self.progress = progress
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self.progress(name)
        begun = perf_counter()
        yield
        self.seconds[name] = perf_counter() - begun


def _fits(warehouse: DuckDBPyConnection, connection: psycopg.Connection[TupleRow], catalog: Catalog) -> bool:
    """Whether the warehouse was built for this database, register and catalog."""
    try:
        kept = _watermark(warehouse)
        row = warehouse.execute("select catalog_version from facts.snapshot").fetchone()
    except duckdb.Error:
        return False
    present = find_changes(connection, Watermark(horizon=2**62)).watermark
    connection.commit()
    same = (kept.database, kept.register) == (present.database, present.register)
    # Transaction ids only grow; one that has passed is of another server, where this database was restored.
    return same and kept.horizon <= present.horizon and row is not None and row[0] == catalog.version


def _has_passed(warehouse: DuckDBPyConnection, now: datetime) -> bool:
    """Whether a day that was to come in the last snapshot is over by now without what was awaited until then: a
    report, a reply, a follow-up, a card acknowledged or put right. Nobody sends word of that.
    """
    row = warehouse.execute(
        """with last as (
            select as_of, cast(timezone('Asia/Shanghai', as_of) as date) as day from facts.snapshot
        ), awaited as (
            select due_on from facts.orders where state in ('issued', 'returned')
            union all
            select due_on from facts.meeting_follow_ups where done_on is null
            union all
            select due_on from facts.cards where status not in ('lifting_proposed', 'rectified', 'verified', 'closed')
            union all
            select acknowledge_by from facts.cards where status = 'raised'
        )
        select
            exists (
                select 1
                from facts.expected_reports as e
                cross join last as n
                anti join facts.submissions as s
                    on s.form = e.form and s.period = e.period and s.division = e.division
                where e.on_time_until >= n.as_of and e.on_time_until < $now
            )
            or exists (
                select 1 from awaited as a cross join last as n where a.due_on >= n.day and a.due_on < $today
            )""",
        {"now": now, "today": now.date()},
    ).fetchone()
    return bool(row and row[0])


def _remove(file: Path) -> None:
    for path in (file, file.with_name(file.name + ".wal")):
        path.unlink(missing_ok=True)


def _watermark(warehouse: DuckDBPyConnection) -> Watermark:
    warehouse.execute(
        """create table if not exists facts.watermark (
            horizon bigint, seen bigint[], database varchar, register varchar, events map(varchar, bigint)
        )"""
    )
    row = warehouse.execute("select horizon, seen, database, register, events from facts.watermark").fetchone()
    return Watermark(row[0], frozenset(row[1]), row[2], row[3], row[4]) if row else Watermark()


def _keep_watermark(warehouse: DuckDBPyConnection, watermark: Watermark) -> None:
    warehouse.execute("delete from facts.watermark")
    warehouse.execute(
        "insert into facts.watermark values (?, ?, ?, ?, ?)",
        [watermark.horizon, sorted(watermark.seen), watermark.database, watermark.register, dict(watermark.events)],
    )


def _last_name(warehouse: DuckDBPyConnection) -> str | None:
    if not has_relation(warehouse, "facts", "snapshot"):
        return None
    row = warehouse.execute("select name from facts.snapshot").fetchone()
    return row[0] if row else None


def _last_moment(warehouse: DuckDBPyConnection) -> datetime | None:
    """The moment of the data in the warehouse; None before the first build."""
    if not has_relation(warehouse, "facts", "snapshot"):
        return None
    row = warehouse.execute("select as_of from facts.snapshot").fetchone()
    return row[0] if row else None
