"""A transport for an api in the same process that lets a stream flow.

`httpx.ASGITransport` hands over a response only when the app has finished it, which a stream of events
never does: behind it /live would stay silent for ever.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.types import ASGIApp, Message


@dataclass
class _Exchange:
    """One request and what the app has said to it so far; None ends the body."""

    body: bytes
    chunks: asyncio.Queue[bytes | None] = field(default_factory=asyncio.Queue)
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    status: int | None = None
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    error: Exception | None = None
    asked: bool = False

    async def receive(self) -> Message:
        """The request's body, then silence until the reader is gone."""
        if not self.asked:
            self.asked = True
            return {"type": "http.request", "body": self.body, "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Keep what the app sends for the reader. OSError, as from a closed socket, when it is gone."""
        if self.gone.is_set():
            raise OSError("the reader is gone")
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message.get("headers", []))
            self.settled.set()
        elif message["type"] == "http.response.body":
            self.chunks.put_nowait(message.get("body", b""))
            if not message.get("more_body", False):
                self.chunks.put_nowait(None)

    async def run(self, app: ASGIApp, scope: dict[str, Any]) -> None:
        """The app's whole work on the request, also what it does after its last word."""
        try:
            await app(scope, self.receive, self.send)
        except Exception as error:
            self.error = error
        finally:
            self.settled.set()
            self.chunks.put_nowait(None)


class _Body(httpx.AsyncByteStream):
    """The response as it comes; closing it tells the app that nobody listens."""

    def __init__(self, exchange: _Exchange) -> None:
        self._exchange = exchange

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (chunk := await self._exchange.chunks.get()) is not None:
            if chunk:
                yield chunk

    async def aclose(self) -> None:
        """Never cancels: an app that has said its last word may still be putting things away."""
        self._exchange.gone.set()


class InProcessTransport(httpx.AsyncBaseTransport):
    """An ASGI app as an HTTP host: `httpx.AsyncClient(transport=InProcessTransport(api), …)`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._at_work: set[asyncio.Task[None]] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The app's answer as soon as it starts. httpx.ReadError when the app fails before."""
        exchange = _Exchange(await request.aread())
        work = asyncio.create_task(exchange.run(self._app, _scope(request)))
        self._at_work.add(work)
        work.add_done_callback(self._at_work.discard)
        await exchange.settled.wait()
        if exchange.status is None:
            raise httpx.ReadError(f"no answer: {exchange.error}", request=request) from exchange.error
        return httpx.Response(exchange.status, headers=exchange.headers, stream=_Body(exchange))


def _scope(request: httpx.Request) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path.split(b"?")[0],
        "query_string": request.url.query,
        "server": (request.url.host, request.url.port),
        # Nobody but our own pages asks here, so they are believed for whom.
        "client": (request.headers.get("x-forwarded-for", "127.0.0.1"), 0),
        "root_path": "",
    }
