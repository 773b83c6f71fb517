"""The desk on a phone, by keyboard and screen reader, in both languages and themes."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page

from tests.builders.axe import barriers
from tests.builders.desk_pages import PERIOD, PHONE, REPORT, a_row, at, opened, press, send
from tests.builders.desk_site import DeskSite
from tests.builders.divisions import ONE, TWO
from tests.dashboards.test_pages_in_a_browser import TEXT_BUT_NAMES

pytestmark = pytest.mark.browser


async def pages_of(
    browser: Browser, desk: DeskSite, query: str, **context: object
) -> AsyncIterator[tuple[str, Page]]:
    """Each page of a desk that has sent a report, by its path, one after the other in one window."""
    number = await send(desk, a_row(ONE))
    async with opened(browser, desk, f"/desk?{query}", **context) as page:
        for path in ("/desk", REPORT, f"/desk/pledge/{PERIOD}", f"/desk/receipts/{number}"):
            await page.goto(f"{desk.address}{path}?{query}")
            yield path, page


@pytest.mark.parametrize("script", [True, False], ids=["scripted", "plain"])
async def test_a_phone_shows_one_village_at_a_time(desk, browser, script):
    async with opened(browser, desk, viewport=PHONE, java_script_enabled=script) as page:
        first = await page.locator("fieldset.line:visible").count(), await page.locator(f"#r{ONE}-1").is_visible()
        await page.locator(f"#r{ONE}-1 .turning").click()

        assert first == (1, True)
        assert await page.locator(f"#r{TWO}-1").is_visible()
        assert await page.locator("fieldset.line:visible").count() == 1


async def test_going_from_village_to_village_keeps_what_is_typed(desk, browser):
    async with opened(browser, desk, viewport=PHONE) as page:
        await page.fill(at(ONE, "expense"), "77")
        await page.locator(f"#r{ONE}-1 .turning").click()
        await page.wait_for_timeout(800)
        await page.locator(f"#r{TWO}-1 .turning").first.click()
        await page.wait_for_timeout(800)

        assert await page.input_value(at(ONE, "expense")) == "77"
        assert await page.evaluate("document.querySelector('.draft').hidden"), "the page is still the same one"


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_a_phone_never_scrolls_sideways(desk, browser, lang):
    widths = {}
    async for path, page in pages_of(browser, desk, f"lang={lang}", viewport=PHONE):
        widths[path] = await page.evaluate("document.documentElement.scrollWidth")

    assert {path: width for path, width in widths.items() if width > PHONE["width"]} == {}


async def test_the_english_desk_is_english_but_for_names(desk, browser):
    chinese = {}
    async for path, page in pages_of(browser, desk, "lang=en"):
        chinese[path] = re.findall(r"[\u3400-\u9fff]+", await page.evaluate(TEXT_BUT_NAMES))

    assert {path: words for path, words in chinese.items() if words} == {}


async def test_the_way_to_send_stays_in_sight(desk, browser):
    async with opened(browser, desk, viewport={"width": 1366, "height": 700}) as page:
        await page.locator(at(ONE, "expense")).scroll_into_view_if_needed()
        bar = await page.locator(".bar-bottom").bounding_box()

    assert bar["y"] + bar["height"] <= 700


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_desk_can_be_used_by_everybody(desk, browser, theme):
    found = {}
    async for path, page in pages_of(browser, desk, f"theme={theme}"):
        if path == REPORT:
            await page.fill(at(ONE, "expense"), "十二万")
            await press(page)
            await page.wait_for_selector("section.wrong")
        found[path] = await barriers(page)

    assert {path: broken for path, broken in found.items() if broken} == {}
