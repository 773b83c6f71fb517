"""How long a connection may keep the server waiting for the head of a request; uvicorn itself would wait for ever."""

import asyncio
from typing import Any, ClassVar

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from services.core.problems import MEDIA_TYPE, Problem, document


class PatientProtocol(HttpToolsProtocol):
    """HTTP/1.1 that gives every head so many seconds from the connection, or from the answer before it.

    One that has begun by then is told `body_too_slow`; a connection that says nothing, or goes on with a body that is
    answered already, is closed. While an answer is under way nobody waits for a head.
    """

    head_seconds: ClassVar[float]
    _has_begun = False
    _head_due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The first head is awaited."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is awaited any more."""
        self._await_nothing()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """A head begins."""
        self._has_begun = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """It is whole."""
        self._has_begun = False
        self._await_nothing()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """The next head is awaited."""
        super().on_response_complete()
        self._await_head()

    def _await_head(self) -> None:
        self._await_nothing()
        self._head_due = self.loop.call_later(self.head_seconds, self._give_up)

    def _await_nothing(self) -> None:
        if self._head_due is not None:
            self._head_due.cancel()

    def _give_up(self) -> None:
        is_answering = self.cycle is not None and not self.cycle.response_complete
        if is_answering or self.transport.is_closing():
            return
        if self._has_begun:
            self.transport.write(_refusal(self.head_seconds))
        self.transport.close()


def patient(seconds: float) -> type[PatientProtocol]:
    """The protocol that waits so long."""
    members: dict[str, Any] = {"head_seconds": seconds}
    return type("PatientProtocol", (PatientProtocol,), members)


def _refusal(seconds: float) -> bytes:
    problem = Problem("body_too_slow", {"seconds": seconds})
    body = msgspec.json.encode(document(problem, "zh"))
    head = (
        f"HTTP/1.1 {problem.status} Request Timeout\r\nContent-Type: {MEDIA_TYPE}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode("ascii") + body
