"""From a township's POST to the page at the command center, in the whole product as a user starts it."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest
from playwright.async_api import Browser, Page

from services.catalog.card_life import STATUSES
from services.catalog.periods import Period
from services.demo.city import Township, simulated_city
from services.demo.makers import rows_of
from tests.builders.demo_city import DemoCity

TOWNSHIP = "370126101000"
FORM, PERIOD, METRIC = "collective_income", "2021-12", "collective_income_to_date"
ADDED = 500_000
SERVED_WITHIN = 30_000


@pytest.fixture
async def desk(demo_city: DemoCity):
    headers = {"Authorization": f"Bearer {demo_city.key('township')}", "Content-Type": "application/json"}
    async with httpx.AsyncClient(base_url=demo_city.site, headers=headers, timeout=30) as client:
        yield client


@pytest.fixture
async def center(demo_city: DemoCity):
    headers = {"Authorization": f"Bearer {demo_city.key('city')}"}
    async with httpx.AsyncClient(base_url=demo_city.site, headers=headers, timeout=30) as client:
        yield client


def the_township() -> Township:
    return next(township for township in simulated_city() if township.code == TOWNSHIP)


def reported(form: str, period: str = PERIOD) -> list[dict]:
    return rows_of(form, the_township(), Period.parse(period))


async def value_of(center: httpx.AsyncClient, division: str) -> float:
    query = {"metric": METRIC, "period": PERIOD, "division": division}
    return (await center.get("/v1/values", params=query)).json()["readings"][0]["value"]


async def correct(desk: httpx.AsyncClient, form: str, period: str, village: str, **changed: object) -> None:
    """Report a month again with one village's row changed."""
    query = {"form": form, "period": period, "division": TOWNSHIP}
    known = (await desk.get("/v1/submissions", params=query)).json()["submissions"]
    rows = [row | (changed if row["division"] == village else {}) for row in reported(form, period)]
    report = query | {"rows": rows, "base_revision": known[0]["revision"], "note": "更正"}
    answer = await desk.post("/v1/submissions", content=msgspec.json.encode(report))
    assert answer.status_code == httpx.codes.CREATED, answer.text


async def the_card_of(center: httpx.AsyncClient, village: str, rule: str, *, lifting: bool) -> dict:
    """The village's open card by this rule, as soon as it is, or is not, to be lifted."""
    async with asyncio.timeout(SERVED_WITHIN / 1000):
        while True:
            query = {"division": village, "lifting": lifting}
            cards = (await center.get("/v1/cards", params=query)).json()["cards"]
            found = [card for card in cards if card["rule"] == rule]
            if found:
                return found[0]
            await asyncio.sleep(0.2)


@pytest.fixture(autouse=True)
async def windows_are_closed(browser: Browser) -> AsyncIterator[None]:
    """A page that stays open is kept up to date, at the expense of all tests after it."""
    yield
    for window in browser.contexts:
        await window.close()


async def shown(browser: Browser, address: str) -> Page:
    page = await (await browser.new_context(viewport={"width": 1920, "height": 1080})).new_page()
    await page.goto(address)
    await page.evaluate("() => { window.sameDocument = true }")
    return page


async def test_a_correction_changes_every_level_and_the_open_page_without_a_reload(desk, center, browser, site):
    village = reported(FORM)[0]["division"]
    levels = [village, TOWNSHIP, "370126000000", "370100000000"]
    before = [await value_of(center, code) for code in levels]
    page = await shown(browser, f"{site}/divisions/{TOWNSHIP}?metric={METRIC}&period={PERIOD}")
    row = page.locator("tr", has=page.locator(f'a[href*="{village}"]')).first
    told = await row.inner_text()

    await correct(desk, FORM, PERIOD, village, income_other=reported(FORM)[0]["income_other"] + ADDED)
    await page.wait_for_function(
        "([code, told]) => [...document.querySelectorAll('tr')].some("
        "row => row.querySelector(`a[href*='${code}']`) && row.innerText !== told)",
        arg=[village, told],
        timeout=SERVED_WITHIN,
    )

    after = [await value_of(center, code) for code in levels]
    assert await page.evaluate("window.sameDocument")
    assert [round(new - old, 2) for new, old in zip(after, before, strict=True)] == [ADDED] * 4


async def test_two_missed_meeting_days_raise_a_card_and_a_correction_proposes_to_lift_it(desk, center):
    held = reported("meeting_day")[2]
    village = held["division"]
    missed = dict.fromkeys(held, 0) | {
        "division": village,
        "fixed_day": 8,
        "held": False,
        "missed_reason": "no_quorum",
    }
    missed |= {"report_given": False, "accounts_shown": False, "consultation_held": False, "held_on": None}

    for period in ("2021-11", "2021-12"):
        await correct(desk, "meeting_day", period, village, **missed)
    card = await the_card_of(center, village, "meeting_missed", lifting=False)
    await correct(desk, "meeting_day", "2021-12", village, **held)
    lifted = await the_card_of(center, village, "meeting_missed", lifting=True)

    evidence = (await center.get(f"/v1/cards/{card['id']}")).json()["evidence"]
    assert (card["colour"], lifted["id"]) == ("yellow", card["id"])
    assert {item["period"] for item in evidence["submissions"]} == {"2021-11", "2021-12"}


@pytest.mark.parametrize("status", [*STATUSES])
async def test_the_demo_has_cards_at_every_stage_of_their_life(center, status):
    found = (await center.get("/v1/cards", params={"status": status, "limit": 1})).json()["cards"]

    assert [card["status"] for card in found] == [status]


async def sign_in(browser: Browser, address: str, key: str) -> Page:
    """The page of this address without scripts, for a visitor who signed in on the way to it."""
    window = await browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page = await window.new_page()
    await page.goto(address)
    await page.get_by_role("link", name="登录后办理").click()
    await page.get_by_text("用接口密钥登录").click()
    await page.get_by_label("密钥", exact=True).fill(key)
    await press(page, "用密钥登录")
    return page


async def press(page: Page, button: str) -> None:
    """Press a button that leads to a page, and be there: what is asked of a page that is going away may be lost."""
    async with page.expect_navigation():
        await page.get_by_role("button", name=button).click()


async def test_a_card_goes_its_way_from_page_to_page_without_a_script(center, demo_city, browser, site):
    query = {"division": TOWNSHIP, "status": "raised", "limit": 1}
    [card] = (await center.get("/v1/cards", params=query)).json()["cards"]
    address = f"{site}/cards/{card['id']}"
    township = await sign_in(browser, address, demo_city.key("township"))
    county = await sign_in(browser, address, demo_city.key("county"))

    await press(township, "签收")
    await township.get_by_label("整改方案").fill("本月内补齐")
    await township.get_by_label("计划完成日期").fill("2022-02-20")
    await press(township, "报送整改方案")
    await township.get_by_label("整改情况").fill("已补齐")
    await press(township, "报告整改完成")
    for step in ("核实通过", "销牌"):
        await county.reload()
        await press(county, step)

    closed = (await center.get(f"/v1/cards/{card['id']}")).json()
    assert closed["card"]["status"] == "closed"
    assert [event["event"] for event in closed["events"][-5:]] == [
        "acknowledged", "plan_filed", "rectified", "verified", "closed",
    ]  # fmt: skip
    assert await county.get_by_text("本月内补齐").is_visible()


async def test_what_is_being_typed_survives_news(demo_city, browser, site):
    headers = {"Authorization": f"Bearer {demo_city.key('county')}"}
    async with httpx.AsyncClient(base_url=site, headers=headers, timeout=30) as county:
        one, other = [
            (await county.get("/v1/cards", params={"status": status, "limit": 1})).json()["cards"][0]
            for status in ("rectified", "verified")
        ]
        seen = await county.get(f"/v1/cards/{other['id']}")
        page = await shown(browser, site)
        await page.context.add_cookies([{"name": "key", "value": demo_city.key("county"), "url": site}])
        await page.goto(f"{site}/cards/{one['id']}")
        await page.locator("#step-returned summary").click()
        await page.get_by_label("退回原因").fill("佐证材料不全")
        await page.evaluate("document.querySelector('h1').dataset.old = 'yes'")

        step = {"event": "closed"}
        taken = await county.post(f"{other['url']}/events", json=step, headers={"If-Match": seen.headers["etag"]})
        await page.wait_for_selector("h1:not([data-old])", timeout=SERVED_WITHIN)

    assert taken.status_code == httpx.codes.CREATED
    assert await page.get_by_label("退回原因").input_value() == "佐证材料不全"
    assert await page.get_by_label("退回原因").is_visible()


def test_a_second_start_finds_the_city_and_prints_the_same_summary(demo_city):
    first = demo_city.printed()

    again = subprocess.run(
        [sys.executable, "-m", "services.cli", "demo", "--once"],
        env={**os.environ, "RORC_DATA_DIR": str(demo_city.folder), "COLUMNS": "160"},
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip

    figures = [line for line in first.splitlines() if "rows in" in line or "metrics" in line]
    assert len(figures) == 2
    assert figures[0] in again.stdout
