"""What the simulated city reports of weak organisations put right."""

from collections import Counter
from datetime import date, timedelta

import pytest

from services.catalog.periods import Period
from services.demo.city import simulated_city
from services.demo.systems.rectification import COMPLETE
from tests.builders.simulated_reports import (
    added_up,
    all_rows,
    faults_of,
    filled,
    measured,
    missed,
    reported,
    the_form,
)

FORM = "rectification"
KINDS = ("common", "weak", "scattered", "disorder")


@pytest.fixture(scope="module")
def city():
    return reported(FORM)


@pytest.fixture(scope="module")
def listed(city):
    return {period: filled(rows) for period, rows in city.items()}


@pytest.fixture(scope="module")
def slack_townships(listed):
    """The two townships with the most listed villages."""
    rows = all_rows(listed)
    most = [code for code, _ in Counter(row["division"][:9] for row in rows).most_common(2)]
    return [township for township in simulated_city() if township.code[:9] in most]


def test_there_are_35_standards_in_three_kinds_and_common_ones():
    standards = [f for f in the_form(FORM).fields if f.type == "boolean" and f.field.split("_")[0] in KINDS]

    assert len(standards) == 35
    assert {field.origin for field in standards} == {"default"}


def test_every_report_is_taken_without_a_warning(slack_townships):
    assert faults_of(FORM, reported(FORM, slack_townships)) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"common_life": False}, "accepted_met_all"),
        ({"plan_filed": False}, "accepted_with_plan"),
        ({"accepted_on": None}, "accepted_has_date"),
        ({"accepted_on": "2019-01-01"}, "accepted_in_the_quarter"),
        ({"county_head_visited": True, "county_head_visited_on": "2021-06-30"}, "county_head_visited_in_the_half"),
        ({"city_inspected": True, "city_inspected_on": None}, "city_inspected_has_date"),
        ({"issues_found": 99, "issues_open": 1}, "issues_open_covers_found"),
        ({"standards_planned": 18}, "planned_within_standards"),
    ],
)
def test_a_case_that_contradicts_itself_is_refused(listed, changes, told):
    period = Period.parse("2021-Q4")
    row = next(row for row in listed[period] if row["accepted"]) | changes

    faults = faults_of(FORM, {period: [row]})

    assert told in {fault.code for fault in faults if fault.severity == "error"}


def test_a_standard_of_the_villages_kind_cannot_be_left_out(listed):
    row = next(row for rows in listed.values() for row in rows if row["kind"] == "weak")
    period = next(period for period, rows in listed.items() if row in rows)

    faults = faults_of(FORM, {period: [row | {"weak_income": None}]})

    assert "standards_weak_given" in {fault.code for fault in faults}


def test_a_village_that_is_not_listed_reports_nothing_and_is_not_missing(city, listed):
    villages = sum(len(township.villages) for township in simulated_city())

    for period, rows in city.items():
        nil = [row for row in rows if row == {"division": row["division"], "nil": True}]
        assert len(nil) + len(listed[period]) == len(rows) == villages


def test_the_city_adds_up_to_what_was_published(listed):
    newly = [row for period, rows in listed.items() for row in rows if row["listed_on"] >= f"{period.first_day}"]

    totals = {
        "weak_villages_listed": len({row["division"] for row in newly}),
        "weak_villages_accepted": added_up(listed, "accepted"),
        "weak_village_interviews": added_up(listed, "interviews"),
        "weak_village_issues_solved": added_up(listed, "issues_solved"),
        "weak_villages_city_listed": sum(row["city_listed"] for row in newly),
        "weak_village_reserve_officials": added_up(listed, "reserve_officials"),
    }
    assert missed(FORM, totals) == []
    assert FORM in COMPLETE


def test_every_listed_village_is_put_right_once(listed):
    rows = all_rows(listed)

    accepted = Counter(row["division"] for row in rows if row["accepted"])

    assert accepted.keys() == {row["division"] for row in rows}
    assert set(accepted.values()) == {1}


def test_the_metrics_say_what_the_rows_say(listed):
    measures = measured(FORM, listed)

    assert measures.total("weak_villages_listed") == measures.total("weak_villages_accepted") == 264
    assert measures.total("weak_villages_city_listed") == 30
    assert measures.total("weak_village_interviews") == added_up(listed, "interviews")


def test_a_village_that_is_not_listed_counts_nought_and_is_not_overdue(city):
    period, rows = next(iter(city.items()))
    nil = [row for row in rows if row.get("nil")][:1]

    measures = measured(FORM, {period: nil})

    names = [name for row in measures.sides for name in row if name.endswith("__numerator")]
    found = {name.removesuffix("__numerator"): measures.sides[0][name] for name in names}
    assert found.pop("weak_village_days_overdue") is None
    assert set(found.values()) == {0}


def test_what_falls_behind_shows_as_such(listed):
    measures = measured(FORM, listed)

    ones = [cell for cell, value in measures.of("weak_village_ones_missed").items() if value]
    overdue = [cell for cell, value in measures.of("weak_village_days_overdue").items() if value]
    behind = [cell for cell, value in measures.of("weak_village_standards_behind").items() if value > 2]
    by_plain = [
        (row["division"], str(period))
        for period, rows in listed.items()
        for row in rows
        if not row["accepted"] and row["acceptance_due_on"] < f"{period.last_day}"
    ]
    assert sorted(overdue) == sorted(by_plain)
    assert all(0 < len(some) < 60 for some in (ones, overdue, behind))


def test_a_half_year_without_a_visit_is_told_at_its_end_alone(listed):
    measures = measured(FORM, listed)

    for (village, period), value in measures.of("weak_village_ones_missed").items():
        if value:
            row = next(row for p in listed if str(p) == period for row in listed[p] if row["division"] == village)
            assert period.endswith(("Q2", "Q4"))
            assert not (row["county_head_visited"] and row["city_inspected"])
            last_day = next(p.last_day for p in listed if str(p) == period)
            assert date.fromisoformat(row["listed_on"]) <= last_day - timedelta(days=60)
