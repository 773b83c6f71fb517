"""The simulated talent pools: sound reports, the published totals, and the catalog's formulas over them."""

import pytest

from services.catalog.periods import Period
from tests.builders.simulated_reports import Reports, faults_of, filled, measured, missed, reported, two_townships

LAST = Period.parse("2021-Q4")
BODIES = ("secretary", "deputy_secretary", "committee_member")


def new_in_post(reports: Reports) -> list[dict]:
    """Who took up a post in the quarter of the row, quarter by quarter."""
    return [
        row
        for quarter, rows in reports.items()
        for row in rows
        if row.get("stage") == "in_post" and row["stage_since"] >= quarter.first_day.isoformat()
    ]


@pytest.fixture(scope="module")
def few() -> Reports:
    return reported("talent", two_townships())


@pytest.fixture(scope="module")
def whole() -> Reports:
    return reported("talent")


def test_the_reports_of_two_townships_have_no_fault(few):
    assert few and faults_of("talent", few) == []


def test_those_selected_and_those_returned_since_2020_add_up_to_the_published_totals(whole):
    new = new_in_post(whole)

    selected = sum(row["openly_selected"] for row in new)
    returned = sum(row["channel"] == "returned" and row["post"] in BODIES for row in new)
    totals = {"secretaries_openly_selected": selected, "talents_returned_into_bodies": returned}
    assert missed("talent", totals) == []


def test_no_village_has_two_secretaries(whole):
    secretaries = [row["division"] for row in filled(whole[LAST]) if row.get("post") == "secretary"]

    assert len(secretaries) == len(set(secretaries))


def test_nearly_every_village_has_somebody_in_its_pool_and_a_few_have_nobody(whole):
    empty = sum("nil" in row for row in whole[LAST])

    assert 10 <= empty <= 50


def test_formulas_and_plain_arithmetic_agree(few):
    measures = measured("talent", few)
    rows, new = filled(few[LAST]), new_in_post(few)

    assert measures.value("talent_pool", LAST) == len(rows)
    assert measures.value("talent_liaison_rate", LAST) == sum(row["liaison_assigned"] for row in rows) / len(rows)
    assert measures.total("secretaries_openly_selected") == sum(row["openly_selected"] for row in new)
    assert measures.total("talents_returned_into_bodies") == sum(
        row["channel"] == "returned" and row["post"] in BODIES for row in new
    )


def test_a_first_contact_is_waited_for_from_the_day_of_entry():
    row = {
        "division": "370112001201", "talent_no": "R1", "channel": "local", "occupation": "farming",
        "liaison_assigned": False, "contacts": 0, "stage": "found", "stage_since": "2021-09-01",
        "openly_selected": False, "subsidy_years": 0,
    }  # fmt: skip

    measures = measured("talent", {LAST.previous: [row], LAST: [{"division": row["division"], "nil": True}]})

    waited = [measures.value("talent_uncontacted_days_longest", quarter) for quarter in (LAST.previous, LAST)]
    without = [measures.value("talent_villages_without", quarter) for quarter in (LAST.previous, LAST)]
    assert (waited, without) == ([29, None], [0, 1])
