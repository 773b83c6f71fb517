"""Signing in by an OpenID provider in Chromium: from the page that was asked for over another site and back to it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser

from dashboards.app import create_app
from tests.builders.axe import barriers
from tests.builders.divisions import CITY, LICHENG, ONE, SHANDALU
from tests.builders.oidc_door import Door, an_oidc_door
from tests.builders.served_apps import served_beside
from tests.builders.snapshots import Value

pytestmark = pytest.mark.browser

WALL, PHONE = {"width": 1920, "height": 1080}, {"width": 390, "height": 844}
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
BY_PROVIDER = {"zh": "统一身份认证登录", "en": "Sign in with single sign-on"}
TITLE = {"zh": "红黄牌督办", "en": "Red and yellow cards"}


@dataclass
class Served:
    """The pages at an address that a browser takes for another site than the provider's."""

    door: Door
    site: str


@pytest.fixture
async def served(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Served]:
    async with an_oidc_door(database, tmp_path, monkeypatch) as door:
        await door.api.publish(*(Value(code, 0.5) for code in (CITY, LICHENG, SHANDALU, ONE)))
        await door.person(password=None)
        transport = httpx.ASGITransport(door.api.app)
        async with (
            httpx.AsyncClient(transport=transport, base_url="http://api") as http,
            served_beside(create_app(http, require_sign_in=True)) as site,
        ):
            yield Served(door, site.replace("127.0.0.1", "localhost"))


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
@pytest.mark.parametrize("size", [WALL, PHONE], ids=["wall", "phone"])
async def test_a_visitor_comes_back_from_the_provider_to_the_page_that_was_asked_for(
    served, browser: Browser, size, scripts, lang
):
    async with await browser.new_context(viewport=size, java_script_enabled=scripts) as window:
        page = await window.new_page()
        await page.goto(f"{served.site}/sign-in?lang={lang}")
        await page.goto(f"{served.site}/cards")
        await page.get_by_role("link", name=BY_PROVIDER[lang]).click()
        assert page.url.startswith(served.door.provider.issuer)
        await page.get_by_role("button", name="Allow").click()
        await page.wait_for_url(f"{served.site}/cards")

        assert await page.locator("h1").inner_text() == TITLE[lang]
        await page.goto(f"{served.site}/account")
        assert "desk" in await page.locator("main").inner_text()
        assert [cookie["name"] for cookie in await window.cookies() if "oidc" in cookie["name"]] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [WALL, PHONE], ids=["wall", "phone"])
async def test_the_page_with_both_ways_fits_and_can_be_used_by_everybody(served, browser: Browser, size, theme):
    said: list[str] = []
    looked = []
    async with await browser.new_context(viewport=size) as window:
        page = await window.new_page()
        page.on("console", lambda each: said.append(each.text) if each.type == "error" else None)
        for path in ("sign-in", "sign-in/oidc/callback?error=access_denied"):
            await page.goto(f"{served.site}/{path}{'&' if '?' in path else '?'}theme={theme}")
            looked.append((await barriers(page), await page.evaluate(FITS)))

    assert looked == [([], True)] * 2
    assert [text for text in said if "422" not in text] == []


async def test_a_visitor_who_says_no_is_asked_for_a_password(served, browser: Browser):
    served.door.provider.denies = "access_denied"
    async with await browser.new_context(viewport=PHONE) as window:
        page = await window.new_page()
        await page.goto(f"{served.site}/account")
        await page.get_by_role("link", name=BY_PROVIDER["zh"]).click()
        await page.get_by_role("button", name="Allow").click()

        assert "统一身份认证已取消" in await page.get_by_role("alert").inner_text()
        assert await page.locator("#password").is_visible()
