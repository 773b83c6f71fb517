"""GET /v1/events: word of each new snapshot and of what is pending, as server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, Final

import msgspec
from fastapi import APIRouter, Request, Response
from starlette.types import Receive, Scope, Send

from services.api.board import Board, Served
from services.api.contract import told
from services.api.viewer import Reader

router = APIRouter(prefix="/v1/events", tags=["events"])

HEARTBEAT_SECONDS: Final = 15.0
_RETRY: Final = b"retry: 2000\n\n"
_HEARTBEAT: Final = b": still here\n\n"
_HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]
_EXAMPLE: Final = (
    'event: snapshot\ndata: {"snapshot":"snapshot-000012","as_of":"2021-12-06T09:00:00+08:00"}\n\n'
    'event: pending\ndata: {"pending":3}\n\n'
)
_RESPONSES: Final[Any] = {
    **{status: entry for status, entry in told({}).items() if status in (401, 403)},
    200: {"description": "事件流。 A stream of events.", "content": {"text/event-stream": {"example": _EXAMPLE}}},
}


@router.get("", responses=_RESPONSES, response_class=Response)
async def read_events(request: Request, reader: Reader) -> Response:
    """首先告知当前状态，其后每有新快照、红黄牌变动或待计入数变化即告知。 First how things stand, then each change."""
    return EventStream(request.app.state.board)


class EventStream(Response):
    """An answer that goes on until the reader leaves or the board ends."""

    def __init__(self, board: Board) -> None:
        super().__init__()
        self._board = board

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what `events` yields, and stop at once when the reader leaves."""
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        sending = asyncio.create_task(self._send_all(send))
        leaving = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            sending.cancel()
            with suppress(asyncio.CancelledError, OSError):
                await sending

    async def _send_all(self, send: Send) -> None:
        async for chunk in events(self._board):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def events(board: Board) -> AsyncIterator[bytes]:
    """How things stand, then each change, and a comment while nothing happens."""
    yield _RETRY
    told_last: Served | None = None
    while not board.ended:
        served = board.served
        if served is not None and served is not told_last:
            yield _news(served, told_last)
            told_last = served
        elif served is told_last:
            await board.change(HEARTBEAT_SECONDS)
            if board.served is told_last and not board.ended:
                yield _HEARTBEAT


def _news(served: Served, before: Served | None) -> bytes:
    """One event for each thing that differs."""
    news = b""
    if before is None or served.snapshot is not before.snapshot:
        news += _event("snapshot", {"snapshot": served.head["snapshot"], "as_of": served.head["as_of"]})
    if before is not None and served.directory.cards is not before.directory.cards:
        news += _event("cards", {"version": served.directory.cards.version})
    if before is None or served.pending != before.pending:
        news += _event("pending", {"pending": served.pending})
    return news


def _event(name: str, data: object) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.encode(data))
