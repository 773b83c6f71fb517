"""The secretaries' index, what is suggested on its ground, and pay that is measured by it."""

from collections.abc import Iterator

import pytest

from services.catalog.load import load_catalog
from tests.analytics.conftest import CityMaker
from tests.builders.small_city import CITY, H1, H2, H3, HILL, SmallCity, the_systems

GROUPS = ("loyalty", "capability", "responsibility", "reputation", "self_discipline")
FIRST, SECOND, YEAR = "2021-H1", "2021-H2", "2021"


@pytest.fixture
def city(city_maker: CityMaker) -> Iterator[SmallCity]:
    """A city with the reviews, the contest and the pay of secretaries."""
    with city_maker(the_systems("lead_goose", "pay", "contest")) as made:
        yield made


def a_review(village: str, score: int = 80, *, hits: tuple[str, ...] = (), **changes: object) -> dict[str, object]:
    """A review in which every indicator has the same score."""
    row: dict[str, object] = {"division": village, "secretary_key": f"k{village}", "office": "secretary"}
    row |= {"age_band": "from_45_to_54", "education_band": "college", "tenure_years": 4}
    row |= {"head_of_village": True, "head_of_collective": True, "other_posts": 0, "review_outcome": "keep"}
    for field in load_catalog().forms["secretary_review"].fields:
        if field.field.startswith(GROUPS):
            row[field.field] = score
        if field.field.startswith("negative_"):
            row[field.field] = field.field.removeprefix("negative_") in hits
    return row | ({"note": "已核实"} if hits else {}) | changes


def a_pay_row(village: str, earned: float = 0.8, **changes: object) -> dict[str, object]:
    """Base pay in full, and a share of the full performance pay."""
    names = ("star_award", "promotion_award", "income_award", "pension_subsidy", "good_secretary_award")
    row: dict[str, object] = {"division": village, "base_due": 30_000, "base_paid": 30_000}
    row |= {"performance_full": 10_000, "performance_paid": 10_000 * earned, **dict.fromkeys(names, 0)}
    row |= {"leaving_receivers": 0, "leaving_subsidy": 0, "operating_funds": 60_000, "operating_spent": 50_000}
    return row | changes


def a_result(village: str, score: float = 80, **changes: object) -> dict[str, object]:
    """A contest in which every criterion and part has the same score, and 80 of 100 votes are in favour."""
    names = (
        "development",
        "governance",
        "change",
        "conduct",
        "site_visit",
        "report",
        "judge_highest",
        "judge_lowest",
    )
    row: dict[str, object] = {"division": village, "competed": True, "competed_on": "2021-11-20", "judges": 5}
    return row | dict.fromkeys(names, score) | {"votes_cast": 100, "votes_favour": 80, "advanced": False} | changes


def cards(city: SmallCity) -> list[tuple[str, str, str]]:
    return sorted(city.ask("select rule, division, colour from card"))


def test_an_index_is_the_weighted_score_less_what_the_negative_list_takes_off(city: SmallCity):
    rows = [a_review(H1, 80), a_review(H2, 80, hits=("absent", "petition")), a_review(H3, 95, hits=("crime",))]
    city.report("secretary_review", SECOND, HILL, rows)

    city.refresh()

    assert [city.value("lead_goose_score", village, SECOND)[0] for village in (H1, H2, H3)] == [80, 70, 85]
    assert dict(city.read(f"select division, grade from metrics.index_scores where period = '{SECOND}' "
                          "and index_name = 'lead_goose' and division in "
                          f"('{H1}', '{H2}', '{H3}')")) == {H1: 3, H2: 2, H3: 1}  # fmt: skip


def test_five_indexes_weigh_their_own_indicators_alone(city: SmallCity):
    raised = {"loyalty_stance": 100, "loyalty_decisions": 100, "loyalty_study": 100, "loyalty_organisation_life": 100}
    city.report("secretary_review", SECOND, HILL, [a_review(H1, 60, **raised)])

    city.refresh()

    found = {group: city.value(f"lead_goose_{group}_score", H1, SECOND)[0] for group in GROUPS}
    assert found == dict.fromkeys(GROUPS, 60) | {"loyalty": 100}
    assert city.value("lead_goose_score", H1, SECOND)[0] == 68


def test_a_years_index_is_that_of_its_last_review_and_its_adjustments_add_up(city: SmallCity):
    gone = {"review_outcome": "adjust", "adjust_reason": "index_low", "adjust_decided_on": "2021-03-01"}
    after = {"secretary_key": "another", "tenure_years": 0}
    city.report(
        "secretary_review", FIRST, HILL, [a_review(H1, 50, hits=("absent",), **gone, adjusted_on="2021-04-01")]
    )
    city.report("secretary_review", SECOND, HILL, [a_review(H1, 90, **after), a_review(H2, 70)])

    city.refresh()

    assert city.value("lead_goose_score", H1, YEAR)[0] == 90
    assert city.value("secretaries_adjusted", CITY, YEAR)[0] == 1
    assert city.value("secretary_negative_hits", HILL, YEAR)[0] == 1


def test_an_adjustment_is_suggested_under_the_line_and_for_a_veto_item(city: SmallCity):
    rows = [a_review(H1, 59), a_review(H2, 60), a_review(H3, 95, hits=("penalty",))]
    city.report("secretary_review", SECOND, HILL, rows)

    city.refresh()

    assert city.value("secretary_adjustment_suggested", HILL, SECOND)[0] == 2
    assert city.value("secretary_adjustment_unanswered", HILL, SECOND)[0] == 2


def test_an_index_that_is_low_a_negative_item_and_a_late_adjustment_raise_cards(city: SmallCity):
    late = {"review_outcome": "adjust", "adjust_reason": "other", "adjust_decided_on": "2021-08-01"}
    rows = [a_review(H1, 55), a_review(H2, 80, hits=("accounts_hidden",)), a_review(H3, 80, **late)]
    city.report("secretary_review", SECOND, HILL, rows)

    city.refresh()

    assert cards(city) == [
        ("lead_goose_index_low", H1, "yellow"),
        ("secretary_adjustment_overdue", H3, "yellow"),
        ("secretary_negative_item_hit", H2, "yellow"),
    ]


def test_pay_is_measured_by_the_years_index(city: SmallCity):
    city.report("secretary_review", SECOND, HILL, [a_review(H1, 80), a_review(H2, 60), a_review(H3, 80)])
    paid = [a_pay_row(H1), a_pay_row(H2, 0.95), a_pay_row(H3, base_paid=15_000, unpaid_reason="budget_late")]
    city.report("pay", YEAR, HILL, paid)

    city.refresh()

    assert city.value("performance_pay_gap", H2, YEAR)[0] == pytest.approx(0.35)
    assert city.value("pay_out_of_line", HILL, YEAR)[0] == 1
    assert cards(city) == [("base_pay_unpaid", H3, "red"), ("pay_out_of_line", H2, "red")]


def test_a_late_review_moves_the_gap_of_pay_that_was_reported_before(city: SmallCity):
    city.report("secretary_review", FIRST, HILL, [a_review(H1, 80)])
    city.report("pay", YEAR, HILL, [a_pay_row(H1)])
    city.refresh()

    city.report("secretary_review", SECOND, HILL, [a_review(H1, 60)])
    city.refresh()

    assert city.value("performance_pay_gap", H1, YEAR)[0] == pytest.approx(0.2)


def test_what_rests_on_a_yearly_report_is_not_asked_for_by_the_half(city: SmallCity):
    city.report("secretary_review", SECOND, HILL, [a_review(H1, 80)])
    city.report("pay", YEAR, HILL, [a_pay_row(H1)])

    city.refresh()

    kinds = (
        "select distinct period from marts.metric_values where metric in ('performance_pay_gap', 'pay_out_of_line')"
    )
    assert city.read(kinds) == [(YEAR,)]


def test_pay_tells_its_spread_and_what_is_beyond_the_base(city: SmallCity):
    city.report("pay", YEAR, HILL, [a_pay_row(H1, 1), a_pay_row(H2, 0.5), a_pay_row(H3, 0, star_award=5_000)])

    city.refresh()

    names = ("pay_highest", "pay_median", "pay_lowest", "operating_funds")
    assert [city.value(name, HILL, YEAR)[0] for name in names] == [40_000, 35_000, 35_000, 180_000]
    assert city.value("pay_n_share", HILL, YEAR)[0] == pytest.approx(20 / 110)


def test_a_contest_ranks_whoever_took_part_and_leaves_out_who_did_not(city: SmallCity):
    absent = {"division": H3, "competed": False, "absent_reason": "illness", "advanced": False}
    marks = {"judge_highest": 90.0, "judge_lowest": 70.0}
    city.report("contest", YEAR, HILL, [a_result(H1, 80, **marks), a_result(H2, 50), absent])

    city.refresh()

    assert [city.value("contest_score", village, YEAR)[0] for village in (H1, H2, H3)] == [80, 54.5, None]
    assert city.value("contest_score", HILL, YEAR)[0] == 67.25
    assert dict(city.values("contest_score", YEAR, "rank"))[H2] == 2
    assert city.value("contest_took_part_rate", HILL, YEAR)[0] == pytest.approx(2 / 3)
    assert cards(city) == [
        ("contest_judges_disagree", H1, "yellow"),
        ("contest_missed", H3, "yellow"),
        ("contest_score_low", H2, "yellow"),
    ]
