"""A village's page over the real api: what is told there stands on it, in both languages."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from dashboards.app import create_app
from tests.builders.divisions import CITY, ONE, SHANDALU, TWO
from tests.builders.orders import issue
from tests.builders.reading_api import ReadingApi, a_reading_api
from tests.builders.snapshots import Value
from tests.builders.village_records import expect, hand_in

PLEDGE = {
    "division": ONE,
    "pledge_no": "P1",
    "project": "修路",
    "goal": "通车",
    "deadline": "2021-11-20",
    "progress": 60,
}
VALUES = (
    *(Value(code, 0.5) for code in (CITY, SHANDALU, ONE)),
    Value(ONE, 0, period="2021-10"),
    Value(ONE, 86.5, metric="star_score", period="2020"),
    Value(ONE, 4, metric="awarded_stars", period="2020"),
)


@pytest.fixture
async def api(database: str, tmp_path: Path) -> AsyncIterator[ReadingApi]:
    async with a_reading_api(database, tmp_path) as api:
        await api.publish(*VALUES)
        yield api


async def page_of(api: ReadingApi, lang: str = "zh", path: str = f"villages/{ONE}", scope: str = CITY) -> str:
    """The page as a reader with a key of this scope gets it, its white space made even."""
    key = {"authorization": f"Bearer {await api.key(scope)}"}
    inner = httpx.AsyncClient(transport=httpx.ASGITransport(api.app), base_url="http://api", headers=key)
    outer = httpx.ASGITransport(create_app(inner))
    async with inner, httpx.AsyncClient(transport=outer, base_url="http://pages") as pages:
        answer = await pages.get(f"/{path}?period=2021-11&lang={lang}")
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", answer.text)


def section(page: str, name: str) -> str:
    """A section's words, without its tags."""
    found = re.search(rf'<section class="panel" id="{name}".*?</section>', page)
    assert found is not None
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found.group()))


async def test_every_section_of_the_contents_is_on_the_page(api: ReadingApi) -> None:
    page = await page_of(api)

    contents = re.search(r'<nav class="contents".*?</nav>', page)
    assert contents is not None
    targets = re.findall(r'href="#(\w+)"', contents.group())
    assert len(targets) >= 7
    assert all(f'id="{target}"' in page for target in targets)


async def test_a_key_metric_has_its_value_its_change_and_its_line(api: ReadingApi) -> None:
    page = await page_of(api)

    assert "主题党日开展率 50.0%" in section(page, "metrics")
    assert page.count('<svg class="spark"') == 1


async def test_a_pledge_past_its_day_is_called_overdue(api: ReadingApi) -> None:
    await hand_in(api, "pledge", rows=[{**PLEDGE, "completed": False}])

    assert "修路 P1 通车" in section(await page_of(api), "pledges")
    assert "Overdue" in section(await page_of(api, "en"), "pledges")


async def test_a_pledge_that_was_completed_late_says_so(api: ReadingApi) -> None:
    done = {"progress": 100, "completed": True, "completed_on": "2021-11-25", "verdict": "satisfied"}
    await hand_in(api, "pledge", rows=[PLEDGE | done])

    told = section(await page_of(api), "pledges")

    assert ("逾期办结 2021-11-25" in told, "群众评议 满意" in told) == (True, True)


async def test_stars_stand_with_their_gates(api: ReadingApi) -> None:
    gates = {"gate_township": "passed", "gate_township_on": "2020-10-08", "gate_villagers": "failed"}
    await hand_in(api, "star_rating", "2020", [{"division": ONE, **gates}])

    told = section(await page_of(api), "stars")

    assert "2020年 4 星 得分 86.5" in told
    assert "镇街初评关 通过 2020-10-08 群众评议关 未通过 –" in told


async def test_open_cards_lead_to_their_page_and_closed_ones_are_counted(api: ReadingApi) -> None:
    number = await api.raise_card(ONE)
    await api.raise_card(ONE, status="closed")

    page = await page_of(api)

    assert f'href="/cards/{number}?period=2021-11"' in page
    assert "已销的牌 1 张" in section(page, "cards")


async def test_an_order_about_the_village_is_marked(api: ReadingApi) -> None:
    card = await api.raise_card(ONE)
    await issue(api, about={"card": card})

    assert "主题党日未开展 涉及本村 待答复 剩余 10 天" in section(await page_of(api), "orders")


async def test_what_was_not_reported_stands_before_what_was(api: ReadingApi) -> None:
    await expect(api, "collective_income")
    await expect(api, "meeting_day")
    await hand_in(api, "meeting_day", rows=[{"division": TWO}])
    await hand_in(api, "pledge", rows=[{"division": ONE, "nil": True}])

    told = section(await page_of(api), "reports")

    assert told.index("没有报的") < told.index("主题党日与阳光议事月报") < told.index("公开承诺事项月报")
    assert ("镇街已报，缺本村" in told, "零报送" in told) == (True, True)


async def test_a_village_s_own_key_is_told_that_orders_are_out_of_its_scope(api: ReadingApi) -> None:
    await issue(api)

    told = section(await page_of(api, "en", scope=ONE), "orders")

    assert "Orders to the township are outside your scope." in told


@pytest.mark.parametrize("path", [f"divisions/{ONE}", "cards/1"])
async def test_a_village_is_reached_from_its_division_and_from_its_card(api: ReadingApi, path: str) -> None:
    await api.raise_card(ONE)

    assert f'href="/villages/{ONE}?period=2021-11"' in await page_of(api, path=path)


async def test_simulated_figures_are_called_so(api: ReadingApi) -> None:
    assert "指标数值均为虚构" in await page_of(api)
