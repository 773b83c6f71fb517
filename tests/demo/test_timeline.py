"""When simulated reports arrive: each form from its first period on, and nothing lost that was published."""

from collections import Counter
from itertools import pairwise

import pytest

from services.catalog.load import load_catalog
from services.catalog.periods import Period
from services.demo.makers import filled_forms, rows_of
from services.demo.timeline import ENDS, Arrival, arrivals, begins, in_use_from, periods_from, reporters_of
from tests.builders.simulated_reports import the_form

FORMS = load_catalog().reported_forms
COMING = arrivals(FORMS.values())
COMPLETE = [name for name, filled in filled_forms().items() if filled.is_complete]


def of(form: str, revision: int = 1) -> list[Arrival]:
    return [arrival for arrival in COMING if (arrival.form, arrival.revision) == (form, revision)]


def newest(form: str) -> dict[tuple[str, str], Arrival]:
    return {(arrival.period, arrival.division): arrival for arrival in COMING if arrival.form == form}


def test_every_form_that_is_reported_is_filled():
    assert set(filled_forms()) == set(FORMS)


def test_reports_come_in_order_and_after_their_period_has_ended():
    assert all(before.at <= after.at < ENDS for before, after in pairwise(COMING))
    assert all(Period.parse(arrival.period).last_day < arrival.at.date() for arrival in COMING)


@pytest.mark.parametrize("form", filled_forms())
def test_a_form_is_reported_from_its_first_period_on_by_whom_it_asks(form):
    reporters = {reporter.code for reporter in reporters_of(the_form(form))}

    assert {arrival.period for arrival in of(form)} == {str(p) for p in periods_from(filled_forms()[form].since)}
    assert {arrival.division for arrival in of(form)} <= reporters


def test_the_simulation_begins_with_the_first_period_of_any_form():
    assert begins(FORMS.values()).date() == min(in_use_from(form) for form in FORMS.values())


@pytest.mark.parametrize("form", COMPLETE)
def test_a_form_with_published_totals_is_complete_in_the_end(form):
    reporters, periods = reporters_of(the_form(form)), list(periods_from(filled_forms()[form].since))

    last = newest(form)

    assert len(last) == len(reporters) * len(periods)
    assert not any(arrival.lacks for arrival in last.values())


def test_a_correction_brings_what_the_first_report_overlooked():
    first = next(arrival for arrival in of("collective_income") if arrival.lacks)
    [second] = [a for a in of("collective_income", 2) if (a.period, a.division) == (first.period, first.division)]

    assert second.at > first.at
    assert len(first.rows()) < len(second.rows())
    assert second.rows() == rows_of(first.form, first.reporter, Period.parse(first.period))


def test_some_reports_never_come_and_some_come_late():
    reports = Counter(arrival.period for arrival in of("meeting_day"))
    due = FORMS["meeting_day"].due
    late = [a for a in of("meeting_day") if (a.at.date() - Period.parse(a.period).last_day).days > due.days]

    assert min(reports.values()) < len(reporters_of(the_form("meeting_day")))
    assert late
