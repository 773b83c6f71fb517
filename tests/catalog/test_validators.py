"""Checks of a report's rows: every fault by its code, all of them at once."""

import json

import msgspec
import pytest

from services.catalog.periods import Period
from services.catalog.schema import Form
from services.catalog.validators import FormValidator, has_errors, hints

A, B = "370112001201", "370112001202"
PERIOD = Period.parse("2021-10")
TEXT = {"zh": "文", "en": "text"}
FORM = Form.model_validate(
    {
        "form": "visits",
        "title": TEXT,
        "periodicity": "month",
        "grain": "village",
        "key": ["number"],
        "max_rows_each": 2,
        "due": {"days": 5, "close_days": 30},
        "nil": True,
        "fields": [
            {"field": "number", "title": TEXT, "type": "integer", "minimum": 1, "maximum": 9},
            {"field": "hours", "title": TEXT, "type": "decimal", "maximum": 24},
            {"field": "done", "title": TEXT, "type": "boolean"},
            {
                "field": "kind",
                "title": TEXT,
                "type": "choice",
                "choices": [{"value": "home", "title": TEXT}, {"value": "office", "title": TEXT}],
            },
            {"field": "visited_on", "title": TEXT, "type": "date", "required": False},
            {"field": "remark", "title": TEXT, "type": "text", "required": False, "max_length": 5},
        ],
        "checks": [
            {"check": "done_takes_hours", "expect": "not done or hours > 0", "field": "hours", "text": TEXT},
            {"check": "steady", "expect": "hours <= 2 * previous(hours)", "severity": "warning", "text": TEXT},
        ],
    }
)
VALIDATOR = FormValidator(FORM)
SOUND = {"division": A, "number": 1, "hours": 2.5, "done": True, "kind": "home"}


def a_row(**changes):
    return {name: value for name, value in (SOUND | changes).items() if value is not ...}


def checked(*rows, earlier=None, validator=VALIDATOR, period=PERIOD):
    return validator.check(json.dumps(rows).encode(), period, earlier or {})


def codes(*rows, **more):
    return [(fault.row, fault.code, fault.field) for fault in checked(*rows, **more).faults]


@pytest.mark.parametrize(
    ("code", "field", "row"),
    [
        ("required", "division", a_row(division=...)), ("required", "hours", a_row(hours=...)),
        ("required", "done", a_row(done=None)), ("wrong_type", None, []),
        ("wrong_type", "division", a_row(division=7)),
        ("wrong_type", "nil", a_row(nil="no")), ("wrong_type", "number", a_row(number=1.5)),
        ("wrong_type", "number", a_row(number=True)), ("wrong_type", "hours", a_row(hours="2.5")),
        ("wrong_type", "hours", a_row(hours=[2])), ("wrong_type", "done", a_row(done="true")),
        ("wrong_type", "kind", a_row(kind=1)), ("wrong_type", "visited_on", a_row(visited_on="2021-02-30")),
        ("wrong_type", "remark", a_row(remark=5)), ("not_a_choice", "kind", a_row(kind="abroad")),
        ("out_of_range", "number", a_row(number=0)), ("out_of_range", "number", a_row(number=10)),
        ("out_of_range", "hours", a_row(hours=24.1)), ("out_of_range", "hours", a_row(hours=-0.1)),
        ("out_of_range", "visited_on", a_row(visited_on="1899-12-31")),
        ("too_many_decimals", "hours", a_row(hours=1e-5)),
        ("too_long", "remark", a_row(remark="123456")), ("unusable_text", "remark", a_row(remark=" ")),
        ("unusable_text", "remark", a_row(remark="a\0b")), ("unknown_field", "hour", a_row(hour=1)),
        ("nil_with_values", "remark", {"division": A, "nil": True, "remark": "x"}),
        ("done_takes_hours", "hours", a_row(hours=0)),
    ],
)  # fmt: skip
def test_each_fault_has_its_code_and_its_field(code, field, row):
    assert codes(row) == [(0, code, field)]


def test_a_sound_row_has_no_fault_and_keeps_every_digit():
    found = VALIDATOR.check(
        b'[{"division":"%b","number":1,"hours":2.10,"done":true,"kind":"home"}]' % A.encode(), PERIOD, {}
    )

    assert found.faults == []
    assert VALIDATOR.stored(found.rows[0]) == b'{"number":1,"hours":2.10,"done":true,"kind":"home"}'


def test_a_form_without_nil_takes_none():
    validator = FormValidator(FORM.model_copy(update={"nil": False}))

    assert codes({"division": A, "nil": True}, validator=validator) == [(0, "nil_not_allowed", "nil")]


def test_every_fault_is_told_at_once_by_row():
    rows = [a_row(hours=30, kind="abroad"), a_row(division=B), a_row(division=B, number=2, done=..., extra=1)]

    assert codes(*rows) == [
        (0, "not_a_choice", "kind"), (0, "out_of_range", "hours"), (2, "unknown_field", "extra"),
        (2, "required", "done")
    ]  # fmt: skip


def test_a_row_given_twice_names_the_first():
    [fault] = checked(a_row(), a_row(division=B), a_row(hours=1)).faults

    assert (fault.row, fault.code, fault.field, fault.details) == (2, "duplicate_row", "number", {"first": 1})


def test_a_division_has_only_so_many_rows():
    assert codes(*[a_row(number=n) for n in (1, 2, 3)]) == [(2, "too_many_rows", "division")]


def test_a_division_that_says_nil_has_no_other_row():
    assert codes({"division": A, "nil": True}, a_row()) == [(0, "nil_beside_rows", "nil")]


def test_a_rule_that_cannot_be_decided_raises_nothing():
    found = checked(a_row(hours=20), earlier={"previous": {}})

    assert found.faults == []


def test_a_rule_looks_back_at_the_row_with_the_same_key():
    before = checked(a_row(hours=1), a_row(number=2, hours=9)).rows
    earlier = {"previous": {VALIDATOR.row_key(row): row for row in before}}

    [fault] = checked(a_row(hours=3), a_row(number=2, hours=3), earlier=earlier).faults
    assert (fault.row, fault.code, fault.severity, fault.text) == (0, "steady", "warning", FORM.checks[1].text)


def test_a_wrong_value_is_told_once_and_no_rule_is_made_of_it():
    assert codes(a_row(hours=-1)) == [(0, "out_of_range", "hours")]


def test_without_a_period_rules_are_left_aside():
    assert codes(a_row(hours=0), period=None) == []


def test_a_warning_bars_nothing():
    before = {"previous": {(A, 1): checked(a_row(hours=1)).rows[0]}}

    assert not has_errors(checked(a_row(hours=3), earlier=before).faults)
    assert has_errors(checked(a_row(hours=0)).faults)


def test_what_is_no_array_of_json_is_not_checked_at_all():
    with pytest.raises(msgspec.DecodeError):
        VALIDATOR.check(b"{", PERIOD, {})


def test_a_stored_row_comes_back_as_it_was():
    [row] = checked(a_row(visited_on="2021-10-05", remark="好")).rows

    assert VALIDATOR.restored([(A, VALIDATOR.stored(row))]) == [row]


def test_a_stored_value_that_no_longer_fits_is_missing():
    [row] = VALIDATOR.restored([(A, b'{"number": 1, "kind": "moved", "gone": 5, "hours": 2}')])

    assert (row.number, row.kind, row.hours, row.done) == (1, None, 2, None)


@pytest.mark.parametrize(
    ("given", "hint"), [("hour", "hours"), ("kinds", "kind"), ("xyz", None), ("h" * 10_000, None)]
)
def test_the_nearest_word_is_offered_in_both_languages(given, hint):
    found = hints(given, ["hours", "kind", "done"])

    assert (bool(found["hint"]), bool(found["hint_zh"])) == (bool(hint), bool(hint))
    assert hint is None or (hint in found["hint"] and hint in found["hint_zh"])
