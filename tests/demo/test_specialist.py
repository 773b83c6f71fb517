"""The simulated specialists: sound reports, the published totals, and the catalog's formulas over them."""

import pytest

from services.catalog.periods import Period
from services.demo.city import simulated_city
from tests.builders.simulated_reports import Reports, faults_of, filled, measured, missed, reported, two_townships

LAST = Period.parse("2021-Q4")


def in_service(rows: list[dict]) -> list[dict]:
    return [row for row in rows if row["stationed"] and not row["departed"]]


@pytest.fixture(scope="module")
def few() -> Reports:
    return reported("specialist", two_townships())


@pytest.fixture(scope="module")
def whole() -> Reports:
    return reported("specialist")


def test_the_reports_of_two_townships_have_no_fault(few):
    assert few and faults_of("specialist", few) == []


def test_the_rows_at_the_end_of_2021_give_the_published_totals(whole):
    rows = filled(whole[LAST])
    people = in_service(rows)
    villages = sum(len(township.villages) for township in simulated_city())

    totals = {
        "specialists_hired": sum(row["stationed"] for row in rows),
        "specialist_mean_age": sum(row["age"] for row in people) / len(people),
        "specialist_bachelor_share": sum(row["education"] in ("bachelor", "master") for row in people) / len(people),
        "specialist_coverage": len({row["division"] for row in rows if not row["departed"]}) / villages,
        "specialists_elected": sum(row["elected_body"] for row in people),
        "specialists_elected_secretary": sum(row["elected_secretary"] for row in people),
    }
    assert missed("specialist", totals) == []


def test_a_specialist_is_stationed_in_one_village_only(whole):
    stationed = [(row["division"][:9], row["specialist_no"]) for row in filled(whole[LAST]) if row["stationed"]]

    assert len(stationed) == len(set(stationed))


def test_who_serves_a_second_village_is_stationed_in_the_same_township(whole):
    rows = filled(whole[LAST])
    stationed = {(row["division"][:9], row["specialist_no"]) for row in in_service(rows)}

    besides = {(row["division"][:9], row["specialist_no"]) for row in rows if not row["stationed"]}
    assert besides and besides <= stationed


def test_formulas_and_plain_arithmetic_agree(few):
    measures = measured("specialist", few)
    rows = filled(few[LAST])
    people = in_service(rows)

    assert measures.value("specialists_hired", LAST) == sum(row["stationed"] for row in rows)
    assert measures.value("specialist_villages", LAST) == len(
        {row["division"] for row in rows if not row["departed"]}
    )
    assert measures.value("specialist_mean_age", LAST) == sum(row["age"] for row in people) / len(people)
    assert measures.value("specialists_unprovided", LAST) == sum(
        not (row["paid"] and row["insured"]) for row in people
    )
