"""Supervision orders, issued and dealt with over HTTP."""

from typing import Any

import httpx

from tests.builders.divisions import CITY, SHANDALU
from tests.builders.reading_api import ReadingApi


def an_order(**content: Any) -> dict[str, Any]:
    order = {
        "kind": "order", "addressee": SHANDALU, "subject": "主题党日未开展", "text": "请说明原因。",
        "due_on": "2021-12-20",
    }  # fmt: skip
    return order | content


def a_reply(text: str = "已补开。") -> dict[str, str]:
    return {"event": "replied", "text": text}


async def issue(api: ReadingApi, scope: str = CITY, **content: Any) -> httpx.Response:
    return await api.send("POST", "orders", an_order(**content), scope)


async def step(api: ReadingApi, record: httpx.Response, content: Any, scope: str = CITY) -> httpx.Response:
    """The next step of a record by whoever has seen it as `record` tells it."""
    told = record.json()
    url = next(told[name]["url"] for name in ("order", "meeting") if name in told)
    return await api.send("POST", f"{url.removeprefix('/v1/')}/events", content, scope, record.headers["etag"])
