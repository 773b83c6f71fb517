"""Signing in, the account and the administration pages in Chromium: with and without scripts, wall and phone."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, Page

from dashboards.app import create_app
from tests.builders.axe import barriers
from tests.builders.divisions import CITY, LICHENG, ONE, SHANDALU
from tests.builders.people import PASSWORD, an_account
from tests.builders.reading_api import ReadingApi, a_reading_api
from tests.builders.served_apps import served_beside
from tests.builders.snapshots import Value

pytestmark = pytest.mark.browser

WALL, PHONE = {"width": 1920, "height": 1080}, {"width": 390, "height": 844}
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
NEW = "another-sorghum-lantern"


@dataclass
class Served:
    """The pages at an address that a browser can open."""

    api: ReadingApi
    site: str


@pytest.fixture
async def served(database: str, tmp_path: Path) -> AsyncIterator[Served]:
    async with a_reading_api(database, tmp_path) as api:
        await api.publish(*(Value(code, 0.5) for code in (CITY, LICHENG, SHANDALU, ONE)))
        await an_account(api.engine, api.clock, "admin", role="administrator")
        transport = httpx.ASGITransport(api.app)
        async with (
            httpx.AsyncClient(transport=transport, base_url="http://api") as http,
            served_beside(create_app(http, require_sign_in=True)) as site,
        ):
            yield Served(api, site)


async def enter(page: Page, name: str, password: str = PASSWORD) -> None:
    await page.get_by_label("用户名").fill(name)
    await page.locator("#password").fill(password)
    await page.get_by_role("button", name="登录", exact=True).click()
    await page.wait_for_load_state()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
async def test_an_administrator_lets_someone_in_who_then_chooses_a_password(served, browser: Browser, scripts):
    async with await browser.new_context(viewport=WALL, java_script_enabled=scripts) as window:
        page = await window.new_page()
        await page.goto(f"{served.site}/administration")
        await enter(page, "admin")
        await page.locator("#name").fill("licheng")
        await page.locator("#role").select_option("county")
        await page.locator("#division").fill(LICHENG)
        await page.get_by_role("button", name="建立账号").click()
        password = await page.locator("pre code").inner_text()

    async with await browser.new_context(viewport=PHONE, java_script_enabled=scripts) as window:
        page = await window.new_page()
        await page.goto(f"{served.site}/cards")
        await enter(page, "licheng", password)
        await page.get_by_label("现用密码").fill(password)
        await page.get_by_label("新密码", exact=True).fill(NEW)
        await page.get_by_label("再次输入新密码").fill(NEW)
        await page.get_by_role("button", name="修改").click()
        assert "密码已修改" in await page.locator("[role=status]").inner_text()
        await page.goto(f"{served.site}/cards")
        assert await page.locator("h1").inner_text() == "红黄牌督办"
        assert await page.evaluate(FITS)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [WALL, PHONE], ids=["wall", "phone"])
async def test_the_pages_fit_and_can_be_used_by_everybody(served, browser: Browser, size, theme):
    number, _ = await an_account(served.api.engine, served.api.clock, "desk", role="county", division=LICHENG)
    wrong: list[str] = []
    async with await browser.new_context(viewport=size) as window:
        page = await window.new_page()
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        await page.goto(f"{served.site}/sign-in?next=/account&theme={theme}")
        looked = [await _look(page)]
        await enter(page, "admin")
        for path in ("administration", f"administration/accounts/{number}", "administration/keys", "account"):
            await page.goto(f"{served.site}/{path}")
            looked.append(await _look(page))
        await page.get_by_role("button", name="启用").click()
        assert await page.locator("img.code").evaluate("picture => picture.naturalWidth > 100")
        looked.append(await _look(page))

    assert wrong == []
    assert looked == [([], True)] * 6


async def _look(page: Page) -> tuple[list[tuple[str, str]], bool]:
    """What is not accessible, and whether the page is as wide as its window."""
    return await barriers(page), await page.evaluate(FITS)
