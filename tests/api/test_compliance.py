"""Who has reported."""

from tests.builders.divisions import CHANGQING, CITY, LICHENG, SHANDALU
from tests.builders.reading_api import ReadingApi


async def test_the_division_itself_stands_before_its_children(api: ReadingApi) -> None:
    answer = await api.get("compliance", period="2021-11", form="meeting_day")

    rows = answer.json()["rows"]
    assert [row["division"]["code"] for row in rows] == [CITY, LICHENG, CHANGQING]
    assert [(row["expected"], row["late"], row["missing"]) for row in rows] == [(3, 1, 1), (2, 1, 0), (1, 0, 1)]
    assert rows[0]["due_on"] == "2021-12-05"


async def test_without_a_form_all_forms_are_shown(api: ReadingApi) -> None:
    answer = await api.get("compliance", period="2021-11")

    assert [row["form"] for row in answer.json()["rows"]] == ["meeting_day"] * 3 + ["pledge"]


async def test_what_is_not_yet_due_is_awaited_not_missing(api: ReadingApi) -> None:
    (row,) = (await api.get("compliance", period="2021-12")).json()["rows"]

    assert (row["awaited"], row["missing"]) == (3, 0)


async def test_a_division_that_owes_nothing_has_no_rows(api: ReadingApi) -> None:
    assert (await api.get("compliance", period="2021-11", division=SHANDALU)).json()["rows"] == []
