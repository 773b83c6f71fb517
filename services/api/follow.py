"""Keeps the board up to date: listens to what is announced, and looks by itself now and then."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Final

import duckdb
import psycopg
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from services.api.board import Board, Served
from services.api.directory import Directory
from services.api.open_cards import NO_CARDS, OpenCards, cards_version, read_open_cards
from services.api.pending import Ledger
from services.api.slices import DamagedSnapshot
from services.api.snapshot import Snapshot, newest_snapshot
from services.core.database import SNAPSHOTS_CHANNEL, SUBMISSIONS_CHANNEL, listening
from services.core.scopes import serving
from services.core.settings import Settings
from services.core.telemetry import log_of

_LOG: Final = log_of("api")
_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 10.0
_LONGEST_LOOK: Final = 2.0
_BREATH: Final = 0.02
"""Seconds between two counts of what is pending, so that a flood of reports leaves time for readers."""
_UNREACHABLE: Final = (SQLAlchemyError, psycopg.Error, OSError)


class Follower:
    """Opens each new snapshot, counts what is pending, reads the open cards, and puts it on the board."""

    def __init__(self, board: Board, settings: Settings, engine: AsyncEngine, database_url: str) -> None:
        self._board = board
        self._settings = settings
        self._engine = engine
        self._database_url = database_url
        self._ledger = Ledger()
        self._cards: OpenCards = NO_CARDS
        self._snapshot: Snapshot | None = None
        self._warm: list[str] = []
        self._at_work = asyncio.Lock()
        self._reading_cards = asyncio.Lock()  # or an older count could follow a newer one

    async def look(self) -> None:
        """Take in everything that is new, once; the switch comes last and at one stroke."""
        async with self._at_work:
            await self._look()

    async def _look(self) -> None:
        opened = await self._open_newest()
        async with serving(self._engine) as connection:
            async with self._reading_cards:
                if opened is not None or await cards_version(connection) != self._cards.version:
                    self._cards = await read_open_cards(connection)
            await self._ledger.read_on(connection)
        if opened is not None:
            self._ledger.compare_with(opened.submissions)
            self._snapshot = opened
            _LOG.info("snapshot opened", snapshot=opened.name, pending=self._ledger.pending)
        self._publish()

    async def count_pending(self) -> None:
        """Take in new submissions alone."""
        async with self._at_work:
            async with serving(self._engine) as connection:
                await self._ledger.read_on(connection)
            self._publish()

    async def read_cards(self) -> None:
        """Take in what was done with cards alone, so that whoever did it finds it done."""
        # What was done is done, also when the database goes away now; then `run` takes it in later.
        with suppress(*_UNREACHABLE):
            async with self._reading_cards, serving(self._engine) as connection:
                self._cards = await read_open_cards(connection)
            self._publish()

    async def end(self, running: asyncio.Task[None]) -> None:
        """End `run`, between two looks if that is soon: a connection that is just being opened would be lost."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LONGEST_LOOK):
                await self._at_work.acquire()
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    async def run(self) -> None:
        """Follow what is announced until cancelled; when the database goes away, wait for it."""
        pause = _FIRST_PAUSE
        while True:
            try:
                async with listening(self._database_url, SNAPSHOTS_CHANNEL, SUBMISSIONS_CHANNEL) as connection:
                    await self.look()
                    pause = _FIRST_PAUSE
                    await self._follow(connection)
            except _UNREACHABLE as error:
                _LOG.warning("database out of reach", error=str(error), again_in_seconds=pause)
            except Exception as error:
                # Whatever it was, what is served stays served, and the next look may do better.
                _LOG.error("cannot follow", exc_info=error, again_in_seconds=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _follow(self, connection: psycopg.AsyncConnection[tuple[object, ...]]) -> None:
        poll = self._settings.refresh_poll_seconds
        while True:
            heard = {notice.channel async for notice in connection.notifies(timeout=poll, stop_after=1)}
            if heard == {SUBMISSIONS_CHANNEL}:
                await self.count_pending()
                await asyncio.sleep(_BREATH)
            else:
                await self.look()

    async def _open_newest(self) -> Snapshot | None:
        """The newest snapshot, open and warm; None when it is open already or cannot be opened."""
        path = await asyncio.to_thread(newest_snapshot, self._settings.snapshot_dir)
        if path is None or (self._snapshot is not None and self._snapshot.path == path):
            return None
        try:
            return await self._open(path)
        except (duckdb.Error, DamagedSnapshot) as error:
            _LOG.error("snapshot cannot be opened", file=path.name, error=str(error))
            return None

    async def _open(self, path: Path) -> Snapshot:
        opened = await asyncio.to_thread(Snapshot, path, self._settings.hot_periods)
        if self._snapshot is not None:
            # Nobody asked since the last one: keep warm what was warm then.
            self._warm = self._snapshot.used_periods or self._warm
            opened.take_over(self._snapshot)
        known = {period.period for period in opened.periods}
        await opened.warm(period for period in self._warm if period in known)
        return opened

    def _publish(self) -> None:
        if self._snapshot is None:
            return
        snapshot, pending, cards = self._snapshot, self._ledger.pending, self._cards
        served = self._board.served
        if served is None or served.snapshot is not snapshot or served.directory.cards is not cards:
            self._board.publish(Served(snapshot, pending, Directory(snapshot.tree, cards)))
        elif served.pending != pending:
            self._board.publish(Served(snapshot, pending, served.directory))
