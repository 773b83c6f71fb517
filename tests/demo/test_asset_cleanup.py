"""What the simulated city reports of the clean-up of funds, assets and resources."""

import pytest

from services.demo.city import simulated_city
from services.demo.systems.asset_cleanup import COMPLETE
from tests.builders.simulated_reports import added_up, faults_of, measured, missed, reported

FORM = "asset_cleanup"
MODELS = ("shares", "property", "land", "enterprise", "labour")
PLAIN = {
    "irregular_contracts_put_right": ("contracts_put_right",),
    "arrears_collected": ("arrears_collected",),
    "asset_projects": tuple(f"projects_{model}" for model in MODELS),
}


@pytest.fixture(scope="module")
def few():
    return reported(FORM, simulated_city()[40:42])


@pytest.fixture(scope="module")
def city():
    return reported(FORM)


def test_every_report_is_taken_without_a_warning(few):
    assert faults_of(FORM, few) == []


def test_the_city_adds_up_to_what_was_published(city):
    totals = {metric: added_up(city, *fields) for metric, fields in PLAIN.items()}

    assert missed(FORM, totals) == []
    assert FORM in COMPLETE


def test_the_metrics_say_what_the_rows_say(few):
    measures = measured(FORM, few)

    for metric, fields in PLAIN.items():
        assert measures.total(metric) == added_up(few, *fields) > 0, metric


def test_old_contracts_are_a_matter_of_a_few_dozen_villages(city):
    old = [len([row for row in rows if row["contracts_open_old"]]) for rows in city.values()]

    assert old[:2] == [0, 0]
    assert 0 < old[2] <= old[3] < 100
