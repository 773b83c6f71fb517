"""The simulated talent pools: sound reports, the published totals, and the catalog's formulas over them."""

import pytest

from services.catalog.periods import Period
from services.demo.systems.talent import MAKERS, SINCE
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

BODIES = ("secretary", "deputy_secretary", "committee_member")


def new_in_post(rows: Reported) -> list[dict]:
    """Who took up a post in the quarter of the row, quarter by quarter."""
    return [
        row
        for quarter, row in rows
        if row.get("stage") == "in_post" and row["stage_since"] >= quarter.first_day.isoformat()
    ]


@pytest.fixture(scope="module")
def few() -> Reported:
    return reported(MAKERS["talent"], SINCE["talent"], two_townships())


@pytest.fixture(scope="module")
def whole() -> Reported:
    return reported(MAKERS["talent"], SINCE["talent"], the_city())


def test_the_reports_of_two_townships_have_no_fault(few):
    assert few and faults_of("talent", few) == []


def test_those_selected_and_those_returned_since_2020_add_up_to_the_published_totals(whole):
    new = new_in_post(whole)

    selected = sum(row["openly_selected"] for row in new)
    returned = sum(row["channel"] == "returned" and row["post"] in BODIES for row in new)
    totals = {"secretaries_openly_selected": selected, "talents_returned_into_bodies": returned}
    assert set(meets_published("talent", totals).values()) == {True}


def test_no_village_has_two_secretaries(whole):
    secretaries = [row["division"] for row in filled(whole, LAST) if row.get("post") == "secretary"]

    assert len(secretaries) == len(set(secretaries))


def test_nearly_every_village_has_somebody_in_its_pool_and_a_few_have_nobody(whole):
    empty = sum("nil" in row for quarter, row in whole if quarter == LAST)

    assert 10 <= empty <= 50


def test_formulas_and_plain_arithmetic_agree(few):
    values = measured("talent", few)
    rows, new = filled(few, LAST), new_in_post(few)

    assert values["talent_pool"][str(LAST)] == len(rows)
    assert values["talent_liaison_rate"][str(LAST)] == sum(row["liaison_assigned"] for row in rows) / len(rows)
    assert sum(values["secretaries_openly_selected"].values()) == sum(row["openly_selected"] for row in new)
    assert sum(values["talents_returned_into_bodies"].values()) == sum(
        row["channel"] == "returned" and row["post"] in BODIES for row in new
    )


def test_a_first_contact_is_waited_for_from_the_day_of_entry():
    row = {
        "division": "370112001201", "talent_no": "R1", "channel": "local", "occupation": "farming",
        "liaison_assigned": False, "contacts": 0, "stage": "found", "stage_since": "2021-09-01",
        "openly_selected": False, "subsidy_years": 0,
    }  # fmt: skip

    values = measured("talent", [(Period.parse("2021-Q3"), row), (LAST, {"division": row["division"], "nil": True})])

    assert values["talent_uncontacted_days_longest"] == {"2021-Q3": 29, "2021-Q4": None}
    assert values["talent_villages_without"] == {"2021-Q3": 0, "2021-Q4": 1}
