"""What a clerk does in the browser: opens a report of the township, fills it in, and sends it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Page

from tests.builders.desk_site import DeskSite
from tests.builders.divisions import ONE, SHANDALU, THREE, TWO

WALL, PHONE = {"width": 1920, "height": 1080}, {"width": 390, "height": 844}
FORM, PERIOD = "collective_income", "2021-11"
REPORT = f"/desk/{FORM}/{PERIOD}"
FIELDS = (
    "income_leasing", "income_services", "income_cooperatives", "income_investment", "income_other",
    "expense", "debt",
)  # fmt: skip
VILLAGES = (ONE, TWO, THREE)


@asynccontextmanager
async def opened(browser: Browser, desk: DeskSite, path: str = REPORT, **context: object) -> AsyncIterator[Page]:
    """A page as the township's clerk opens it."""
    async with await browser.new_context(**{"viewport": WALL, **context}) as window:
        await window.add_cookies([await desk.cookie()])
        page = await window.new_page()
        page.set_default_timeout(8000)
        await page.goto(desk.address + path)
        yield page


def a_row(village: str, **changes: object) -> dict[str, object]:
    return {"division": village} | dict.fromkeys(FIELDS, 100) | changes


def a_report(*rows: dict[str, object], **more: object) -> dict[str, object]:
    rows = rows or tuple(map(a_row, VILLAGES))
    return {"form": FORM, "period": PERIOD, "division": SHANDALU, "rows": rows} | more


async def send(desk: DeskSite, *rows: dict[str, object], **more: object) -> str:
    answer = await desk.ask("POST", "submissions", a_report(*rows, **more), scope=SHANDALU)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def rows_of(desk: DeskSite, number: str) -> list[dict[str, object]]:
    return list((await desk.ask("GET", f"submissions/{number}/rows", scope=SHANDALU)).json()["rows"])


async def kept(desk: DeskSite) -> list[dict[str, object]]:
    """The receipts of what the township has sent, the last revision first."""
    found = (await desk.ask("GET", f"submissions?form={FORM}", scope=SHANDALU)).json()["submissions"]
    return sorted(found, key=lambda receipt: -receipt["revision"])


def at(village: str, field: str) -> str:
    return f"[id='r{village}-1.{field}']"


async def fill(page: Page, *villages: str, **changes: str) -> None:
    for village in villages or VILLAGES:
        for field in FIELDS:
            await page.fill(at(village, field), changes.get(field, "100"))


async def press(page: Page, what: str = "send") -> None:
    await page.locator(f".bar-bottom [value={what}]").click()
