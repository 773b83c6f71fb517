"""The life of a submission: every step from every state, who may take it, and how the next revision begins."""

from itertools import product

import pytest

from services.catalog.divisions import DivisionCode
from services.catalog.submission_life import EVENTS, STATES, STEPS, sides, state_of_next, step_of
from tests.builders.divisions import CHANGQING, CITY, LICHENG, ONE, SHANDALU

LEADS = {
    ("received", "returned"): "returned", ("corrected", "returned"): "returned", ("accepted", "returned"): "returned",
    ("received", "accepted"): "accepted", ("corrected", "accepted"): "accepted", ("accepted", "final"): "final",
    ("received", "waived"): "received", ("corrected", "waived"): "corrected",
    ("received", "withdrawn"): "withdrawn", ("returned", "withdrawn"): "withdrawn",
    ("corrected", "withdrawn"): "withdrawn", ("accepted", "withdrawn"): "withdrawn",
}  # fmt: skip
"""Where each step leads; what is not here cannot be done."""
BEGINS = {
    None: "received", "received": "received", "returned": "corrected", "corrected": "corrected",
    "accepted": "received", "withdrawn": "received",
}  # fmt: skip
PROVINCE = "370000000000"


@pytest.mark.parametrize(("state", "event"), [*product(STATES, EVENTS)])
def test_every_step_from_every_state_leads_where_it_should(state, event):
    step = step_of(event)

    leads = step.leads_to(state) if state in step.since else None
    assert leads == LEADS.get((state, event))


def test_what_is_final_or_withdrawn_stays_so():
    assert [step.event for step in STEPS if step.since & {"final", "withdrawn"}] == []


def test_a_reason_is_wanted_where_somebody_is_refused_or_something_explained():
    assert {step.event for step in STEPS if step.reason} == {"returned", "withdrawn", "waived"}


def test_only_acceptance_wants_every_warning_answered():
    assert {step.event for step in STEPS if step.answered} == {"accepted"}


@pytest.mark.parametrize(("before", "begins"), [*BEGINS.items()])
def test_a_revision_begins_by_what_became_of_the_one_before(before, begins):
    assert state_of_next(before, is_reopened=False) == state_of_next(before, is_reopened=True) == begins


def test_what_is_final_is_replaced_only_where_the_period_is_open_again():
    assert state_of_next("final", is_reopened=False) is None
    assert state_of_next("final", is_reopened=True) == "received"


@pytest.mark.parametrize(
    ("reporter", "scope", "expected"),
    [
        (SHANDALU, SHANDALU, {"reporter"}), (SHANDALU, LICHENG, {"reporter", "above"}),
        (SHANDALU, CITY, {"reporter", "above"}), (SHANDALU, PROVINCE, {"reporter", "above"}),
        (SHANDALU, CHANGQING, set()), (SHANDALU, ONE, set()), (LICHENG, LICHENG, {"reporter"}),
        (LICHENG, CITY, {"reporter", "above"}), (LICHENG, SHANDALU, set()),
    ],
)  # fmt: skip
def test_above_is_who_sees_the_reporter_from_a_higher_level(reporter, scope, expected):
    assert sides(DivisionCode(reporter), DivisionCode(scope)) == expected


def test_what_nobody_can_do_is_no_step():
    assert step_of("received") is None
