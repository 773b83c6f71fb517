"""What the simulated city reports of the yearly eligibility review."""

import pytest

from services.demo.city import simulated_city
from services.demo.systems.eligibility import COMPLETE, MAKERS, SINCE
from tests.builders.simulated_measures import added_up, faults_of, keeps, measured, published_of, reported, summed

FORM = "eligibility"
UNFIT = tuple(f"unfit_{ground}" for ground in ("convicted", "gang", "disciplined", "debtor", "vote_buying", "other"))


@pytest.fixture(scope="module")
def city():
    return reported(MAKERS[FORM], SINCE[FORM])


def test_every_report_is_taken_without_a_warning(city):
    assert faults_of(FORM, city) == []


def test_the_city_adds_up_to_what_was_published(city):
    published = published_of(FORM)

    assert list(published) == ["members_reviewed"]
    assert keeps(published["members_reviewed"], added_up(city, "members_reviewed"))
    assert FORM in COMPLETE


def test_the_metrics_say_what_the_rows_say():
    few = reported(MAKERS[FORM], SINCE[FORM], simulated_city()[:30])

    measures = measured(FORM, few)

    assert summed(measures, "members_unfit") == added_up(few, *UNFIT) > 0
    still_in_office = added_up(few, *UNFIT) - added_up(few, "removed")
    assert summed(measures, "unfit_members_in_office") == still_in_office


def test_a_few_townships_keep_unfit_members_in_office(city):
    rows = [row for rows in city.values() for row in rows]

    keep = [row for row in rows if sum(row[field] for field in UNFIT) > row["removed"]]

    assert 0 < len(keep) < len(rows) / 4
