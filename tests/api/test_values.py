"""Values of one period, and over time."""

import pytest

from tests.builders.divisions import CITY, ONE, SHANDALU, THREE
from tests.builders.reading_api import ReadingApi


async def test_a_divisions_own_reading_stands_before_its_childrens(api: ReadingApi) -> None:
    answer = await api.get("values", metric="meeting_held_rate", period="2021-11", division=SHANDALU, children=True)

    found = [(r["division"]["code"], r["value"]) for r in answer.json()["readings"]]
    assert found[:2] == [(SHANDALU, 0.5), (ONE, 0.5)]
    assert found[-1] == (THREE, None)


async def test_a_series_runs_from_the_earliest_period_to_the_latest(api: ReadingApi) -> None:
    answer = await api.get("values?from=2021-01&to=2021-12", metric="meeting_held_rate", division=CITY)

    found = [(r["period"], r["value"], r["previous"]) for r in answer.json()["readings"]]
    assert found == [("2021-10", 0.5, None), ("2021-11", 0.75, 0.5)]


async def test_a_series_of_a_village_that_never_reported_has_no_value(api: ReadingApi) -> None:
    answer = await api.get("values?from=2021-01&to=2021-12", metric="meeting_held_rate", division=THREE)

    assert [(r["period"], r["value"]) for r in answer.json()["readings"]] == [("2021-11", None)]


async def test_every_answer_says_what_it_comes_from(api: ReadingApi) -> None:
    answer = (await api.get("values", metric="meeting_held_rate", period="2021-11")).json()

    assert (answer["as_of"], answer["snapshot"], answer["pending"]) == (
        "2021-12-06T09:00:00+08:00", "snapshot-000001", 0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("values?metric=meeting_held_rate&period=2021-13", "query/period"),
        ("values?metric=meeting_held_rat&period=2021-11", "query/metric"),
        ("values?period=2021-11", "query/metric"),
        ("values?metric=meeting_held_rate", "query/period"),
        ("values?metric=meeting_held_rate&from=2021-01&to=2021", "query/to"),
        ("values?metric=meeting_held_rate&from=2021-1&to=2021-12", "query/from"),
        ("values?metric=meeting_held_rate&from=1950-01&to=2050-12", "query/to"),
        ("values?metric=meeting_held_rate&period=2021-11&division=abc", "query/division"),
        ("values?metric=meeting_held_rate&period=2021-11&children=perhaps", "query/children"),
        ("drilldown/1?period=2021-11", "path/code"),
        (f"drilldown/{CITY}", "query/period"),
        ("rankings?metric=meeting_held_rate&period=2021-11&level=street", "query/level"),
        ("cards?colour=green", "query/colour"),
        ("cards?status=gone", "query/status"),
        ("cards?limit=201", "query/limit"),
        ("cards?cursor=nonsense", "query/cursor"),
        ("cards/seven", "path/number"),
        ("cards/99999999999999999999", "path/number"),
        ("compliance?period=november", "query/period"),
        ("compliance?period=2021-11&form=meeting_dy", "query/form"),
    ],
)
async def test_a_malformed_parameter_is_refused_by_name(api: ReadingApi, path: str, where: str) -> None:
    answer = await api.get(path)

    assert (answer.status_code, answer.json()["code"], answer.json()["where"]) == (422, "parameter_invalid", where)


async def test_a_misspelt_metric_is_answered_with_the_one_that_was_meant(api: ReadingApi) -> None:
    answer = await api.get("values", metric="meeting_held_rat", period="2021-11")

    assert "meeting_held_rate" in answer.json()["errors"][0]["text"]["en"]
