"""GET /live: the api's events for the browser, whose scripts never see a key."""

import asyncio
from collections.abc import AsyncIterator

import httpx
from starlette.requests import Request
from starlette.responses import StreamingResponse

from dashboards.client import authorization
from dashboards.sessions import key_of

HEARTBEAT_SECONDS = 15.0  # below the minute after which proxies give up on a silent stream
RETRY = b"retry: 3000\n\n"
HEARTBEAT = b": still here\n\n"


def relay_events(request: Request) -> StreamingResponse:
    """The api's stream as it is, with a heartbeat. It ends when the api's does; the browser comes back."""
    http: httpx.AsyncClient = request.app.state.http
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(
        _events(http, authorization(key_of(request))), media_type="text/event-stream", headers=headers
    )


async def _events(http: httpx.AsyncClient, key: dict[str, str]) -> AsyncIterator[bytes]:
    yield RETRY
    chunks: asyncio.Queue[bytes | None] = asyncio.Queue()
    pump = asyncio.create_task(_pump(http, key, chunks))
    try:
        while True:
            try:
                chunk = await asyncio.wait_for(chunks.get(), HEARTBEAT_SECONDS)
            except TimeoutError:
                chunk = HEARTBEAT
            if chunk is None:
                return
            yield chunk
    finally:
        # Not awaited: here we are being cancelled again and again, each await would pass that on, and the
        # pump would be torn from closing its connection. One was lost with every closed tab.
        pump.cancel()


async def _pump(http: httpx.AsyncClient, key: dict[str, str], chunks: asyncio.Queue[bytes | None]) -> None:
    """The api's bytes into the queue, then None: also when the api is away or refuses."""
    patient = httpx.Timeout(10, read=None)
    try:
        async with http.stream("GET", "/v1/events", headers=key, timeout=patient) as response:
            if response.is_success:
                async for chunk in response.aiter_raw():
                    chunks.put_nowait(chunk)
    except httpx.HTTPError:
        pass  # the browser retries; a page without live updates is still a page
    finally:
        chunks.put_nowait(None)
