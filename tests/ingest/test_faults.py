"""Everything that is wrong with a report is told at once: where, what, in both languages."""

import pytest

from services.core.problems import codes
from tests.builders.moments import at
from tests.builders.reports import (
    COMMUNITY,
    COUNTY,
    NEIGHBOURS_VILLAGES,
    TOWNSHIP,
    UNREGISTERED,
    VILLAGES,
    a_report,
    a_row,
)

URL = "/v1/submissions"
A, B, C = VILLAGES
ENVELOPE = [
    ("form_unknown", "/form", a_report(form="trial_visits")),
    ("form_computed", "/form", a_report(form="supervision")),
    ("form_version_unknown", "/form_version", a_report(form_version=2)),
    ("period_invalid", "/period", a_report(period="2021-13")),
    ("period_kind_wrong", "/period", a_report(period="2021-Q3")),
    ("period_in_future", "/period", a_report(period="2021-12")),
    ("period_closed", "/period", a_report(period="2021-05")),
    ("division_invalid", "/division", a_report(division="37010400900")),
    ("division_unknown", "/division", a_report(division="370104999000")),
    ("division_not_reporting", "/division", a_report(division=COUNTY)),
    ("rows_missing", "/rows", a_report(rows=[])),
    ("rows_missing", "/rows", a_report(rows=...)),
    ("rows_with_nil", "/rows", a_report(nil=True)),
    ("nil_not_allowed", "/nil", a_report(form="trial_plan", period="2021-Q3", nil=True, rows=...)),
    ("required", "/form", a_report(form=...)),
    ("required", "/division", a_report(division=...)),
    ("wrong_type", "/form", a_report(form=7)),
    ("wrong_type", "/nil", a_report(nil="no")),
    ("wrong_type", "/rows", a_report(rows={})),
    ("wrong_type", "/rows", a_report(rows=None)),
    ("wrong_type", "/base_revision", a_report(base_revision="1")),
    ("out_of_range", "/base_revision", a_report(base_revision=0)),
    ("out_of_range", "/form_version", a_report(form_version=2**40)),
    ("too_long", "/note", a_report(note="x" * 2001)),
    ("unusable_text", "/note", a_report(note="a\0b")),
    ("unknown_member", "/perod", a_report(perod="2021-10")),
]
ROWS = [
    ("village_unknown", "/rows/0/division", a_row(UNREGISTERED)),
    ("village_unknown", "/rows/0/division", a_row("村\0")),
    ("village_elsewhere", "/rows/0/division", a_row(NEIGHBOURS_VILLAGES[0])),
    ("village_elsewhere", "/rows/0/division", a_row(COMMUNITY)),
    ("required", "/rows/0/division", a_row(division=...)),
    ("wrong_type", "/rows/0/division", a_row(division=370104009201)),
    ("wrong_type", "/rows/0", []),
    ("wrong_type", "/rows/0/nil", a_row(nil=1)),
    ("required", "/rows/0/hours", a_row(hours=...)),
    ("required", "/rows/0/done", a_row(done=None)),
    ("wrong_type", "/rows/0/hours", a_row(hours="2.5")),
    ("wrong_type", "/rows/0/hours", a_row(hours="NaN")),
    ("wrong_type", "/rows/0/visit_no", a_row(visit_no=1.5)),
    ("wrong_type", "/rows/0/done", a_row(done=1)),
    ("wrong_type", "/rows/0/visited_on", a_row(visited_on="2021-02-30")),
    ("not_a_choice", "/rows/0/kind", a_row(kind="abroad")),
    ("wrong_type", "/rows/0/kind", a_row(kind=3)),
    ("out_of_range", "/rows/0/hours", a_row(hours=1000.1)),
    ("out_of_range", "/rows/0/hours", a_row(hours=-1)),
    ("out_of_range", "/rows/0/visit_no", a_row(visit_no=100)),
    ("out_of_range", "/rows/0/visited_on", a_row(visited_on="1899-12-31")),
    ("too_many_decimals", "/rows/0/hours", a_row(hours=1.00001)),
    ("too_long", "/rows/0/remark", a_row(remark="x" * 21)),
    ("unusable_text", "/rows/0/remark", a_row(remark="a\0b")),
    ("unusable_text", "/rows/0/remark", a_row(remark=" ")),
    ("unknown_field", "/rows/0/hour", a_row(hour=1)),
    ("unknown_field", "/rows/0/a~1b~0", a_row(**{"a/b~": 1})),
    ("nil_with_values", "/rows/0/remark", {"division": A, "nil": True, "remark": "x"}),
    ("done_takes_hours", "/rows/0/hours", a_row(hours=0)),
]


@pytest.mark.parametrize(("code", "pointer", "report"), ENVELOPE, ids=[f"{c}{p}" for c, p, _ in ENVELOPE])
async def test_a_fault_of_the_envelope_is_told_by_code_and_pointer(code, pointer, report, desk, stored):
    answer = await desk.post(URL, json=report)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "submission_invalid"
    assert [(e["code"], e["pointer"]) for e in answer.json()["errors"]] == [(code, pointer)]
    assert stored.count("submission") == 0


@pytest.mark.parametrize(("code", "pointer", "row"), ROWS, ids=[f"{c}{p}" for c, p, _ in ROWS])
async def test_a_fault_of_a_row_is_told_by_code_and_pointer(code, pointer, row, desk, stored):
    answer = await desk.post(URL, json=a_report(row))

    assert answer.status_code == 422
    assert [(e["code"], e["pointer"]) for e in answer.json()["errors"]] == [(code, pointer)]
    assert stored.count("submission") == stored.count("submission_row") == 0


async def test_a_row_that_stands_twice_is_told_with_the_first(desk):
    answer = await desk.post(URL, json=a_report(a_row(A), a_row(B), a_row(A)))

    [error] = answer.json()["errors"]
    assert (error["code"], error["pointer"], error["division"]) == ("duplicate_row", "/rows/2/visit_no", A)
    assert error["text"]["en"] == "The same as row 1."


async def test_rows_without_their_key_are_not_called_duplicates(desk):
    answer = await desk.post(URL, json=a_report(a_row(visit_no=...), a_row(visit_no=...)))

    assert [e["code"] for e in answer.json()["errors"]] == ["required", "required"]


async def test_more_rows_than_a_village_may_have_are_refused(desk):
    answer = await desk.post(URL, json=a_report(*[a_row(visit_no=n) for n in (1, 2, 3, 4)]))

    assert [(e["code"], e["pointer"]) for e in answer.json()["errors"]] == [("too_many_rows", "/rows/3/division")]


async def test_a_village_cannot_say_nil_and_report_too(desk):
    answer = await desk.post(URL, json=a_report({"division": A, "nil": True}, a_row(A)))

    assert [(e["code"], e["pointer"]) for e in answer.json()["errors"]] == [("nil_beside_rows", "/rows/0/nil")]


async def test_a_row_cannot_say_nil_where_the_form_does_not_take_it(desk):
    report = a_report({"division": TOWNSHIP, "nil": True}, form="trial_plan", period="2021-Q3")

    answer = await desk.post(URL, json=report)

    assert [(e["code"], e["pointer"]) for e in answer.json()["errors"]] == [("nil_not_allowed", "/rows/0/nil")]


async def test_every_fault_is_told_at_once_in_order_of_place(desk):
    report = a_report(a_row(A, hours=-1, kind="x"), [], a_row(UNREGISTERED, done=...), period="2021-Q4", extra=1)

    answer = await desk.post(URL, json=report)

    assert answer.json()["count"] == 7
    assert [e["pointer"] for e in answer.json()["errors"]] == [
        "/extra", "/period", "/rows/0/kind", "/rows/0/hours", "/rows/1", "/rows/2/done",
        "/rows/2/division",
    ]  # fmt: skip


async def test_a_fault_names_village_field_and_both_languages(desk):
    answer = await desk.post(URL, json=a_report(a_row(B, hour=1)))

    assert answer.json()["errors"] == [{
        "code": "unknown_field", "pointer": "/rows/0/hour", "division": B, "field": "hour", "severity": "error",
        "text": {
            "zh": "报表没有这一字段（是否为 hours？）。",
            "en": "The form has no such field (did you mean 'hours'?).",
        },
    }]  # fmt: skip


async def test_a_rule_speaks_with_the_words_of_the_catalog(desk):
    answer = await desk.post(URL, json=a_report(a_row(A, hours=0)))

    assert answer.json()["errors"][0]["text"] == {
        "zh": "已完成的走访应有时长。",
        "en": "A visit that is done took some time.",
    }


async def test_problems_come_in_the_language_that_is_asked_for(desk):
    english = await desk.post(URL, json=a_report(rows=[]), headers={"accept-language": "en-GB,zh;q=0.5"})
    chinese = await desk.post(URL, json=a_report(rows=[]))

    assert english.json()["detail"].startswith("The report has 1 error")
    assert chinese.json()["detail"].startswith("报送内容有 1 处错误")


async def test_of_very_many_faults_the_first_thousand_are_told_and_all_are_counted(desk):
    answer = await desk.post(URL, json=a_report(*[[]] * 1500))

    assert (answer.json()["count"], len(answer.json()["errors"])) == (1500, 1000)


async def test_a_period_closes_at_the_end_of_its_closing_day(desk, clock):
    clock.set(at("2022-01-29 23:59"))
    in_time = await desk.post(URL, json=a_report())
    clock.set(at("2022-01-30 00:00:01"))
    too_late = await desk.post(URL, json=a_report(base_revision=1))

    assert (in_time.status_code, too_late.status_code) == (201, 422)
    assert too_late.json()["errors"][0]["code"] == "period_closed"


def test_every_code_that_is_told_has_its_texts():
    told = {code for code, _, _ in ENVELOPE + ROWS} - {"done_takes_hours"}

    assert told <= set(codes())
