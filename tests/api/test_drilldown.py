"""Drill-down: a division and those below it."""

from tests.builders.divisions import CHANGQING, CITY, LICHENG, ONE, SHANDALU, THREE, TWO
from tests.builders.reading_api import ReadingApi


async def test_a_village_that_reported_nothing_is_missing_not_zero(api: ReadingApi) -> None:
    answer = await api.get(f"drilldown/{SHANDALU}", period="2021-11")

    readings = {r["division"]["code"]: r for r in answer.json()["readings"]}
    assert (readings[THREE]["value"], readings[THREE]["reported"], readings[THREE]["expected"]) == (None, 0, 1)
    assert readings[THREE]["numerator"] is None


async def test_a_reported_zero_stays_zero(api: ReadingApi) -> None:
    answer = await api.get("drilldown/370113001000", period="2021-11")

    assert [r["value"] for r in answer.json()["readings"]] == [0]


async def test_it_shows_the_division_itself_and_each_child(api: ReadingApi) -> None:
    answer = (await api.get(f"drilldown/{CITY}", period="2021-11")).json()

    assert [r["value"] for r in answer["own"]] == [0.75]
    assert [(c["code"], c["villages"]) for c in answer["children"]] == [(LICHENG, 4), (CHANGQING, 1)]
    assert [r["division"]["name"] for r in answer["readings"]] == ["历城区", "长清区"]


async def test_children_and_summary_count_the_open_cards_below_them(api: ReadingApi) -> None:
    await api.raise_card(ONE, "red")
    await api.raise_card(TWO, "yellow")
    await api.raise_card(THREE, "red", status="closed")

    answer = (await api.get(f"drilldown/{LICHENG}", period="2021-11")).json()

    assert [(c["red"], c["yellow"]) for c in [answer["summary"], *answer["children"]]] == [(1, 1), (1, 1), (0, 0)]


async def test_only_the_metrics_that_were_asked_for_are_answered(api: ReadingApi) -> None:
    answer = await api.get(f"drilldown/{CITY}", period="2021-11", metric=["star_score"])

    assert (answer.json()["own"], answer.json()["readings"]) == ([], [])


async def test_a_village_has_readings_of_its_own_and_nothing_below(api: ReadingApi) -> None:
    answer = (await api.get(f"drilldown/{ONE}", period="2021-11")).json()

    assert ([r["value"] for r in answer["own"]], answer["children"], answer["readings"]) == ([0.5], [], [])


async def test_a_period_for_which_nothing_is_due_has_children_without_readings(api: ReadingApi) -> None:
    answer = (await api.get(f"drilldown/{CITY}", period="2031-01")).json()

    assert (len(answer["children"]), answer["readings"]) == (2, [])


async def test_a_question_asked_plainly_and_one_with_escapes_have_the_same_answer(api: ReadingApi) -> None:
    plain = await api.get(f"drilldown/{CITY}?period=2021-11&metric=meeting_held_rate")

    escaped = await api.get(f"drilldown/{CITY}?period=2021%2D11&metric=meeting_held_rate")

    assert plain.json() == escaped.json()
    assert plain.json()["readings"]
