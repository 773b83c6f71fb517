"""What the simulated city reports of the small-power list."""

import pytest

from services.demo.city import simulated_city
from tests.builders.simulated_reports import added_up, all_rows, faults_of, measured, published, reported, the_form

FORM = "power_list"
RULES = [field.field for field in the_form(FORM).fields if field.field.startswith("rule_")]
FLOWS = [field.field for field in the_form(FORM).fields if field.field.startswith("flow_")]


@pytest.fixture(scope="module")
def few():
    return reported(FORM, simulated_city()[40:42])


def test_the_list_has_26_rules_and_more_than_ten_workflows():
    assert len(RULES) == 26
    assert len(FLOWS) > 10
    assert published(FORM) == {}


def test_every_report_is_taken_without_a_warning(few):
    assert faults_of(FORM, few) == []


def test_the_metrics_say_what_the_rows_say(few):
    measures = measured(FORM, few)

    assert measures.total("power_rule_breaches") == added_up(few, *RULES) > 0
    states = [row[flow] for row in all_rows(few) for flow in FLOWS]
    assert measures.total("workflows_breached") == states.count("breached") > 0
    assert measures.total("workflows_used") == len(states) - states.count("not_used")


def test_breaches_by_class_are_all_breaches(few):
    measures = measured(FORM, few)

    classes = ("decision", "finance", "assets", "service", "conduct")
    by_class = sum(measures.total(f"power_rule_breaches_{name}") for name in classes)
    assert by_class == measures.total("power_rule_breaches")


def test_breaches_stay_rare(few):
    rows = all_rows(few)

    broken = [row for row in rows if any(row[rule] for rule in RULES)]

    assert 0 < len(broken) < len(rows) / 10
