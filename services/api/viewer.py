"""Who may read and act, and where: the annotated types that stand in the signature of every route."""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Final

from fastapi import Depends, Query, Request

from services.api.answers import ADMITTED, Admitted
from services.api.board import Board, Head, Served
from services.api.directory import Directory
from services.api.kept import KeptSnapshots
from services.api.parameters import malformed
from services.api.schemas import DivisionRef
from services.api.snapshot import Snapshot
from services.api.tree import Division
from services.catalog.divisions import DivisionCode, InvalidDivisionCode
from services.core.accounts import Caller, KeyRing
from services.core.problems import Problem

UNKNOWN: Final = "parameter_unknown_division"


async def _reader(request: Request) -> Caller:
    keys: KeyRing = request.app.state.keys
    caller = await keys.caller(request.headers.get("authorization"))
    caller.require_right("read")
    return caller


Reader = Annotated[Caller, Depends(_reader)]
"""A key with the right to read; there may be no snapshot yet."""


async def _actor(request: Request) -> Caller:
    keys: KeyRing = request.app.state.keys
    caller = await keys.caller(request.headers.get("authorization"))
    caller.require_right("act")
    return caller


Actor = Annotated[Caller, Depends(_actor)]
"""A key with the right to act: what every route that changes something has."""


async def _any_caller(request: Request) -> Caller:
    keys: KeyRing = request.app.state.keys
    return await keys.caller(request.headers.get("authorization"))


AnyCaller = Annotated[Caller, Depends(_any_caller)]
"""Any valid key, whatever it may do."""


async def _person(request: Request) -> Caller:
    keys: KeyRing = request.app.state.keys
    caller = await keys.caller_at_the_door(request.headers.get("authorization"))
    if caller.account_id is None:
        raise Problem("person_wanted")
    return caller


PersonAtTheDoor = Annotated[Caller, Depends(_person)]
"""A person's session, also of one who has to change the password before anything else."""


async def _person_inside(caller: AnyCaller) -> Caller:
    if caller.account_id is None:
        raise Problem("person_wanted")
    return caller


Person = Annotated[Caller, Depends(_person_inside)]
"""A person's session."""


async def _caller_at_the_door(request: Request) -> Caller:
    keys: KeyRing = request.app.state.keys
    return await keys.caller_at_the_door(request.headers.get("authorization"))


CallerAtTheDoor = Annotated[Caller, Depends(_caller_at_the_door)]
"""Any valid key, also of one who has to change the password before anything else."""


async def _administrator(caller: AnyCaller) -> Caller:
    caller.require_right("administer")
    return caller


Administrator = Annotated[Caller, Depends(_administrator)]
"""Who gives accounts and keys."""


async def _auditor(caller: AnyCaller) -> Caller:
    caller.require_right("audit")
    return caller


Auditor = Annotated[Caller, Depends(_auditor)]
"""Who reads what others did."""


@dataclass(frozen=True)
class ScopedViewer:
    """A reader before what is served: sees its own division and all below, and nothing else."""

    caller: Caller
    served: Served

    @property
    def snapshot(self) -> Snapshot:
        """What the numbers are read from."""
        return self.served.snapshot

    @property
    def directory(self) -> Directory:
        """Its divisions, with the cards that are open below them."""
        return self.served.directory

    @property
    def head(self) -> Head:
        """The fields that every answer begins with."""
        return self.served.head

    @cached_property
    def root(self) -> Division:
        """The top of what the key may see; for a province's key the city."""
        found = self.snapshot.tree.top_within(self.caller.scope)
        if found is None:
            raise Problem(UNKNOWN, {"given": self.caller.scope.code})
        return found

    def require(self, code: str | None, where: str = "query/division") -> Division:
        """The division of this code, the root without one. Absent and outside the scope are the same 404."""
        if code is None:
            return self.root
        found = self.snapshot.tree.by_code.get(code)
        if found is None or not code.startswith(self.caller.scope.prefix):
            raise _unseen(code, where)
        return found

    def path(self, division: Division) -> list[DivisionRef]:
        """From the root down to the division itself."""
        return [step.ref for step in self.snapshot.tree.path(division, self.caller.scope)]


def _unseen(code: str, where: str) -> Problem:
    try:
        DivisionCode(code)
    except InvalidDivisionCode:
        return malformed(where, "division_invalid", given=code)
    return Problem(UNKNOWN, {"given": code})


async def _viewer(request: Request) -> ScopedViewer:
    admitted: Admitted | None = request.scope.get(ADMITTED)
    if admitted is None:
        await _reader(request)
        raise _no_snapshot()
    return ScopedViewer(*admitted)


def _no_snapshot() -> Problem:
    return Problem("snapshot_missing", headers={"Retry-After": "2"})


Viewer = Annotated[ScopedViewer, Depends(_viewer)]
"""A reader before an open snapshot: what every route on data has."""


async def _acting_viewer(request: Request) -> ScopedViewer:
    caller = await _actor(request)
    board: Board = request.app.state.board
    if board.served is None:
        raise _no_snapshot()
    return ScopedViewer(caller, board.served)


ActingViewer = Annotated[ScopedViewer, Depends(_acting_viewer)]
"""A key with the right to act, before an open snapshot."""


_AS_OF: Final = (
    "按当时的数据读取：快照名，或日期时间；取不晚于它的最新一份，见 /v1/snapshots。"
    " Read as it was then: a snapshot's name or a date-time; the newest kept one not after it, see /v1/snapshots."
)
AsOf = Annotated[str | None, Query(description=_AS_OF, examples=["2021-12-06T09:00:00+08:00"])]


async def _viewer_as_of(request: Request, viewer: Viewer, as_of: AsOf = None) -> ScopedViewer:
    if as_of is None:
        return viewer
    kept: KeptSnapshots = request.app.state.kept
    return ScopedViewer(viewer.caller, await kept.at(as_of, viewer.served))


ViewerAsOf = Annotated[ScopedViewer, Depends(_viewer_as_of)]
"""A reader before the snapshot that `as_of` asks for, by default the newest."""
