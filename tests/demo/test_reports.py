"""What the simulated townships and counties report is what ingest takes."""

import pytest

from services.demo.makers import filled_forms
from services.demo.timeline import reporters_of
from tests.builders.simulated_reports import all_rows, faults_of, reported, the_form

WARNED = {"meeting_day": 0.2}
"""Forms that may carry more warnings than one row in fifty: a meeting is often held on another than the fixed day."""


@pytest.mark.parametrize("form", filled_forms())
def test_reports_of_the_simulation_are_taken_with_few_warnings(form):
    reporters = reporters_of(the_form(form))

    reports = reported(form, [reporters[3], reporters[-1]])
    faults = faults_of(form, reports)

    assert [fault for fault in faults if fault.severity == "error"] == []
    assert len(faults) <= WARNED.get(form, 0.02) * len(all_rows(reports))
