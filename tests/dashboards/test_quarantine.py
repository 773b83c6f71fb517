"""The page on which a clerk finds out why a report was refused, and gets back what had been sent."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from dashboards.app import create_app
from services.core.settings import Settings
from services.ingest.app import create_app as create_ingest
from services.serving import Services
from tests.builders.divisions import CHANGQING, CITY, LICHENG, ONE, SHANDALU
from tests.builders.reading_api import a_reading_api
from tests.builders.snapshots import Value
from tests.dashboards.conftest import SITE, Pages

REPORT = '{"form": "meeting_day", "period": "2021-10", "division": "370112001000", "rows": [{"note": "<b>&"}]}'


@pytest.fixture
async def pages(database: str, tmp_path: Path) -> AsyncIterator[Pages]:
    """The pages over both services; a township's report has just been refused."""
    async with a_reading_api(database, tmp_path) as api:
        await api.publish(*(Value(code, 0.5) for code in (CITY, LICHENG, SHANDALU, ONE)))
        state = api.app.state
        ingest = create_ingest(settings=Settings(), engine=api.engine, clock=state.clock, catalog=state.catalog)
        transport = httpx.ASGITransport(Services(ingest, api.app))
        headers = {"authorization": f"Bearer {await api.key(CITY)}", "content-type": "application/json"}
        async with httpx.AsyncClient(transport=transport, base_url="http://services", headers=headers) as http:
            sender = {"authorization": f"Bearer {await api.key(SHANDALU, 'report', 'read')}"}
            refused = await http.post("/v1/submissions", content=REPORT, headers=sender)
            assert refused.status_code == 422, refused.text
            app = httpx.ASGITransport(create_app(http))
            async with httpx.AsyncClient(transport=app, base_url=SITE) as client:
                yield Pages(api, client)


async def test_whoever_sent_it_finds_it_in_the_list(pages: Pages) -> None:
    await pages.sign_in(SHANDALU, "read")

    page = await pages.get("/quarantine")

    assert page.status_code == 200
    assert 'href="/quarantine/1"' in page.text
    assert "submission_invalid" in page.text


async def test_everything_that_was_wrong_is_told_in_the_readers_language(pages: Pages) -> None:
    await pages.sign_in(LICHENG, "read")

    zh, en = await pages.get("/quarantine/1"), await pages.get("/quarantine/1?lang=en")

    assert "/rows/0/held" in zh.text and "必填。" in zh.text
    assert "A value is needed here." in en.text
    assert "<b>&" not in zh.text


async def test_what_was_sent_comes_back_as_a_file(pages: Pages) -> None:
    await pages.sign_in(SHANDALU, "read")

    answer = await pages.get("/quarantine/1/body")

    assert answer.text == REPORT
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/quarantine", "/quarantine/1", "/quarantine/1/body"])
async def test_nobody_sees_it_without_a_key(pages: Pages, path: str) -> None:
    answer = await pages.get(path)

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=%2Fquarantine")


@pytest.mark.parametrize("path", ["/quarantine/1", "/quarantine/1/body", "/quarantine/2"])
async def test_others_do_not_find_it(pages: Pages, path: str) -> None:
    await pages.sign_in(CHANGQING, "read")

    assert (await pages.get(path)).status_code == 404
    assert "没有退件" in (await pages.get("/quarantine")).text


async def test_whoever_signed_in_is_led_there_from_the_reports(pages: Pages) -> None:
    before = await pages.get("/compliance")
    await pages.sign_in(SHANDALU, "read")

    assert 'href="/quarantine"' not in before.text
    assert 'href="/quarantine"' in (await pages.get("/compliance")).text
