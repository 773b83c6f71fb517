"""A report is decoded at once when it is sound, value by value when not: both must come to the same."""

import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from services.catalog.load import load_catalog
from services.catalog.periods import Period
from services.catalog.validators import FormValidator
from tests.builders.reports import VILLAGES

FORM = load_catalog(Path(__file__).parent / "systems").forms["trial_visit"]
OCTOBER = Period.parse("2021-10")
NOT_A_ROW = b"[]"

NUMBERS = st.decimals(-5, 1100, places=5) | st.decimals(0, 1000, places=2) | st.integers(-2, 2**70)
VALUES = {
    "visit_no": st.integers(-1, 120) | st.sampled_from([2**63, 10**40]),
    "hours": NUMBERS | st.sampled_from(["1e3", "1E-2", "0.0", "-0", "7", "1e400", "0e9", "12.50000"]),
    "done": st.booleans(),
    "kind": st.sampled_from(["home", "office"]).map(json.dumps),
    "visited_on": st.dates().map(lambda day: json.dumps(day.isoformat())) | st.just("null"),
    "remark": st.text(max_size=25).map(json.dumps) | st.just("null"),
    "nil": st.booleans(),
}


@st.composite
def rows(draw):
    """A JSON row that the fast path decodes, with numbers as they may be written."""
    row = {"division": json.dumps(draw(st.sampled_from(VILLAGES)))}
    for name, values in VALUES.items():
        if name not in ("visited_on", "remark", "nil") or draw(st.booleans()):
            value = draw(values)
            row[name] = str(value).lower() if isinstance(value, bool) else str(value)
    return "{" + ", ".join(f'"{name}": {value}' for name, value in row.items()) + "}"


@settings(deadline=None, max_examples=300, derandomize=True)
@given(report=st.lists(rows(), min_size=1, max_size=5))
def test_both_ways_of_decoding_find_the_same_rows_and_the_same_faults(report):
    validator = FormValidator(FORM)
    sent = ",".join(report).encode()

    alone = validator.check(b"[" + sent + b"]", OCTOBER, {})
    beside = validator.check(b"[" + sent + b"," + NOT_A_ROW + b"]", OCTOBER, {})

    assert beside.rows[-1] is None
    assert [*alone.rows] == [*beside.rows[:-1]]
    assert [*alone.faults] == [fault for fault in beside.faults if fault.row < len(report)]


@settings(deadline=None, max_examples=100, derandomize=True)
@given(report=st.lists(rows(), min_size=1, max_size=5))
def test_what_is_stored_reads_back_as_the_same_row(report):
    validator = FormValidator(FORM)
    checked = validator.check(f"[{','.join(report)}]".encode(), OCTOBER, {})
    sound = [row for row in checked.rows if not row.nil]

    restored = validator.restored([(row.division, validator.stored(row)) for row in sound])

    assert restored == sound
