"""What every answer of the api and of ingest carries, and how long a body may take."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.builders.divisions import CITY, LICHENG
from tests.builders.reading_api import ReadingApi
from tests.house.sources import ingest_app

SAFE = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}


@pytest.mark.parametrize("path", [f"/v1/drilldown/{LICHENG}?period=2021-11", "/v1/orders", "/v1/nowhere", "/healthz"])
async def test_no_answer_is_guessed_at_or_framed_or_told_where_from(api: ReadingApi, path: str) -> None:
    headers = {"authorization": f"Bearer {await api.key(CITY)}"}

    for answer in [await api.client.get(path, headers=headers) for _ in range(2)]:
        assert SAFE.items() <= dict(answer.headers).items()
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers.get_list("cache-control") in (["private, no-cache"], ["no-store"])
        assert "strict-transport-security" not in answer.headers


async def test_a_browser_that_came_by_https_is_told_to_stay_there(api: ReadingApi) -> None:
    answer = await api.client.get("https://api/healthz")

    assert answer.headers["strict-transport-security"] == "max-age=31536000"


async def test_ingest_says_the_same(api: ReadingApi) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(ingest_app()), base_url="http://ingest") as client:
        refused = await client.get("/v1/submissions")

    assert SAFE.items() <= dict(refused.headers).items() and refused.headers["cache-control"] == "no-store"


async def test_a_body_that_comes_too_slowly_is_not_waited_for(api: ReadingApi) -> None:
    api.app.state.settings = api.app.state.settings.model_copy(update={"body_timeout_seconds": 0.05})

    async def trickle() -> AsyncIterator[bytes]:
        yield b'{"name": '
        await asyncio.sleep(5)

    answer = await asyncio.wait_for(api.client.post("/v1/sessions", content=trickle()), 3)
    assert (answer.status_code, answer.json()["code"]) == (408, "body_too_slow")
