"""Explanations over HTTP: whom they answer, and what they refuse. tests/analytics recomputes them."""

from tests.builders.divisions import CITY, LICHENG, ONE, SHANDALU
from tests.builders.reading_api import ReadingApi
from tests.builders.snapshots import Value

PATH = f"explain/meeting_held_rate?division={SHANDALU}&period=2021-11"


async def test_a_metric_tells_its_value_its_formula_and_its_form(api: ReadingApi) -> None:
    tree = (await api.get(PATH)).json()["tree"]

    assert tree["measured"] == {"numerator": 0.5, "denominator": 1, "value": 0.5, "reported": 1, "expected": 1}
    assert (tree["form"]["form"], tree["formula"]["valid_from"]) == ("meeting_day", 1900)
    assert [field["field"] for field in tree["form"]["fields"]] == ["held"]


async def test_what_was_not_due_is_told_without_a_value(api: ReadingApi) -> None:
    answer = await api.get(f"explain/meeting_held_rate?division={ONE}&period=2031-01")

    assert answer.json()["tree"]["measured"] == {
        "numerator": None, "denominator": None, "value": None, "reported": 0, "expected": 0,
    }  # fmt: skip


async def test_an_unknown_metric_is_refused_with_those_that_look_alike(api: ReadingApi) -> None:
    answer = await api.get("explain/meeting_held_rat?period=2021-11")

    assert (answer.status_code, answer.json()["where"]) == (422, "path/metric")
    assert "meeting_held_rate" in answer.text


async def test_a_snapshot_of_other_rules_says_so_and_advises_nothing(api: ReadingApi) -> None:
    answer = (await api.get(f"explain/lead_goose?division={ONE}&period=2021-H2")).json()

    assert (answer["catalog_version"], answer["rules_changed"]) == ("test", True)
    assert answer["improvements"]["reason"]["code"] == "rules_changed"


async def test_an_explanation_is_answered_from_memory_and_with_a_tag(api: ReadingApi) -> None:
    first = await api.get(PATH)

    again = await api.get(PATH, headers={"if-none-match": first.headers["etag"]})

    assert again.status_code == 304


async def test_a_snapshot_of_an_earlier_version_says_that_it_cannot_explain(api: ReadingApi) -> None:
    await api.publish(Value(CITY, 1), without=("submission_divisions",))

    answer = await api.get(PATH)

    assert (answer.status_code, answer.json()["code"]) == (409, "snapshot_unexplained")


async def test_a_county_is_not_told_how_its_neighbour_came_about(api: ReadingApi) -> None:
    assert (await api.get("explain/lead_goose?division=370113000000&period=2021-H2", LICHENG)).status_code == 404
