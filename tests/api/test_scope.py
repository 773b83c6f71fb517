"""Every key sees its own division and what lies below it."""

import pytest

from tests.builders.divisions import CHANGQING, CITY, FIVE, LICHENG, ONE, SHANDALU
from tests.builders.reading_api import ReadingApi

NEIGHBOUR = [
    f"divisions/{CHANGQING}",
    f"divisions/{CHANGQING}/children",
    f"divisions/{CITY}",
    f"drilldown/{CHANGQING}?period=2021-11",
    f"drilldown/{CITY}?period=2021-11",
    f"values?metric=meeting_held_rate&period=2021-11&division={FIVE}",
    f"rankings?metric=meeting_held_rate&period=2021-11&division={CHANGQING}",
    f"cards?division={CHANGQING}",
    f"villages/{FIVE}?period=2021-11",
    f"compliance?period=2021-11&division={CHANGQING}",
    f"explain/meeting_held_rate?period=2021-11&division={CHANGQING}",
]
LISTS = [
    "rankings?metric=meeting_held_rate&period=2021-11&level=village",
    "values?metric=meeting_held_rate&period=2021-11&children=true",
    "cards",
    "compliance?period=2021-11",
    f"divisions/{LICHENG}/children",
]


@pytest.mark.parametrize("path", NEIGHBOUR)
async def test_a_county_cannot_see_beside_or_above_itself(api: ReadingApi, path: str) -> None:
    answer = await api.get(path, LICHENG)

    assert (answer.status_code, answer.json()["code"]) == (404, "parameter_unknown_division")


@pytest.mark.parametrize("path", LISTS)
async def test_a_county_finds_no_neighbour_in_its_lists(api: ReadingApi, path: str) -> None:
    await api.raise_card(FIVE)

    answer = await api.get(path, LICHENG)

    assert answer.status_code == 200
    assert "370113" not in answer.text


async def test_an_absent_division_is_answered_like_a_forbidden_one(api: ReadingApi) -> None:
    absent = (await api.get("divisions/370199000000", LICHENG)).json()
    forbidden = (await api.get(f"divisions/{CHANGQING}", LICHENG)).json()

    assert {**absent, "given": "", "detail": "", "text": ""} == {**forbidden, "given": "", "detail": "", "text": ""}


async def test_a_neighbours_card_is_not_there(api: ReadingApi) -> None:
    number = await api.raise_card(FIVE)

    assert (await api.get(f"cards/{number}", LICHENG)).status_code == 404
    assert (await api.get(f"cards/{number}", CHANGQING)).status_code == 200


async def test_a_path_begins_at_the_top_of_the_scope(api: ReadingApi) -> None:
    answer = (await api.get(f"drilldown/{ONE}", LICHENG, period="2021-11")).json()

    assert [step["code"] for step in answer["path"]] == [LICHENG, SHANDALU, ONE]


async def test_the_top_of_a_scope_does_not_name_what_is_above_it(api: ReadingApi) -> None:
    answer = (await api.get(f"divisions/{LICHENG}", LICHENG)).json()

    assert (answer["division"]["parent"], len(answer["path"])) == (None, 1)


@pytest.mark.parametrize(("scope", "root"), [("370000000000", CITY), (CITY, CITY), (SHANDALU, SHANDALU)])
async def test_the_root_is_the_highest_division_that_the_key_may_see(api: ReadingApi, scope: str, root: str) -> None:
    answer = await api.get("periods", scope)

    assert answer.json()["root"]["code"] == root


@pytest.mark.parametrize("path", ["/v1/periods", "/v1/events", "/v1/cards/1"])
async def test_without_a_key_nothing_is_told(api: ReadingApi, path: str) -> None:
    answer = await api.client.get(path)

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
