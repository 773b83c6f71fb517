"""The pages in Chromium over the whole demo: `site` is its address, `profile` the Chromium of most tests."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize

from tests.builders.axe import barriers

pytestmark = pytest.mark.browser

CITY, COUNTY, TOWNSHIP, VILLAGE = "370100000000", "370126000000", "370126001000", "370126101201"
PAGES = [
    "/",
    "/?view=tree",
    f"/divisions/{CITY}",
    f"/divisions/{COUNTY}",
    f"/divisions/{TOWNSHIP}",
    f"/villages/{VILLAGE}",
    "/cards",
    "/cards/1",
    "/sign-in",
    "/rankings",
    "/rankings?level=township",
    "/compliance",
    f"/explain/lead_goose_score?division={VILLAGE}",
    f"/explain/star_index?division={VILLAGE}",
    f"/explain/lead_goose?division={COUNTY}",
    f"/explain/star_promotions?division={TOWNSHIP}",
]
WALL, PHONE = ViewportSize(width=1920, height=1080), ViewportSize(width=390, height=844)
AFTERWARDS_MS = 700  # longer than a live page waits until it asks for itself again
# Names of divisions stay Chinese and are marked so; figures carry them too.
TEXT_BUT_NAMES = """() => {
  const copy = document.body.cloneNode(true);
  for (const part of copy.querySelectorAll("[lang=zh], script, .plotbox")) part.remove();
  return copy.textContent;
}"""


@asynccontextmanager
async def blank(profile: BrowserContext, size: ViewportSize = WALL) -> AsyncIterator[Page]:
    """A page of somebody who has never been here."""
    await profile.clear_cookies()
    async with await profile.new_page() as page:
        await page.set_viewport_size(size)
        yield page


@asynccontextmanager
async def opened(profile: BrowserContext, url: str, size: ViewportSize = WALL) -> AsyncIterator[Page]:
    """A page and its figures."""
    async with blank(profile, size) as page:
        await page.goto(url)
        await has_drawn(page)
        yield page


@asynccontextmanager
async def plain(browser: Browser, url: str) -> AsyncIterator[Page]:
    """A page where scripts are not run."""
    async with await browser.new_context(viewport=WALL, java_script_enabled=False) as window:
        page = await window.new_page()
        await page.goto(url)
        yield page


async def has_drawn(page: Page) -> None:
    if await page.locator(".plotbox").count():
        await page.wait_for_selector("html[data-drawn]")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
async def test_a_page_can_be_used_by_everybody_asks_no_other_host_and_reports_no_error(site, profile, path, theme):
    mark, wrong = "&" if "?" in path else "?", []
    async with blank(profile) as page:
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda asked: None if asked.url.startswith((site, "data:")) else wrong.append(asked.url))
        await page.goto(f"{site}{path}{mark}theme={theme}")
        await has_drawn(page)
        if await page.locator("[data-live]").count():
            await page.wait_for_selector(".live[data-state=on]")
        found, _ = await asyncio.gather(barriers(page), page.wait_for_timeout(AFTERWARDS_MS))

    assert found == []
    assert wrong == []


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_the_wall_fits_its_screen(site, profile, lang):
    async with opened(profile, f"{site}/?lang={lang}") as page:
        height = await page.evaluate("document.documentElement.scrollHeight")

    assert height <= WALL["height"]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
async def test_a_phone_never_scrolls_sideways(site, profile, path, lang):
    mark = "&" if "?" in path else "?"
    async with opened(profile, f"{site}{path}{mark}lang={lang}", PHONE) as page:
        width = await page.evaluate("document.documentElement.scrollWidth")

    assert width <= PHONE["width"]


async def test_a_county_is_reached_and_opened_by_keyboard(site, profile):
    async with opened(profile, f"{site}/") as page:
        for _ in range(80):
            await page.keyboard.press("Tab")
            if COUNTY in (await page.evaluate("document.activeElement.getAttribute('href')") or ""):
                break
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**county={COUNTY}**")

        assert await page.locator(f"tr[aria-current] a[href*='{COUNTY}']").count() == 1


async def test_opening_a_county_keeps_the_focus_where_it_was(site, profile):
    async with opened(profile, f"{site}/") as page:
        link = page.locator(f".rank-panel a[href*='{COUNTY}']")
        await link.focus()

        await page.keyboard.press("Enter")
        await page.wait_for_selector(f"tr[aria-current] a[href*='{COUNTY}']")

        assert COUNTY in await page.evaluate("document.activeElement.getAttribute('href')")


async def test_a_click_on_the_map_opens_that_county(site, profile):
    async with blank(profile) as page:
        await page.route("**/live", lambda route: route.abort())  # its first event redraws the map under the pointer
        await page.goto(f"{site}/?county=370124000000")
        await has_drawn(page)
        await page.wait_for_selector("#map .choropleth path")
        drawn = json.loads(await page.locator("#map-figure").text_content())["data"][0]["locations"]
        box = await page.locator("#map .choropleth path").nth(drawn.index(COUNTY[:6])).bounding_box()

        await page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

        await page.wait_for_url(f"**county={COUNTY}**")


async def test_without_javascript_the_values_are_there(site, browser):
    async with plain(browser, f"{site}/") as page:
        tiles = await page.locator(".tile .big").all_inner_texts()
        rows = await page.locator(".rank-panel tbody tr").count()
        history = page.locator(".plot-table table").first

        assert len(tiles) == 6
        assert re.match(r"\d", tiles[0])
        assert rows >= 12
        assert await history.is_visible()


async def test_without_javascript_the_period_is_a_form(site, browser):
    async with plain(browser, f"{site}/") as page:
        await page.select_option("#period", "2021-06")
        await page.locator(".top form button").click()

        assert "period=2021-06" in page.url
        assert await page.locator("#period").input_value() == "2021-06"


@pytest.mark.parametrize("path", PAGES)
async def test_the_english_page_is_english_but_for_names(site, profile, path):
    mark = "&" if "?" in path else "?"
    async with opened(profile, f"{site}{path}{mark}lang=en") as page:
        text = await page.evaluate(TEXT_BUT_NAMES)

    assert re.findall(r"[\u3400-\u9fff]+", text) == []


async def test_a_number_leads_to_how_it_came_about(site, browser):
    async with plain(browser, f"{site}/divisions/{VILLAGE}?metric=star_score") as page:
        await page.locator("tr[aria-current] a.how").click()

        assert "/explain/star_score?" in page.url
        assert await page.locator(".explained tbody tr").count() >= 4
        assert await page.locator(".raises li").count() >= 5


async def test_a_chosen_language_is_remembered(site, profile):
    async with opened(profile, f"{site}/?lang=en") as page:
        await page.goto(f"{site}/rankings")

        assert await page.locator("html").get_attribute("lang") == "en"


async def test_choosing_a_period_shows_its_figures_without_a_reload(site, profile):
    async with opened(profile, f"{site}/") as page:
        await page.evaluate("window.sameDocument = true")

        await page.select_option("#period", "2021-06")
        await page.wait_for_url("**period=2021-06**")
        await page.wait_for_selector("#period option[value='2021-06'][selected]", state="attached")

        assert await page.evaluate("window.sameDocument") is True
        told = await page.locator(".region-panel .sub").inner_text()
        assert "2021年第2季度" in told, "the map's metric is reported by the quarter: June is read in its own"


async def test_news_that_comes_while_a_choice_is_on_its_way_does_not_undo_it(site, profile):
    chosen, asked = asyncio.Event(), []

    async def tell(route):
        await chosen.wait()
        await route.fulfill(body="event: snapshot\ndata: {}\n\n", content_type="text/event-stream")

    async def answer(route):
        asked.append(route)
        chosen.set()
        if len(asked) > 1:  # the first is still on its way when the news comes
            await route.continue_()

    async with blank(profile) as page:
        await page.route("**/live", tell, times=1)
        await page.route("**period=2021-06**", answer)
        await page.goto(f"{site}/")
        await has_drawn(page)

        await page.select_option("#period", "2021-06")

        await page.wait_for_selector("#period option[value='2021-06'][selected]", state="attached")


async def test_the_theme_changes_pages_and_figures(site, profile):
    async with opened(profile, f"{site}/?theme=dark") as page:
        ground = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        figure = await page.locator("#trend-figure").text_content()

    assert ground == "rgb(11, 18, 20)"
    assert "#58bdb2" in figure


async def test_the_page_says_that_its_figures_are_simulated(site, profile):
    async with opened(profile, f"{site}/", PHONE) as page:
        assert await page.get_by_text("指标数值均为虚构").last.is_visible()


async def test_every_link_of_the_wall_leads_to_a_page(site, profile):
    async with opened(profile, f"{site}/") as page:
        links = await page.evaluate("[...new Set([...document.querySelectorAll('a[href]')].map(a => a.href))]")
        inside = [link for link in links if link.startswith(site) and "#" not in link]
        answers = [(link, (await page.request.get(link)).status) for link in inside]

    assert len(answers) > 30
    assert [answer for answer in answers if answer[1] != 200] == []


async def test_a_village_is_opened_from_its_place_among_the_divisions(site, profile):
    async with opened(profile, f"{site}/divisions/{VILLAGE}?period=2021-12") as page:
        await page.locator(".title a.ctl").click()
        await page.wait_for_url(f"**/villages/{VILLAGE}?period=2021-12")

        assert await page.locator(".chapter").count() >= 10


async def test_the_contents_of_a_story_stay_in_sight_and_lead_on_by_keyboard(site, profile):
    async with opened(profile, f"{site}/villages/{VILLAGE}") as page:
        await page.locator(".contents a[href='#reports']").focus()
        await page.keyboard.press("Enter")
        await page.wait_for_function("() => location.hash === '#reports' && scrollY > 500")

        await page.wait_for_function(
            "() => Math.abs(document.querySelector('.contents').getBoundingClientRect().top - 16) < 2"
        )
        assert await page.locator("#h-reports").is_visible()


async def test_without_javascript_a_story_is_whole(site, browser):
    async with plain(browser, f"{site}/villages/{VILLAGE}") as page:
        sections = await page.locator(".story section h2").count()
        past = page.locator(".chapter details").first
        await past.locator("summary").click()

        assert sections == 7
        assert await past.locator("table").is_visible()
        assert await page.locator(".keyline .spark").count() > 20


async def test_an_unknown_address_is_a_page_that_says_so(site, browser):
    async with await browser.new_context() as window:
        page = await window.new_page()
        answer = await page.goto(f"{site}/nowhere?lang=en")

        assert answer.status == 404
        assert await page.locator("h1").inner_text() == "No such page"
