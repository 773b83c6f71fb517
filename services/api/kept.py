"""The snapshots that are kept: which there are, which one stands for a moment, and the few that are open."""

import asyncio
import re
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Final

import duckdb

from services.api.board import Served
from services.api.directory import Directory
from services.api.parameters import malformed
from services.api.slices import DamagedSnapshot
from services.api.snapshot import SNAPSHOT_FILE, Snapshot, moment_of
from services.core.clock import TIME_ZONE
from services.core.problems import Problem

_MOST_OPEN: Final = 2
_WHERE: Final = "query/as_of"
_NAME: Final = re.compile(r"snapshot-(?P<number>[0-9]{1,18})")
_A_DAY: Final = len("2021-12-06")


@dataclass(frozen=True, slots=True)
class Kept:
    """A snapshot in the folder and the moment of its data."""

    name: str
    as_of: datetime

    @property
    def number(self) -> int:
        """Snapshots are numbered in the order in which they were published."""
        return int(self.name.rpartition("-")[2])

    def __str__(self) -> str:
        return f"{self.name} ({self.as_of.isoformat()})"


@dataclass(frozen=True)
class _Reading:
    """An old snapshot as it is served beside the present one."""

    snapshot: Snapshot
    beside: Served
    served: Served


class KeptSnapshots:
    """Opens old snapshots when they are asked for, two at most at a time; a file is read but once for its moment."""

    def __init__(self, folder: Path, hot_periods: int) -> None:
        self._folder = folder
        self._hot_periods = hot_periods
        self._known: dict[str, Kept] = {}
        self._reading = threading.Lock()
        self._open: OrderedDict[str, _Reading] = OrderedDict()
        self._opening = asyncio.Lock()

    async def listed(self) -> list[Kept]:
        """All that are kept, the newest first."""
        return await asyncio.to_thread(self._listed)

    def _listed(self) -> list[Kept]:
        with self._reading:
            found = {path.stem: path for path in self._folder.glob(SNAPSHOT_FILE)}
            known = {name: self._known.get(name) or _kept(path) for name, path in found.items()}
            self._known = {name: kept for name, kept in known.items() if kept is not None}
            return sorted(self._known.values(), key=lambda kept: kept.number, reverse=True)

    async def at(self, as_of: str, present: Served) -> Served:
        """What is served of the newest snapshot not newer than `as_of`, a name or a moment; Problem if none is kept.

        Open cards are those of now: they are records, and no snapshot holds them.
        """
        kept = await self.listed()
        wanted = _newest_not_after(as_of, kept)
        if wanted is None:
            raise _unknown(as_of, kept)
        if wanted.name == present.snapshot.name:
            return present
        async with self._opening:
            try:
                return await self._served(wanted.name, present)
            except (duckdb.Error, DamagedSnapshot) as error:
                raise _unknown(as_of, [each for each in kept if each != wanted]) from error

    async def _served(self, name: str, present: Served) -> Served:
        reading = self._open.get(name)
        if reading is None or reading.beside is not present:
            snapshot = reading.snapshot if reading else await asyncio.to_thread(self._opened, name)
            not_in_it = len(present.snapshot.submissions - snapshot.submissions)
            directory = Directory(snapshot.tree, present.directory.cards)
            reading = _Reading(snapshot, present, Served(snapshot, present.pending + not_in_it, directory))
            self._open[name] = reading
        self._open.move_to_end(name)
        while len(self._open) > _MOST_OPEN:
            self._open.popitem(last=False)
        return reading.served

    def _opened(self, name: str) -> Snapshot:
        return Snapshot(self._folder / f"{name}.duckdb", self._hot_periods)


def _kept(path: Path) -> Kept | None:
    """What a file says of itself; None when it cannot be read, or has just been removed."""
    try:
        return Kept(*moment_of(path))
    except (duckdb.Error, DamagedSnapshot):
        return None


def _newest_not_after(as_of: str, kept: list[Kept]) -> Kept | None:
    """The first of `kept`, which stand newest first, that is no newer."""
    if as_of.startswith("snapshot-"):
        named = _NAME.fullmatch(as_of)
        if named is None:
            raise _malformed(as_of)
        return next((each for each in kept if each.number <= int(named["number"])), None)
    moment = _moment(as_of)
    return next((each for each in kept if each.as_of <= moment), None)


def _moment(text: str) -> datetime:
    """A moment, in Asia/Shanghai without an offset; a day means its end. A `+` in an address arrives as a blank."""
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError as error:
        raise _malformed(text) from error
    if len(text) == _A_DAY:
        moment = datetime.combine(moment, time.max)
    return moment if moment.tzinfo else moment.replace(tzinfo=TIME_ZONE)


def _malformed(text: str) -> Problem:
    return malformed(_WHERE, "not_a_choice", wanted="snapshot-000012, 2021-12-06T09:00:00+08:00", given=text)


def _unknown(as_of: str, kept: list[Kept]) -> Problem:
    return Problem("snapshot_unknown", {"given": as_of, "kept": ", ".join(map(str, kept)) or "—"})
