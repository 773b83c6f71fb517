"""The simulated specialists: sound reports, the published totals, and the catalog's formulas over them."""

import pytest

from services.demo.systems.specialist import MAKERS, SINCE
from tests.builders.simulated_rows import (
    LAST,
    Reported,
    faults_of,
    filled,
    measured,
    meets_published,
    reported,
    the_city,
    two_townships,
)


def in_service(rows: list[dict]) -> list[dict]:
    return [row for row in rows if row["stationed"] and not row["departed"]]


@pytest.fixture(scope="module")
def few() -> Reported:
    return reported(MAKERS["specialist"], SINCE["specialist"], two_townships())


@pytest.fixture(scope="module")
def whole() -> Reported:
    return reported(MAKERS["specialist"], SINCE["specialist"], the_city())


def test_the_reports_of_two_townships_have_no_fault(few):
    assert few and faults_of("specialist", few) == []


def test_the_rows_at_the_end_of_2021_give_the_published_totals(whole):
    rows = filled(whole, LAST)
    people = in_service(rows)
    villages = sum(len(township.villages) for township in the_city())

    totals = {
        "specialists_hired": sum(row["stationed"] for row in rows),
        "specialist_mean_age": sum(row["age"] for row in people) / len(people),
        "specialist_bachelor_share": sum(row["education"] in ("bachelor", "master") for row in people) / len(people),
        "specialist_coverage": len({row["division"] for row in rows if not row["departed"]}) / villages,
        "specialists_elected": sum(row["elected_body"] for row in people),
        "specialists_elected_secretary": sum(row["elected_secretary"] for row in people),
    }
    assert set(meets_published("specialist", totals).values()) == {True}


def test_a_specialist_is_stationed_in_one_village_only(whole):
    stationed = [(row["division"][:9], row["specialist_no"]) for row in filled(whole, LAST) if row["stationed"]]

    assert len(stationed) == len(set(stationed))


def test_who_serves_a_second_village_is_stationed_in_the_same_township(whole):
    rows = filled(whole, LAST)
    stationed = {(row["division"][:9], row["specialist_no"]) for row in in_service(rows)}

    besides = {(row["division"][:9], row["specialist_no"]) for row in rows if not row["stationed"]}
    assert besides and besides <= stationed


def test_formulas_and_plain_arithmetic_agree(few):
    values = {metric: found[str(LAST)] for metric, found in measured("specialist", few).items()}
    rows = filled(few, LAST)
    people = in_service(rows)

    assert values["specialists_hired"] == sum(row["stationed"] for row in rows)
    assert values["specialist_villages"] == len({row["division"] for row in rows if not row["departed"]})
    assert values["specialist_mean_age"] == sum(row["age"] for row in people) / len(people)
    assert values["specialists_unprovided"] == sum(not (row["paid"] and row["insured"]) for row in people)
