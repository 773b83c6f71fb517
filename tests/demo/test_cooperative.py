"""The simulated cooperatives: sound reports, the published totals, and the catalog's formulas over them."""

import pytest

from services.demo.systems.cooperative import MAKERS, SINCE
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


def still_open(rows: list[dict]) -> list[dict]:
    return [row for row in rows if row["state"] != "closed"]


def advisers(rows: list[dict]) -> set[str]:
    return {row["adviser_no"] for row in rows if "adviser_no" in row}


@pytest.fixture(scope="module")
def few() -> Reported:
    return reported(MAKERS["cooperative"], SINCE["cooperative"], two_townships())


@pytest.fixture(scope="module")
def whole() -> Reported:
    return reported(MAKERS["cooperative"], SINCE["cooperative"], the_city())


def test_the_reports_of_two_townships_have_no_fault(few):
    assert few and faults_of("cooperative", few) == []


def test_the_year_of_rows_gives_the_published_totals(whole):
    rows = still_open(filled(whole, LAST))

    totals = {
        "cooperatives": len(rows),
        "cooperative_village_income": sum(row.get("village_income", 0) for _, row in whole),
        "cooperative_households": sum(row["households"] for row in rows),
        "cooperative_advisers": len(advisers(rows)),
    }
    assert set(meets_published("cooperative", totals).values()) == {True}


def test_advisers_stay_within_their_county(whole):
    rows = [row for row in filled(whole, LAST) if "adviser_no" in row]

    assert rows and all(row["adviser_no"][:6] == row["division"][:6] for row in rows)


def test_formulas_and_plain_arithmetic_agree(few):
    values = measured("cooperative", few)
    rows = still_open(filled(few, LAST))
    asleep = sum(row["state"] == "dormant" for row in rows)

    assert values["cooperatives"][str(LAST)] == len(rows)
    assert values["cooperative_households"][str(LAST)] == sum(row["households"] for row in rows)
    assert values["cooperative_dormant_share"][str(LAST)] == asleep / len(rows)
    assert values["cooperative_advisers"][str(LAST)] == len(advisers(rows))
    assert sum(values["cooperative_village_income"].values()) == sum(row.get("village_income", 0) for _, row in few)
