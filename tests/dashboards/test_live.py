"""Events from the api to the browser, over the network's ways and inside one process."""

import asyncio

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from dashboards.in_process import InProcessTransport
from dashboards.live import HEARTBEAT, RETRY, relay_events

SNAPSHOT = b'event: snapshot\ndata: {"snapshot":"s2"}\n\n'


def an_api(*, left: asyncio.Event | None = None) -> Starlette:
    """An api that publishes once and then keeps the stream open."""

    async def events(request: Request) -> StreamingResponse:
        async def say():
            try:
                yield SNAPSHOT
                await asyncio.Event().wait()
            finally:
                if left:
                    left.set()

        return StreamingResponse(say(), media_type="text/event-stream")

    async def broken(request: Request) -> PlainTextResponse:
        raise RuntimeError("down")

    return Starlette(routes=[Route("/v1/events", events), Route("/broken", broken)])


def pages_over(api: Starlette) -> httpx.AsyncClient:
    pages = Starlette(routes=[Route("/live", relay_events)])
    pages.state.http = httpx.AsyncClient(transport=InProcessTransport(api), base_url="http://api")
    return httpx.AsyncClient(transport=InProcessTransport(pages), base_url="http://pages")


async def first(pages: httpx.AsyncClient, count: int) -> list[bytes]:
    async with pages.stream("GET", "/live") as response:
        chunks = response.aiter_raw()
        return [await asyncio.wait_for(anext(chunks), 5) for _ in range(count)]


async def test_a_published_snapshot_reaches_the_browser_at_once():
    assert await first(pages_over(an_api()), 2) == [RETRY, SNAPSHOT]


async def test_a_closed_tab_lets_go_of_the_api():
    left = asyncio.Event()

    await first(pages_over(an_api(left=left)), 2)

    await asyncio.wait_for(left.wait(), 5)


async def test_a_silent_api_does_not_let_the_stream_fall_asleep(monkeypatch):
    monkeypatch.setattr("dashboards.live.HEARTBEAT_SECONDS", 0.01)

    assert await first(pages_over(an_api()), 3) == [RETRY, SNAPSHOT, HEARTBEAT]


async def test_the_stream_ends_when_the_api_has_none_so_that_the_browser_comes_back():
    async with pages_over(Starlette()) as pages:
        answer = await pages.get("/live")

    assert (answer.status_code, answer.content) == (200, RETRY)


async def test_an_app_that_fails_after_its_answer_has_answered():
    async with httpx.AsyncClient(transport=InProcessTransport(an_api()), base_url="http://api") as http:
        answer = await http.get("/broken")

    assert answer.status_code == 500
