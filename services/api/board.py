"""What is served right now, in one piece, and word of it when it changes."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TypedDict

import msgspec

from services.api.directory import Directory
from services.api.snapshot import Snapshot


class Head(TypedDict):
    """What every answer says of itself."""

    as_of: str
    snapshot: str
    pending: int


@dataclass(frozen=True)
class Served:
    """A snapshot, what is still pending, and the open cards. An answer comes from one of these, whole."""

    snapshot: Snapshot
    pending: int
    directory: Directory

    @cached_property
    def head(self) -> Head:
        """The fields of `schemas.Answer`."""
        snapshot = self.snapshot
        return {"as_of": snapshot.as_of.isoformat(), "snapshot": snapshot.name, "pending": self.pending}

    @cached_property
    def told_head(self) -> bytes:
        """The same as JSON."""
        return msgspec.json.encode(self.head)


class Board:
    """Holds what is served; None until the first snapshot is open."""

    def __init__(self) -> None:
        self.served: Served | None = None
        self.ended = False
        self._changed = asyncio.Event()

    def publish(self, served: Served) -> None:
        """Serve this from now on. Answers under way keep what they began with."""
        self.served = served
        self._tell()

    def end(self) -> None:
        """Nothing more will come: whoever waits for changes is to leave."""
        self.ended = True
        self._tell()

    async def change(self, seconds: float) -> None:
        """Return at the next change, or after so many seconds."""
        changed = self._changed
        with suppress(TimeoutError):
            await asyncio.wait_for(changed.wait(), seconds)

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
