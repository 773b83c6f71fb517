"""Cards follow the findings: raised once, strengthened, proposed for lifting; each with its evidence."""

from typing import Any

import pytest

from services.analytics.judge import Verdicts
from tests.builders.filled_forms import a_meeting, an_income
from tests.builders.moments import at
from tests.builders.small_city import F1, FORD, GLEN, H1, H2, H3, HILL, L1, LAKE, SmallCity
from tests.builders.stock_rows import report_stocks

LOW = "rule = 'stock_low'"
STATE = "colour, status, period, due_on::text"
LIFTING = "colour, period, due_on::text, lifting_proposed_at is not null"


def cards(city: SmallCity, where: str = LOW, columns: str = STATE) -> list[tuple[Any, ...]]:
    return city.ask(f"select {columns} from card where {where} order by rule, division")


def events(city: SmallCity, where: str = LOW) -> list[tuple[str, str]]:
    """What happened to the cards, in order."""
    joined = "card_event as e join card as c on c.id = e.card_id"
    return city.ask(f"select e.event, e.colour from {joined} where c.{where} order by e.id")


def evidence(city: SmallCity, where: str = LOW) -> dict[str, Any]:
    return cards(city, where, "evidence")[0][0]


def judged(city: SmallCity, period: str, amounts: dict[str, int], on: str | None = None) -> Verdicts:
    """The verdicts of a refresh after these amounts were reported."""
    report_stocks(city, period, amounts)
    if on is not None:
        city.clock.set(at(f"{on} 09:00"))
    return city.refresh().verdicts


def test_a_card_is_raised_once_and_judging_again_changes_nothing(stock_city: SmallCity):
    judged(stock_city, "2021-11", {F1: 7}, on="2021-12-05")
    before = stock_city.ask("select * from card order by id"), stock_city.ask("select * from card_event order by id")

    again = [stock_city.refresh().verdicts, stock_city.refresh(full=True).verdicts]

    assert again == [Verdicts(), Verdicts()]
    assert before == (
        stock_city.ask("select * from card order by id"),
        stock_city.ask("select * from card_event order by id"),
    )
    assert cards(stock_city) == [("yellow", "raised", "2021-11", "2021-12-20")]


def test_a_yellow_card_that_turns_red_is_the_same_card_with_its_days_again(stock_city: SmallCity):
    judged(stock_city, "2021-11", {F1: 7}, on="2021-12-05")
    before = cards(stock_city, columns="id")

    judged(stock_city, "2021-12", {F1: 3}, on="2022-01-08")

    assert cards(stock_city) == [("red", "raised", "2021-12", "2022-01-23")]
    assert cards(stock_city, columns="id") == before
    assert events(stock_city) == [("raised", "yellow"), ("strengthened", "red")]


def test_a_red_card_stays_red_while_its_value_is_still_yellow(stock_city: SmallCity):
    judged(stock_city, "2021-11", {F1: 3}, on="2021-12-05")

    judged(stock_city, "2021-12", {F1: 7}, on="2022-01-08")

    assert cards(stock_city) == [("red", "raised", "2021-12", "2021-12-20")]
    assert evidence(stock_city)["value"] == 7
    assert events(stock_city) == [("raised", "red")]


def test_a_value_that_recovers_proposes_to_lift_and_one_that_falls_again_takes_it_back(stock_city: SmallCity):
    judged(stock_city, "2021-10", {F1: 3}, on="2021-11-05")
    recovered = judged(stock_city, "2021-11", {F1: 70}, on="2021-12-05")
    lifted = cards(stock_city, columns=LIFTING)

    fallen = judged(stock_city, "2021-12", {F1: 8}, on="2022-01-05")

    assert (recovered.lifting_proposed, fallen.lifting_withdrawn) == (1, 1)
    assert lifted == [("red", "2021-10", "2021-11-20", True)]
    assert cards(stock_city, columns=LIFTING) == [("red", "2021-12", "2021-12-21", False)]
    assert [event for event, _ in events(stock_city)] == ["raised", "lifting_proposed", "lifting_withdrawn"]


def test_the_proposal_to_lift_leaves_the_status_to_people(stock_city: SmallCity):
    judged(stock_city, "2021-11", {F1: 7}, on="2021-12-05")
    stock_city.ask("update card set status = 'plan_filed'")

    judged(stock_city, "2021-11", {F1: 70}, on="2021-12-07")

    assert cards(stock_city, columns="status, lifting_proposed_at is not null") == [("plan_filed", True)]


def test_a_correction_that_clears_the_cause_proposes_to_lift(stock_city: SmallCity):
    judged(stock_city, "2021-11", {F1: 7})

    judged(stock_city, "2021-11", {F1: 70})

    assert [is_lifting for *_, is_lifting in cards(stock_city, columns=LIFTING)] == [True]


def test_periods_running_must_follow_one_another(stock_city: SmallCity):
    judged(stock_city, "2021-09", {F1: 7, L1: 7})
    judged(stock_city, "2021-10", {L1: 7})
    judged(stock_city, "2021-11", {F1: 7})

    assert cards(stock_city, "rule = 'stock_low_twice'", "division, period") == [(L1, "2021-10")]


def test_a_month_that_was_well_breaks_the_run(stock_city: SmallCity):
    for period, amount in (("2021-09", 7), ("2021-10", 70), ("2021-11", 7)):
        judged(stock_city, period, {F1: amount})

    assert cards(stock_city, "rule = 'stock_low_twice'") == []


def test_thin_data_raises_nothing(stock_city: SmallCity):
    judged(stock_city, "2021-11", {H1: 1, H2: 1, L1: 1})
    assert cards(stock_city, "rule = 'township_low'", "division") == []

    judged(stock_city, "2021-11", {H1: 1, H2: 1, H3: 1})

    assert cards(stock_city, "rule = 'township_low'", "division, colour") == [(HILL, "red")]


def test_silence_raises_nothing_and_lifts_nothing(stock_city: SmallCity):
    judged(stock_city, "2021-10", {F1: 7})
    stock_city.open("stock", "2021-11")

    verdicts = stock_city.refresh().verdicts

    assert verdicts == Verdicts()
    assert [status for _, status, *_ in cards(stock_city)] == ["raised"]


def test_a_card_shows_the_rule_the_values_the_snapshot_and_the_submissions_behind(stock_city: SmallCity):
    judged(stock_city, "2021-10", {F1: 20, H1: 20})
    judged(stock_city, "2021-11", {F1: 7, H1: 20})

    found = evidence(stock_city)

    assert (found["rule"]["rule"], found["rule"]["version"]) == ("stock_low", 3)
    assert found["rule"]["condition"] == "value < 10"
    assert {name: found[name] for name in ("value", "previous", "reported", "expected")} == {
        "value": 7, "previous": 20, "reported": 1, "expected": 1
    }  # fmt: skip
    assert found["snapshot"] == "snapshot-000002"
    newest = stock_city.ask("select id::text from submission where period = '2021-11' and division = '370113001000'")
    assert [(given["id"],) for given in found["submissions"]] == newest


def test_a_card_says_in_both_languages_what_is_the_matter(stock_city: SmallCity):
    judged(stock_city, "2021-11", {F1: 7})

    assert evidence(stock_city)["text"] == {
        "zh": "西县渡镇渡镇1村2021年11月存量7 项，上期未报。",
        "en": "西县渡镇渡镇1村 2021-11: 7, before not reported.",
    }


@pytest.mark.parametrize(
    ("rule", "periods"),
    [
        ("stock_low_twice", ["2021-11", "2021-12"]),
        ("stock_to_date_low", ["2021-10", "2021-11", "2021-12"]),
        ("stock_fell", ["2021-11", "2021-12"]),
        ("stock_low", ["2021-12"]),
    ],
)
def test_a_card_names_every_report_that_its_condition_rests_on(stock_city: SmallCity, rule: str, periods: list[str]):
    for period, amount in (("2021-10", 9), ("2021-11", 8), ("2021-12", 7)):
        report_stocks(stock_city, period, {F1: amount, H1: 50})

    stock_city.refresh()

    given = evidence(stock_city, f"rule = '{rule}' and division = '{F1}'")["submissions"]
    assert [(found["period"], found["division"]) for found in given] == [(period, FORD) for period in periods]


def test_a_correction_is_evidence_in_place_of_what_it_corrects(stock_city: SmallCity):
    judged(stock_city, "2021-11", {F1: 7})
    judged(stock_city, "2021-11", {F1: 6})

    assert [(s["revision"], s["period"]) for s in evidence(stock_city)["submissions"]] == [(2, "2021-11")]
    assert evidence(stock_city)["value"] == 6
    assert [event for event, _ in events(stock_city)] == ["raised"]


def test_an_older_period_that_comes_late_does_not_change_a_card(stock_city: SmallCity):
    judged(stock_city, "2021-11", {F1: 7})

    verdicts = judged(stock_city, "2021-09", {F1: 1})

    assert verdicts == Verdicts()
    assert [(colour, period) for colour, _, period, _ in cards(stock_city)] == [("yellow", "2021-11")]


def test_a_rule_that_is_gone_leaves_its_open_cards_alone(stock_city: SmallCity):
    judged(stock_city, "2021-11", {F1: 7})
    system = stock_city.catalog.systems[0].model_copy(update={"cards": ()})
    without = stock_city.under(type(stock_city.catalog)((system,), "without rules"))

    without.refresh()

    assert [status for _, status, *_ in cards(stock_city)] == ["raised"]


def test_two_missed_meetings_are_a_yellow_card_and_three_a_red_one(city: SmallCity):
    found = []
    for period in ("2021-09", "2021-10", "2021-11"):
        city.report("meeting_day", period, GLEN, [a_meeting("370113002201", held=False)])
        city.refresh()
        found.append(cards(city, "rule = 'meeting_missed'", "colour, period"))

    assert found == [[], [("yellow", "2021-10")], [("red", "2021-11")]]


def test_income_on_course_to_stay_under_fifty_thousand_is_a_card_from_june_on(city: SmallCity):
    for month in range(1, 7):
        city.report("collective_income", f"2021-{month:02}", LAKE, [an_income(L1, leasing=1000)])
        if month >= 5:
            city.refresh()

    assert cards(city, "rule = 'collective_income_under_50k'", "division, colour, period") == [
        (L1, "yellow", "2021-06")
    ]
    given = evidence(city, "rule = 'collective_income_under_50k'")["submissions"]
    assert [found["period"] for found in given] == [f"2021-{month:02}" for month in range(1, 7)]
