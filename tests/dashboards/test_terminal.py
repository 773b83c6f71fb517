"""A village's terminal in a real browser: few words, big type, and nothing of its neighbours."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from tests.builders.axe import barriers
from tests.builders.desk_site import DeskSite, a_desk_site
from tests.builders.divisions import CITY, LICHENG, ONE, SHANDALU, TWO
from tests.builders.reading_api import a_reading_api
from tests.builders.snapshots import Value
from tests.builders.village_records import expect, hand_in

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
PLEDGE = {
    "division": ONE, "pledge_no": "P1", "project": "修路", "goal": "通车", "deadline": "2021-11-20", "progress": 60,
}  # fmt: skip
VALUES = (
    *(Value(code, 0.5) for code in (CITY, LICHENG, SHANDALU, ONE)),
    Value(ONE, 0.4, period="2021-10"),
    Value(ONE, 86.5, metric="star_score", period="2020"),
    Value(ONE, 4, metric="awarded_stars", period="2020"),
)


@pytest.fixture
async def village(database: str, tmp_path: Path) -> AsyncIterator[DeskSite]:
    """A village with stars, a pledge, a card, and a report that is awaited."""
    async with a_reading_api(database, tmp_path) as api:
        await api.publish(*VALUES)
        await expect(api, "pledge")
        await hand_in(api, "pledge", rows=[PLEDGE])
        await hand_in(api, "star_rating", "2020", [{"division": ONE}])
        await expect(api, "collective_income", due_at="2021-12-13T00:00:00+08:00")
        await api.raise_card(ONE)
        await api.raise_card(TWO, colour="yellow")
        async with a_desk_site(api) as site:
            yield site


@asynccontextmanager
async def terminal(browser: Browser, site: DeskSite, query: str = "", **context: object) -> AsyncIterator[Page]:
    """The terminal as it stands in the village's office."""
    async with await browser.new_context(**{"viewport": PHONE, **context}) as window:
        await window.add_cookies([await site.cookie(ONE, "read")])
        page = await window.new_page()
        await page.goto(f"{site.address}/terminal{query}")
        yield page


async def test_a_village_sees_at_a_glance_how_it_stands(village, browser):
    async with terminal(browser, village, java_script_enabled=False) as page:
        text = await page.locator("main").inner_text()

        assert await page.locator(".village-now .mark").count() == 1, "its own card and no neighbour's"
    missing = [part for part in ("甲村", "4 星", "修路", "剩余 2 天") if part not in text]
    assert missing == [], text


async def test_it_leads_to_the_whole_story(village, browser):
    async with terminal(browser, village) as page:
        await page.locator("main a.btn.main").click()
        await page.wait_for_url(f"**/villages/{ONE}**")

        assert await page.locator(".tabbar a[href^='/terminal']").is_visible()


async def test_only_a_village_has_a_terminal(village, browser):
    async with await browser.new_context() as window:
        page = await window.new_page()
        first = await page.goto(f"{village.address}/terminal")
        await window.add_cookies([await village.cookie(SHANDALU)])
        second = await page.goto(f"{village.address}/terminal")

    assert "/sign-in" in first.url
    assert second.status == 404


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_a_phone_never_scrolls_sideways(village, browser, lang):
    async with terminal(browser, village, f"?lang={lang}") as page:
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_terminal_can_be_used_by_everybody(village, browser, theme):
    async with terminal(browser, village, f"?theme={theme}") as page:
        found = await barriers(page)

    assert found == []
