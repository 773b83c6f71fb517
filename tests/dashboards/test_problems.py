"""What a reader sees when the api refuses, is away, or has nothing yet; and what every answer carries."""

from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dashboards.app import create_app

STAMP = {"as_of": "2022-01-10T09:42:18+08:00", "snapshot": "s1", "pending": 0}
ROOT = {"code": "370100000000", "name": "济南市", "level": "city"}


def pages_over(status: int, body: Any) -> httpx.AsyncClient:
    """The pages over an api that always gives one answer."""

    async def answer(request: Request) -> Response:
        return JSONResponse(body, status)

    api = Starlette(routes=[Route("/{path:path}", answer)])
    http = httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url="http://api")
    return httpx.AsyncClient(transport=httpx.ASGITransport(create_app(http)), base_url="http://pages")


def a_problem(status: int) -> dict[str, Any]:
    return {"status": status, "code": "some.problem", "text": {"zh": "接口的话", "en": "What the api said"}}


@pytest.mark.parametrize(("told", "shown"), [(401, 401), (404, 404), (503, 503), (500, 502), (422, 404)])
async def test_a_refusal_of_the_api_is_a_page_of_the_same_status(told, shown):
    async with pages_over(told, a_problem(told)) as pages:
        answer = await pages.get("/")

    assert answer.status_code == shown
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(("lang", "words"), [("zh", "接口的话"), ("en", "What the api said")])
async def test_a_refusal_is_told_in_the_reader_s_language(lang, words):
    async with pages_over(404, a_problem(404)) as pages:
        answer = await pages.get(f"/cards/7?lang={lang}")

    assert words in answer.text


async def test_an_api_that_is_away_is_a_page_and_not_a_crash():
    away = httpx.AsyncClient(base_url="http://127.0.0.1:9")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(away)), base_url="http://pages") as pages:
        answer = await pages.get("/?lang=en")

    assert answer.status_code == 503
    assert "No figures at the moment" in answer.text


async def test_an_answer_that_is_not_as_agreed_is_no_figure():
    async with pages_over(200, {"periods": "none"}) as pages:
        answer = await pages.get("/")

    assert answer.status_code == 503


async def test_before_the_first_figures_the_page_waits_for_them():
    empty = {**STAMP, "periods": [], "simulated": False, "root": ROOT, "systems": []}
    async with pages_over(200, empty) as pages:
        answer = await pages.get("/?lang=en")

    assert answer.status_code == 503
    assert "No figures yet" in answer.text
    assert "data-live" in answer.text


async def test_an_unknown_address_is_a_page():
    async with pages_over(404, a_problem(404)) as pages:
        answer = await pages.get("/nowhere?lang=en")

    assert answer.status_code == 404
    assert "No such page" in answer.text


async def test_nothing_from_elsewhere_may_run_on_a_page():
    async with pages_over(404, a_problem(404)) as pages:
        headers = (await pages.get("/")).headers

    assert "script-src 'self'" in headers["content-security-policy"]
    assert "unsafe-eval" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


async def test_language_and_theme_are_remembered():
    async with pages_over(404, a_problem(404)) as pages:
        await pages.get("/?lang=en&theme=dark")
        answer = await pages.get("/")

    assert '<html lang="en" data-theme="dark">' in answer.text


async def test_static_files_are_kept_for_good_and_compressed():
    pages = pages_over(404, a_problem(404))
    async with pages:
        url = (await pages.get("/")).text.split('name="plotly" content="')[1].split('"')[0]
        answer = await pages.get(url, headers={"accept-encoding": "gzip"})

    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-encoding"] == "gzip"
    assert (await pages_over(404, {}).get("/static/000000000000/page.js")).status_code == 404
