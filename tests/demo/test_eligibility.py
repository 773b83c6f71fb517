"""What the simulated city reports of the yearly eligibility review."""

import pytest

from services.demo.city import simulated_city
from services.demo.systems.eligibility import COMPLETE
from tests.builders.simulated_reports import added_up, all_rows, faults_of, measured, missed, reported

FORM = "eligibility"
UNFIT = tuple(f"unfit_{ground}" for ground in ("convicted", "gang", "disciplined", "debtor", "vote_buying", "other"))


@pytest.fixture(scope="module")
def city():
    return reported(FORM)


def test_every_report_is_taken_without_a_warning(city):
    assert faults_of(FORM, city) == []


def test_the_city_adds_up_to_what_was_published(city):
    totals = {"members_reviewed": added_up(city, "members_reviewed")}

    assert missed(FORM, totals) == []
    assert FORM in COMPLETE


def test_the_metrics_say_what_the_rows_say():
    few = reported(FORM, simulated_city()[:30])

    measures = measured(FORM, few)

    assert measures.total("members_unfit") == added_up(few, *UNFIT) > 0
    still_in_office = added_up(few, *UNFIT) - added_up(few, "removed")
    assert measures.total("unfit_members_in_office") == still_in_office


def test_a_few_townships_keep_unfit_members_in_office(city):
    rows = all_rows(city)

    keep = [row for row in rows if sum(row[field] for field in UNFIT) > row["removed"]]

    assert 0 < len(keep) < len(rows) / 4
