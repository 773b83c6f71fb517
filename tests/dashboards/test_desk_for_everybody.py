"""The desk on a phone, by keyboard and screen reader, in both languages and themes."""

import re

import pytest

from tests.builders.axe import barriers
from tests.builders.desk_pages import PERIOD, PHONE, REPORT, a_row, at, opened, press, send
from tests.builders.divisions import ONE, TWO
from tests.dashboards.test_pages_in_a_browser import TEXT_BUT_NAMES

pytestmark = pytest.mark.browser


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
@pytest.mark.parametrize("path", ["/desk", REPORT, f"/desk/pledge/{PERIOD}", "receipt"])
async def test_a_phone_never_scrolls_sideways(desk, browser, path, lang):
    number = await send(desk, a_row(ONE))
    path = f"/desk/receipts/{number}" if path == "receipt" else path
    async with opened(browser, desk, f"{path}?lang={lang}", viewport=PHONE) as page:
        width = await page.evaluate("document.documentElement.scrollWidth")

    assert width <= PHONE["width"]


@pytest.mark.parametrize("path", ["/desk", REPORT, f"/desk/pledge/{PERIOD}"])
async def test_the_english_desk_is_english_but_for_names(desk, browser, path):
    await send(desk, a_row(ONE))

    async with opened(browser, desk, f"{path}?lang=en") as page:
        text = await page.evaluate(TEXT_BUT_NAMES)

    assert re.findall(r"[\u3400-\u9fff]+", text) == []


async def test_the_way_to_send_stays_in_sight(desk, browser):
    async with opened(browser, desk, viewport={"width": 1366, "height": 700}) as page:
        await page.locator(at(ONE, "expense")).scroll_into_view_if_needed()
        bar = await page.locator(".bar-bottom").bounding_box()

    assert bar["y"] + bar["height"] <= 700


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/desk", REPORT, f"/desk/pledge/{PERIOD}", "receipt"])
async def test_the_desk_can_be_used_by_everybody(desk, browser, path, theme):
    number = await send(desk, a_row(ONE))
    path = f"/desk/receipts/{number}" if path == "receipt" else path
    async with opened(browser, desk, f"{path}?theme={theme}") as page:
        if path == REPORT:
            await page.fill(at(ONE, "expense"), "十二万")
            await press(page)
            await page.wait_for_selector("section.wrong")
        found = await barriers(page)

    assert found == []
