"""A value can be recomputed by hand from what is told of it, and what would raise it raises it."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from services.catalog.load import load_catalog
from tests.analytics.conftest import CityMaker
from tests.builders.explaining_api import explained
from tests.builders.filled_forms import a_star_row
from tests.builders.small_city import CITY, EAST, H1, H2, H3, HILL, L1, L2, LAKE, SmallCity, the_systems

HALF, YEAR = "2021-H2", "2021"
GROUPS = ("loyalty", "capability", "responsibility", "reputation", "self_discipline")
NEGATIVE = ("penalty", "crime", "funds")


@pytest.fixture
def city(city_maker: CityMaker) -> Iterator[SmallCity]:
    """A city with the reviews of secretaries and the star rating."""
    with city_maker(the_systems("lead_goose", "star_rating", "contest")) as made:
        yield made


def a_review(village: str, scores: int | dict[str, int] = 80, hits: tuple[str, ...] = ()) -> dict[str, object]:
    """A review; an indicator that is not named has 80."""
    row: dict[str, object] = {"division": village, "secretary_key": f"k{village}", "office": "secretary"}
    row |= {"age_band": "from_45_to_54", "education_band": "college", "tenure_years": 4}
    row |= {"head_of_village": True, "head_of_collective": True, "other_posts": 0, "review_outcome": "keep"}
    for field in load_catalog().forms["secretary_review"].fields:
        if field.field.startswith(GROUPS):
            row[field.field] = scores if isinstance(scores, int) else scores.get(field.field, 80)
        if field.field.startswith("negative_"):
            row[field.field] = field.field.removeprefix("negative_") in hits
    return row | ({"note": "已核实"} if hits else {})


def on_curve(part: dict[str, Any]) -> float:
    """The score of a component's value, by the told points of its curve."""
    points, value = part["curve_points"], part["value"]
    if value <= points[0][0]:
        return float(points[0][1])
    for (x0, y0), (x1, y1) in pairwise(points):
        if value < x1:
            return float(y0 + ((value - x0) * (y1 - y0) / (x1 - x0) if part["curve"] == "linear" else 0))
    return float(points[-1][1])


def by_hand(tree: dict[str, Any]) -> tuple[float, int | None]:
    """Score and grade out of the told parts alone."""
    weights = sum(part["weight"] for part in tree["components"])
    points = sum(on_curve(part) * part["weight"] / weights for part in tree["components"])
    off = sum(min(each["value"] * each["points_each"], each["limit"]) for each in tree["deductions"])
    score = max(points - off, 0)
    reached = [grade["grade"] for grade in tree["grades"] if score >= grade["at_least"] - 1e-9]
    caps = [veto["highest_grade"] for veto in tree["vetoes"] if veto["holds"]]
    return score, min([max(reached), *caps]) if reached else None


def test_a_lead_goose_index_can_be_recomputed_from_its_told_parts(city: SmallCity):
    scores = {"loyalty_study": 91, "capability_disputes": 67, "reputation_members": 43}
    city.report("secretary_review", HALF, HILL, [a_review(H1, scores, ("absent", "penalty"))])

    city.refresh()

    told = explained(city, "lead_goose", H1, HALF)["tree"]["index"]
    score, grade = by_hand(told)
    assert (told["score"], told["grade"]) == (pytest.approx(score, abs=0.001), grade)
    assert told["points"] - told["deducted"] == pytest.approx(told["score"], abs=0.0001)
    assert [(d["value"], d["points"]) for d in told["deductions"]] == [(1, 5), (1, 10)]
    assert (told["reached"], told["highest_grade"], told["grade"]) == (2, 1, 1)


def test_the_five_indexes_stand_under_the_total_and_add_up_to_its_points(city: SmallCity):
    city.report("secretary_review", HALF, HILL, [a_review(H1, {"loyalty_study": 91, "capability_disputes": 67})])

    city.refresh()

    told = explained(city, "lead_goose", H1, HALF)["tree"]["index"]
    assert [part["index"] for part in told["parts"]] == [f"lead_goose_{group}" for group in GROUPS]
    assert sum(p["score"] * p["weight"] for p in told["parts"]) / 100 == pytest.approx(told["points"], abs=0.001)


def test_a_star_rating_can_be_recomputed_and_tells_its_gates_and_vetoes(city: SmallCity):
    city.report("star_rating", YEAR, HILL, [a_star_row(H1, veto=True, passed=3, org_setup=1, results_income=2)])

    city.refresh()

    told = explained(city, "star_index", H1, YEAR)["tree"]["index"]
    score, grade = by_hand(told)
    assert (told["score"], told["grade"]) == (pytest.approx(score, abs=0.001), grade)
    assert (told["reached"], told["highest_grade"], told["grade"]) == (5, 3, 3)
    assert [veto["holds"] for veto in told["vetoes"]] == [True]
    assert [gate["passed"] for gate in told["gates"]] == [True, True, True, False, False]
    assert [f["field"] for f in told["gates"][0]["fields"]] == ["gate_township"]


def test_a_component_tells_its_form_its_fields_and_its_formula(city: SmallCity):
    city.report("star_rating", YEAR, HILL, [a_star_row(H1)])

    city.refresh()

    body = explained(city, "star_index", H1, YEAR)["tree"]["index"]["components"][1]["read"]
    assert body["form"]["form"] == "star_rating"
    assert {"body_secretary", "body_reserve"} <= {field["field"] for field in body["form"]["fields"]}
    assert (body["formula"]["valid_from"], body["formula"]["denominator"]) == (1900, "20")
    assert (body["measured"]["numerator"], body["measured"]["denominator"], body["measured"]["value"]) == (20, 20, 1)


def test_a_derived_metric_tells_what_it_reads_now_and_a_year_ago(city: SmallCity):
    city.report("star_rating", "2020", HILL, [a_star_row(H1, points=0.9)])
    city.report("star_rating", YEAR, HILL, [a_star_row(H1)])

    city.refresh()

    inputs = explained(city, "star_promotions", H1, YEAR)["tree"]["inputs"]
    assert [(i["name"], i["when"], i["period"], i["measured"]["value"]) for i in inputs] == [
        ("star_gates_passed", "now", YEAR, 5),
        ("star_index_grade", "now", YEAR, 5),
        ("star_gates_passed", "year_ago", "2020", 5),
        ("star_index_grade", "year_ago", "2020", 3),
    ]


def test_the_reports_behind_a_value_are_told_to_whom_they_belong(city: SmallCity):
    receipt = city.report("secretary_review", HALF, HILL, [a_review(H1)])
    city.report("secretary_review", HALF, LAKE, [a_review(L1)])

    city.refresh()

    answer = explained(city, "lead_goose_score", H1, HALF)
    assert [(s["id"], s["division"]["code"]) for s in answer["submissions"]] == [(receipt["id"], HILL)]
    assert explained(city, "lead_goose", EAST, HALF)["submission_count"] == 2
    assert explained(city, "lead_goose", H1, HALF, scope=H1)["submissions"] == []


def test_above_the_villages_the_distribution_is_told_and_the_lowest_tenth(city: SmallCity):
    city.report("secretary_review", HALF, HILL, [a_review(H1, 95), a_review(H2, 50), a_review(H3, 82)])
    city.report("secretary_review", HALF, LAKE, [a_review(L1, 81), a_review(L2, 81)])

    city.refresh()

    answer = explained(city, "lead_goose", EAST, HALF)
    told = answer["tree"]["index"]
    assert (told["components"], told["score"]) == ([], None)
    assert (answer["tree"]["measured"]["reported"], answer["tree"]["measured"]["expected"]) == (5, 5)
    assert [(b["grade"], b["units"]) for b in told["spread"]["bands"]] == [(4, 1), (3, 3), (1, 1)]
    assert [(low["division"]["code"], low["score"]) for low in told["spread"]["lowest"]] == [(H2, 50)]
    assert answer["improvements"]["reason"]["code"] == "not_formed_here"


def test_what_would_raise_a_star_rating_raises_it_to_the_next_star(city: SmallCity):
    row = a_star_row(H1, points=1) | {"org_setup": 0, "org_life": 0, "results_income": 0, "service_pledges": 2}
    city.report("star_rating", YEAR, HILL, [row])
    city.refresh()
    told = explained(city, "star_index", H1, YEAR)
    advice, tree = told["improvements"], told["tree"]["index"]

    for change in advice["changes"]:
        part = next(part for part in tree["components"] if part["metric"] == change["metric"])
        assert row[change["standard"]["field"]] == change["value"]
        part["value"] += (change["to_value"] - change["value"]) / part["weight"]

    assert the_raises(city) == [("results_income", 0, 6), ("org_life", 0, 2)]
    score, grade = by_hand(tree)
    assert (tree["score"], advice["goal"], advice["goal_grade"]) == (82, 90, 5)
    assert (score, grade) == (pytest.approx(advice["score_then"], abs=0.001), 5)
    assert sum(change["points"] for change in advice["changes"]) == pytest.approx(
        advice["score_then"] - tree["score"]
    )


def test_a_veto_that_caps_the_grade_leaves_nothing_to_raise_and_says_so(city: SmallCity):
    city.report("star_rating", YEAR, HILL, [a_star_row(H1, veto=True), a_star_row(H2)])

    city.refresh()

    capped, best = (explained(city, "awarded_stars", village, YEAR)["improvements"] for village in (H1, H2))
    assert (capped["changes"], capped["reason"]["code"]) == ([], "vetoed")
    assert (best["changes"], best["reason"]["code"]) == ([], "highest_grade")
    assert all(capped["reason"]["text"].values())


def test_standards_are_raised_from_the_answers_that_the_snapshot_counted_not_from_newer_ones(city: SmallCity):
    low = {"results_income": 2, "org_life": 0, "org_leadership": 1}
    city.report("star_rating", YEAR, HILL, [a_star_row(H1, **low)])
    city.refresh()
    first = the_raises(city)

    city.report("star_rating", YEAR, HILL, [a_star_row(H1, **low | {"org_life": 1, "results_income": 3})])
    not_yet_counted = the_raises(city)
    city.refresh()

    assert first == not_yet_counted == [("results_income", 2, 5)]
    assert the_raises(city) == [("results_income", 3, 4)]


def the_raises(city: SmallCity) -> list[tuple[str, float, float]]:
    changes = explained(city, "star_index", H1, YEAR)["improvements"]["changes"]
    return [(change["standard"]["field"], change["value"], change["to_value"]) for change in changes]


def test_an_index_without_grades_is_raised_off_the_lowest_tenth_of_its_county(city: SmallCity):
    low = a_review(H1, {f"self_discipline_{name}": 30 for name in ("integrity", "openness", "conduct")})
    city.report("secretary_review", HALF, HILL, [low, a_review(H2, 60), a_review(H3, 90)])
    city.report("secretary_review", HALF, LAKE, [a_review(L1, 70), a_review(L2, 70)])

    city.refresh()

    told, other = (explained(city, "lead_goose_self_discipline", v, HALF)["improvements"] for v in (H1, H2))
    assert (told["score"], told["goal"], told["goal_grade"]) == (30, 60, None)
    assert told["score_then"] >= 60
    assert told["changes"][0]["metric"] == "secretary_self_discipline_integrity"
    assert other["reason"]["code"] == "not_lowest"


def test_without_a_score_there_is_nothing_to_go_on_from(city: SmallCity):
    city.report("secretary_review", HALF, HILL, [a_review(H1)])

    city.refresh()

    assert explained(city, "lead_goose", H2, HALF)["improvements"]["reason"]["code"] == "no_score"
    assert explained(city, "secretary_veto_items", CITY, HALF)["improvements"]["reason"]["code"] == "not_an_index"
