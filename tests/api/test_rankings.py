"""Who stands where."""

from tests.builders.divisions import CITY, LICHENG, ONE, SHANDALU
from tests.builders.reading_api import ReadingApi


async def _ranking(api: ReadingApi, **params: str) -> list[tuple[str, int | None]]:
    answer = await api.get("rankings", metric="meeting_held_rate", period="2021-11", **params)
    return [(r["division"]["name"], r["rank"]) for r in answer.json()["readings"]]


async def test_those_that_tie_share_a_place(api: ReadingApi) -> None:
    found = await _ranking(api, division=CITY, level="village")

    assert found[:4] == [("丁村", 1), ("甲村", 2), ("乙村", 2), ("戊村", 4)]


async def test_who_did_not_report_comes_last_without_a_place(api: ReadingApi) -> None:
    assert (await _ranking(api, division=SHANDALU))[-1] == ("丙村", None)


async def test_places_are_those_within_the_division_asked_for(api: ReadingApi) -> None:
    assert ("甲村", 1) in await _ranking(api, division=SHANDALU)
    assert ("甲村", 2) in await _ranking(api, division=LICHENG, level="village")


async def test_the_level_directly_below_is_ranked_unless_told(api: ReadingApi) -> None:
    assert await _ranking(api, division=LICHENG) == [("洪家楼街道", 1), ("山大路街道", 2)]


async def test_a_village_ranks_nobody(api: ReadingApi) -> None:
    assert await _ranking(api, division=ONE) == []
