"""The simulated cooperatives: sound reports, the published totals, and the catalog's formulas over them."""

import pytest

from services.catalog.periods import Period
from tests.builders.simulated_reports import (
    Reports,
    added_up,
    faults_of,
    filled,
    measured,
    missed,
    reported,
    two_townships,
)

LAST = Period.parse("2021-Q4")


def still_open(rows: list[dict]) -> list[dict]:
    return [row for row in rows if row["state"] != "closed"]


def advisers(rows: list[dict]) -> set[str]:
    return {row["adviser_no"] for row in rows if "adviser_no" in row}


@pytest.fixture(scope="module")
def few() -> Reports:
    return reported("cooperative", two_townships())


@pytest.fixture(scope="module")
def whole() -> Reports:
    return reported("cooperative")


def test_the_reports_of_two_townships_have_no_fault(few):
    assert few and faults_of("cooperative", few) == []


def test_the_year_of_rows_gives_the_published_totals(whole):
    rows = still_open(filled(whole[LAST]))

    totals = {
        "cooperatives": len(rows),
        "cooperative_village_income": added_up(whole, "village_income"),
        "cooperative_households": sum(row["households"] for row in rows),
        "cooperative_advisers": len(advisers(rows)),
    }
    assert missed("cooperative", totals) == []


def test_advisers_stay_within_their_county(whole):
    rows = [row for row in filled(whole[LAST]) if "adviser_no" in row]

    assert rows and all(row["adviser_no"][:6] == row["division"][:6] for row in rows)


def test_formulas_and_plain_arithmetic_agree(few):
    measures = measured("cooperative", few)
    rows = still_open(filled(few[LAST]))
    asleep = sum(row["state"] == "dormant" for row in rows)

    assert measures.value("cooperatives", LAST) == len(rows)
    assert measures.value("cooperative_households", LAST) == sum(row["households"] for row in rows)
    assert measures.value("cooperative_dormant_share", LAST) == asleep / len(rows)
    assert measures.value("cooperative_advisers", LAST) == len(advisers(rows))
    assert measures.total("cooperative_village_income") == added_up(few, "village_income")
