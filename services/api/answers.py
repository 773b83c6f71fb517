"""Answers as bytes: encoded, tagged, and remembered for as long as what they were made from is served."""

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy.exc import InterfaceError, OperationalError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.api.board import Board, Served
from services.core.accounts import Caller, KeyRing
from services.core.clock import Clock
from services.core.problems import Problem, language_of, problem_response

DATABASE_AWAY: Final = (OperationalError, InterfaceError)
Admitted = tuple[Caller, Served]
Straight = Callable[[Admitted, str, bytes], Awaitable[bytes | None]]
"""Given who asks, a path and a query string: the answer, where one can be given without the routes."""
ADMITTED: Final = "rorc.admitted"
"""Where a request carries who asks and what it is answered from. Nothing else sets it."""

_READ_HEADERS: Final = frozenset((b"authorization", b"accept", b"if-none-match"))
_ENCODER: Final = msgspec.json.Encoder()
_MAX_BYTES: Final = 64 * 2**20
_NEVER_KEPT: Final = (
    "/v1/events",
    "/v1/orders",
    "/v1/contact-points",
    "/v1/meetings",
    "/v1/snapshots",
    "/v1/accounts",
    "/v1/keys",
    "/v1/audit",
    "/v1/sign-in",
)
"""What goes on, what changes in Postgres or in the folder without a word on the board, and what wants no key."""
_ONES_OWN: Final = "/v1/me"
"""What depends on more than the scope: on whose session it is."""
_MADE_ANEW: Final = ("/v1/villages",)
"""What tells of such changes beside what is served: its routes keep for themselves what they may."""
_OVERHEAD: Final = 600
"""Bytes that an entry takes besides its body, roughly: key, headers, places in the table."""


def encoded(content: object) -> bytes:
    """The content as JSON."""
    return _ENCODER.encode(content)


def answer(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """The content as a response in JSON."""
    return Response(encoded(content), status, headers, "application/json")


def tag_of(body: bytes) -> str:
    """A strong ETag for an answer with this body."""
    return f'"{hashlib.sha256(body).hexdigest()[:24]}"'


@dataclass(frozen=True, slots=True)
class _Kept:
    """A 200 as it was sent: the messages of the full answer, and those of a 304."""

    tag: str
    start: Message
    body: Message
    unchanged: Message

    @property
    def size(self) -> int:
        return len(self.body["body"]) + _OVERHEAD


class AnswerCache:
    """Stands before the routes: gives each 200 of /v1 a strong ETag and answers again what it answered before.

    A key is looked up for every request, so a revoked one gets nothing from memory either. An answer
    depends on what is served, on the scope, on the day (cards count days) and on whether the key may act
    (cards name the steps it may take), and on nothing else. An ETag that a route gave itself begins ours.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        board: Board,
        keys: KeyRing,
        clock: Clock,
        straight: Straight,
        max_bytes: int = _MAX_BYTES,
    ) -> None:
        self._app = app
        self._straight = straight
        self._board = board
        self._keys = keys
        self._clock = clock
        self._max_bytes = max_bytes
        self._kept: OrderedDict[tuple[object, ...], _Kept] = OrderedDict()
        self._bytes = 0
        self._made_from: Served | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory, or pass on and remember."""
        served = self._board.served
        if served is None or not _is_read(scope):
            await self._app(scope, receive, send)
            return
        given = {name: value.decode("latin-1") for name, value in scope["headers"] if name in _READ_HEADERS}
        try:
            caller = await self._admit(given.get(b"authorization"))
        except Problem as problem:
            await problem_response(problem, language_of(Request(scope)))(scope, receive, send)
            return
        scope[ADMITTED] = (caller, served)
        if scope["path"].startswith(_MADE_ANEW):
            await self._app(scope, receive, send)
            return
        key = self._key(scope, caller, given)
        kept = self._recall(served, key)
        if kept is None:
            body = await self._straight(scope[ADMITTED], scope["path"], scope["query_string"])
            answered = (
                await _Capture.of(self._app, scope, receive, send) if body is None else _kept(_start_of(body), body)
            )
            if answered is None:
                return
            kept = answered
            self._remember(served, key, kept)
        await _send(kept, given.get(b"if-none-match"), send)

    async def _admit(self, authorization: str | None) -> Caller:
        # No exception handler stands around this: the routes and theirs come after it.
        try:
            caller = await self._keys.caller(authorization)
        except DATABASE_AWAY as error:
            raise Problem("database_unavailable") from error
        caller.require_right("read")
        return caller

    def _key(self, scope: Scope, caller: Caller, given: Mapping[bytes, str]) -> tuple[object, ...]:
        return (
            caller.scope.code, "act" in caller.rights, scope["path"], scope["query_string"], given.get(b"accept"),
            self._clock.today(),
        )  # fmt: skip

    def _recall(self, served: Served, key: tuple[object, ...]) -> _Kept | None:
        if served is not self._made_from:
            if served is self._board.served:
                self._kept.clear()
                self._bytes = 0
                self._made_from = served
            return None
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
        return kept

    def _remember(self, served: Served, key: tuple[object, ...], kept: _Kept) -> None:
        if served is not self._made_from or kept.size > self._max_bytes // 8:
            return
        replaced = self._kept.pop(key, None)
        self._bytes += kept.size - (replaced.size if replaced else 0)
        self._kept[key] = kept
        while self._bytes > self._max_bytes:
            self._bytes -= self._kept.popitem(last=False)[1].size


def _is_read(scope: Scope) -> bool:
    return bool(
        scope["type"] == "http"
        and scope["method"] == "GET"
        and scope["path"].startswith("/v1/")
        and not scope["path"].startswith(_NEVER_KEPT)
        and scope["path"] != _ONES_OWN
    )


class _Capture:
    """Takes a 200 in whole; lets everything else through as it comes."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._body: list[bytes] = []

    @classmethod
    async def of(cls, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> _Kept | None:
        """What the app answers to be kept; None when it was not a 200 and is sent already."""
        capture = cls(send)
        await app(scope, receive, capture.take)
        return None if capture._start is None else _kept(capture._start, b"".join(capture._body))

    async def take(self, message: Message) -> None:
        """One message of the app."""
        if message["type"] == "http.response.start" and message["status"] == 200:
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body.append(message.get("body", b""))


def _start_of(body: bytes) -> Message:
    length = (b"content-length", str(len(body)).encode())
    return {
        "type": "http.response.start",
        "status": 200,
        "headers": [length, (b"content-type", b"application/json")],
    }


def _kept(start: Message, body: bytes) -> _Kept:
    """An answer to keep. Where the route tells a state (`"7-3"`), its tag begins with that: `"7-3.…"`."""
    state = next((value.decode().strip('"') + "." for name, value in start["headers"] if name == b"etag"), "")
    tag = f'"{state}{tag_of(body)[1:]}'
    headers = [header for header in start["headers"] if header[0] != b"etag"]
    always: list[Any] = [
        (b"etag", tag.encode()),
        (b"cache-control", b"private, no-cache"),
        (b"vary", b"Authorization, Accept"),
    ]
    return _Kept(
        tag,
        {**start, "headers": [*headers, *always]},
        {"type": "http.response.body", "body": body},
        {"type": "http.response.start", "status": 304, "headers": always},
    )


_NO_BODY: Final[Message] = {"type": "http.response.body", "body": b""}


async def _send(kept: _Kept, known: str | None, send: Send) -> None:
    if known is not None and matches(known, kept.tag):
        await send(kept.unchanged)
        await send(_NO_BODY)
    else:
        await send(kept.start)
        await send(kept.body)


def matches(known: str, tag: str) -> bool:
    """Whether an `If-None-Match` names the tag; the comparison is the weak one (RFC 9110, 13.1.2)."""
    return any(given.strip().removeprefix("W/") in (tag, "*") for given in known.split(","))
