"""Cards: the list, a page after the other, and one with its evidence."""

from tests.builders.divisions import CHANGQING, CITY, LICHENG, ONE, SHANDALU, TWO, WENCHANG
from tests.builders.reading_api import ReadingApi


async def _three(api: ReadingApi) -> list[int]:
    """A yellow one due first, a red one that is overdue, and a red one."""
    return [
        await api.raise_card(ONE, "yellow", due_on="2021-12-01"),
        await api.raise_card(WENCHANG, "red", due_on="2021-12-30"),
        await api.raise_card(TWO, "red", due_on="2021-12-05"),
    ]


async def test_red_ones_come_first_then_those_due_soonest(api: ReadingApi) -> None:
    yellow, late, soon = await _three(api)

    answer = (await api.get("cards")).json()

    assert [(c["id"], c["days_left"]) for c in answer["cards"]] == [(soon, -5), (late, 20), (yellow, -9)]
    assert answer["counts"] == {"red": 2, "yellow": 1, "overdue": 2}


async def test_a_page_leads_to_the_next_until_all_were_seen_once(api: ReadingApi) -> None:
    numbers = await _three(api)
    seen, path = [], "cards?limit=1"

    while path and len(seen) < 9:
        answer = await api.get(path)
        seen += [c["id"] for c in answer.json()["cards"]]
        link = answer.headers.get("link", "")
        path = link.partition(">")[0].removeprefix("</v1/")

    assert sorted(seen) == numbers
    assert len(seen) == 3


async def test_filters_narrow_the_list_but_not_the_counts(api: ReadingApi) -> None:
    yellow, _, soon = await _three(api)

    by_colour = (await api.get("cards", colour="yellow")).json()
    overdue = (await api.get("cards", overdue=True)).json()
    county = (await api.get("cards", division=CHANGQING)).json()

    assert [c["id"] for c in by_colour["cards"]] == [yellow]
    assert {c["id"] for c in overdue["cards"]} == {yellow, soon}
    assert by_colour["counts"] == overdue["counts"] == {"red": 2, "yellow": 1, "overdue": 2}
    assert county["counts"] == {"red": 1, "yellow": 0, "overdue": 0}


async def test_closed_cards_are_shown_only_when_asked_for(api: ReadingApi) -> None:
    closed = await api.raise_card(ONE, status="closed")

    assert (await api.get("cards")).json()["cards"] == []
    assert [c["id"] for c in (await api.get("cards", status="closed")).json()["cards"]] == [closed]


async def test_cards_of_another_period_are_left_out(api: ReadingApi) -> None:
    await api.raise_card(ONE)

    assert len((await api.get("cards", period="2021-11")).json()["cards"]) == 1
    assert (await api.get("cards", period="2021-10")).json()["cards"] == []


async def test_a_card_shows_rule_values_and_reports(api: ReadingApi) -> None:
    number = await api.raise_card(ONE)

    answer = (await api.get(f"cards/{number}")).json()

    evidence = answer["evidence"]
    assert evidence["rule"]["condition"] == "value = 0"
    assert [(r["period"], r["value"]) for r in evidence["values"]] == [("2021-10", 0), ("2021-11", 0.5)]
    assert evidence["submissions"][0]["division"]["name"] == "甲村"
    assert [(e["event"], e["snapshot"]) for e in answer["events"]] == [("raised", "snapshot-000001")]


async def test_a_cards_path_names_what_is_above_it_within_the_scope(api: ReadingApi) -> None:
    number = await api.raise_card(ONE)

    paths = [(await api.get(f"cards/{number}", scope)).json()["card"]["path"] for scope in (CITY, SHANDALU)]

    assert [[step["code"] for step in path] for path in paths] == [[LICHENG, SHANDALU], [SHANDALU]]


async def test_a_card_that_is_not_there_is_not_found(api: ReadingApi) -> None:
    answer = await api.get("cards/12345")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
