"""A table as a spreadsheet saves it is a report like any other, and what is wrong is told by its cell."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.catalog.validators import MOST_ROWS, FormValidator
from services.core.problems import Problem
from services.ingest.cells import column_name
from services.ingest.formats.from_csv import Announced, read_csv
from services.ingest.submissions.documentation import POSTED
from tests.builders.reports import NEIGHBOURS_VILLAGES, TOWNSHIP, UNREGISTERED, VILLAGES, a_report, a_row

URL = "/v1/submissions"
ASKED = {"form": "trial_visit", "period": "2021-10", "division": TOWNSHIP}
NAMES = "division,visit_no,hours,done,kind,visited_on,remark"
A, B, C = VILLAGES
SOUND = f"{NAMES}\n" + "".join(f"{village},1,2.5,true,home,,\n" for village in VILLAGES)


async def send(desk, table, charset=None, *, headers=None, **parameters):
    body = table if isinstance(table, bytes) else table.encode()
    media_type = "text/csv" if charset is None else f"text/csv; charset={charset}"
    asked = {name: value for name, value in (ASKED | parameters).items() if value is not ...}
    return await desk.post(URL, content=body, params=asked, headers={"content-type": media_type, **(headers or {})})


def faults(answer):
    return [(fault["code"], fault["pointer"], fault.get("cell")) for fault in answer.json()["errors"]]


def a_table(**cells):
    """One row of village A; a cell may be changed."""
    row = dict(zip(NAMES.split(","), [A, "1", "2.5", "true", "home", "", ""], strict=True)) | cells
    return f"{NAMES}\n{','.join(row.values())}\n"


async def kept_fields(desk, stored, table):
    answer = await send(desk, table)
    assert answer.status_code == 201, answer.text
    return stored.read("select fields from submission_row order by number")[0][0]


async def test_a_table_is_the_same_report_as_its_json(desk, stored):
    table = await send(desk, SOUND)
    json = await desk.post(URL, json=a_report(base_revision=1))

    assert (table.status_code, json.status_code) == (201, 201)
    assert table.json()["content_hash"] == json.json()["content_hash"]
    assert table.headers["location"] == f"{URL}/{table.json()['id']}"


@pytest.mark.parametrize(
    "header",
    [
        "行政区划代码,编号,时长,完成,类别,日期,备注", "division code,Number,Hours,Done,Kind,Date,Remark",
        " Division , VISIT_NO,时长,done,Kind,日期,remark ", "\n,,\n" + NAMES,
    ],
)  # fmt: skip
async def test_columns_are_named_by_field_or_by_title_in_either_language(header, desk):
    answer = await send(desk, SOUND.replace(NAMES, header))

    assert answer.status_code == 201


async def test_columns_stand_in_any_order_and_may_be_left_out_where_nothing_is_needed(desk):
    answer = await send(desk, f"kind,done,division,hours,visit_no\nhome,true,{A},2.5,1\n")

    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("codec", "charset"),
    [
        ("utf-8", None), ("utf-8-sig", None), ("utf-8", "utf-8"), ("utf-8-sig", '"UTF-8"'), ("gb18030", None),
        ("gb18030", "GB18030"), ("gbk", "gbk"), ("gb2312", "gb2312"),
    ],
)  # fmt: skip
async def test_text_is_read_in_the_charset_it_was_saved_in(codec, charset, desk, stored):
    table = a_table(remark="走访困难户").replace("hours", "时长")

    answer = await send(desk, table.encode(codec), charset)

    assert answer.status_code == 201
    assert stored.read("select fields->>'remark' from submission_row") == [("走访困难户",)]


@pytest.mark.parametrize(
    ("name", "cell", "value"),
    [
        *[("done", cell, True) for cell in ("是", "yes", "YES", "true", "TRUE", "1", " 是 ")],
        *[("done", cell, False) for cell in ("否", "no", "false", "False", "0")],
        *[("kind", cell, "office") for cell in ("office", "来访", "At the office", "at the OFFICE")],
        *[("visited_on", cell, "2021-10-05") for cell in ("2021-10-05", "2021/10/5", "2021年10月5日", "2021-10-5")],
        ("hours", "007.50", 7.5), ("hours", "+3", 3), ("visit_no", " 09 ", 9),
        ("remark", '" 甲,乙 ""丙""\n丁"', ' 甲,乙 "丙"\n丁'),
    ],
)  # fmt: skip
async def test_a_cell_means_what_its_field_takes(name, cell, value, desk, stored):
    assert (await kept_fields(desk, stored, a_table(**{name: cell})))[name] == value


@pytest.mark.parametrize(
    ("code", "cells", "name", "where"),
    [
        ("thousands_separator", {"hours": '"1,234"'}, "hours", "C2"),
        ("thousands_separator", {"hours": "1，234.5"}, "hours", "C2"),
        ("wrong_type", {"hours": "two"}, "hours", "C2"), ("wrong_type", {"hours": "1e3"}, "hours", "C2"),
        ("wrong_type", {"hours": "50%"}, "hours", "C2"), ("wrong_type", {"hours": "NaN"}, "hours", "C2"),
        ("wrong_type", {"visit_no": "1.5"}, "visit_no", "B2"),
        ("out_of_range", {"visit_no": "100"}, "visit_no", "B2"),
        ("out_of_range", {"hours": "9" * 5000}, "hours", "C2"),
        ("too_many_decimals", {"hours": "1.00001"}, "hours", "C2"),
        ("not_a_choice", {"done": "maybe"}, "done", "D2"), ("not_a_choice", {"kind": "abroad"}, "kind", "E2"),
        ("wrong_type", {"visited_on": "2021-02-30"}, "visited_on", "F2"), ("required", {"hours": ""}, "hours", "C2"),
        ("required", {"hours": " "}, "hours", "C2"), ("too_long", {"remark": "x" * 21}, "remark", "G2"),
        ("unusable_text", {"remark": "a\0b"}, "remark", "G2"), ("required", {"division": ""}, "division", "A2"),
        ("village_unknown", {"division": UNREGISTERED}, "division", "A2"),
        ("village_unknown", {"division": "3.70104E+11"}, "division", "A2"),
        ("village_elsewhere", {"division": NEIGHBOURS_VILLAGES[0]}, "division", "A2"),
        ("done_takes_hours", {"hours": "0"}, "hours", "C2"),
    ],
)  # fmt: skip
async def test_what_is_wrong_with_a_cell_is_told_by_pointer_and_cell(code, cells, name, where, desk, stored):
    answer = await send(desk, a_table(**cells))

    assert (answer.status_code, faults(answer)) == (422, [(code, f"/rows/0/{name}", where)])
    assert (stored.count("submission"), stored.count("quarantine")) == (0, 1)


async def test_the_row_is_that_of_the_spreadsheet(desk):
    table = f'{NAMES}\n\n{A},1,2.5,是,home,,"two\nlines"\n,,,,,,\n{B},1,-1,是,home,,\n'

    assert faults(await send(desk, table)) == [("out_of_range", "/rows/1/hours", "C5")]


async def test_a_row_that_stands_twice_names_the_first_by_its_number(desk):
    answer = await send(desk, f"{NAMES}\n\n{A},1,2,是,home,,\n{A},1,2,是,home,,\n")

    assert faults(answer) == [("duplicate_row", "/rows/1/visit_no", "B4")]
    assert "3" in answer.json()["errors"][0]["text"]["en"]


async def test_a_warning_has_its_cell_too(desk, clock, stored):
    await desk.post(URL, json=a_report(a_row(hours=1), period="2021-09"))

    answer = await send(desk, a_table())

    assert ("hours_steady", "C2") in [(each["code"], each.get("cell")) for each in answer.json()["warnings"]]


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (NAMES.replace("hours", "houres"), [("column_unknown", "C1"), ("column_missing", None)]),
        (NAMES.replace("remark", "时长"), [("column_twice", "G1")]),
        (NAMES.replace("division", "village"), [("column_unknown", "A1"), ("column_missing", None)]),
        (NAMES.replace("visited_on", "行政区划代码"), [("column_twice", "F1")]),
        (NAMES.replace("kind", ""), [("column_missing", None), ("cell_without_column", "E2")]),
        ("division", [("column_missing", None)] * 4 + [("cell_without_column", f"{x}2") for x in "BCDE"]),
    ],
)  # fmt: skip
async def test_what_is_wrong_with_the_header_is_told_once(header, found, desk):
    answer = await send(desk, a_table().replace(NAMES, header))

    assert [(code, cell) for code, _, cell in faults(answer) if code != "done_takes_hours"] == found


async def test_a_near_miss_of_a_title_is_pointed_out(desk):
    answer = await send(desk, a_table().replace("hours", "houres"))

    assert "hours" in answer.json()["errors"][0]["text"]["en"]


async def test_a_row_may_say_nil(desk, stored):
    answer = await send(desk, f"{NAMES},无可报事项\n{A},,,,,,,是\n{B},1,2,是,home,,,否\n{C},1,2,是,home,,,\n")

    assert answer.status_code == 201
    assert stored.read("select nil from submission_row order by number") == [(True,), (False,), (False,)]


async def test_the_address_says_what_the_envelope_does(desk, stored):
    await send(desk, "", nil="true")
    answer = await send(desk, SOUND, base_revision="1", note="更正", form_version="1", nil="否")

    assert answer.status_code == 201
    assert stored.read("select revision, nil, note from submission order by revision") == [
        (1, True, None), (2, False, "更正")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "where", "parameters"),
    [
        ("required", "/form", {"form": ...}), ("required", "/period", {"period": ""}),
        ("form_unknown", "/form", {"form": "trial_visits"}), ("form_computed", "/form", {"form": "supervision"}),
        ("period_invalid", "/period", {"period": "2021-13"}),
        ("wrong_type", "/base_revision", {"base_revision": "x"}),
        ("out_of_range", "/base_revision", {"base_revision": "0"}), ("wrong_type", "/nil", {"nil": "maybe"}),
        ("rows_with_nil", "/rows", {"nil": "true"}), ("unknown_member", "/perod", {"perod": "2021-10"}),
        ("wrong_type", "/rows", {"rows": "[]"}), ("unusable_text", "/note", {"note": "a\0b"}),
    ],
)  # fmt: skip
async def test_what_is_wrong_with_the_address_is_told_as_of_the_envelope(code, where, parameters, desk):
    assert (code, where, None) in faults(await send(desk, SOUND, **parameters))


async def test_a_parameter_that_stands_twice_is_refused(desk, stored):
    answer = await send(desk, SOUND, period=["2021-10", "2021-09"])

    assert (answer.status_code, answer.json()["code"]) == (422, "parameter_invalid")
    assert stored.count("quarantine") == 1


@pytest.mark.parametrize("table", ["", "\n\n", NAMES, f"{NAMES}\n,,\n"])
async def test_a_table_without_rows_is_told(table, desk):
    assert faults(await send(desk, table)) == [("rows_missing", "/rows", None)]


@pytest.mark.parametrize(
    ("code", "body", "charset"),
    [
        ("bytes_undecodable", SOUND.encode() + b"\xff", None), ("bytes_undecodable", "完成".encode("gbk"), "utf-8"),
        ("bytes_undecodable", b"\x81", "gb18030"), ("quote_unclosed", SOUND.encode() + b'"370', None),
        ("quote_unclosed", NAMES.encode() + b'\n"', None), ("csv_malformed", NAMES.encode() + b'\n"a"b', None),
    ],
)  # fmt: skip
async def test_what_is_no_table_is_told_with_its_row_and_kept(code, body, charset, desk, stored):
    answer = await send(desk, body, charset)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer.json().keys() & {"row", "line"}
    assert stored.refused() == [body]


async def test_a_refused_table_is_kept_with_what_its_address_said(desk, stored):
    await send(desk, a_table(hours="x"), "utf-8", note="说明")

    [(media_type,)] = stored.read("select media_type from quarantine")
    assert media_type.startswith("text/csv; charset=utf-8 ?")
    assert {"form=trial_visit", "period=2021-10", f"division={TOWNSHIP}"} <= {
        *media_type.partition("?")[2].split("&")
    }


async def test_a_table_that_is_sent_again_gets_the_first_answer(desk, stored):
    key = {"idempotency-key": '"k"'}
    first = await send(desk, SOUND, headers=key)
    again = await send(desk, SOUND, headers=key)
    other = await send(desk, SOUND, headers=key, period="2021-09")

    assert (again.status_code, again.content) == (201, first.content)
    assert other.json()["code"] == "idempotency_key_reused"


async def test_a_dry_run_of_a_table_leaves_nothing(desk, stored):
    answer = await send(desk, SOUND, dry_run="true")

    assert (answer.status_code, answer.headers["x-dry-run"], stored.count("submission")) == (201, "true", 0)


def test_the_table_that_is_shown_fits_its_form(catalog):
    shown = POSTED["requestBody"]["content"]["text/csv"]["example"]

    envelope, found = read_csv(shown.encode(), Announced([("form", "meeting_day")], None), catalog.reported_forms)
    assert [fault.field for fault in found] == ["period", "division"]
    assert FormValidator(catalog.forms["meeting_day"]).check(envelope.rows, None, {}).faults == []


def read(table, catalog):
    return read_csv(table.encode(), Announced([*ASKED.items()], None), catalog.reported_forms)


def test_a_table_of_too_many_rows_is_not_looked_at(catalog):
    envelope, found = read(f"{NAMES}\n" + "x\n" * (MOST_ROWS + 1), catalog)

    assert (envelope.rows, [fault.code for fault in found]) == (None, ["rows_too_many"])


def test_a_header_without_end_is_told_by_its_first_columns(catalog):
    _, found = read("x," * 1_000_000 + "\ny\n", catalog)

    assert [fault.code for fault in found].count("column_unknown") == 100


def test_a_quote_that_swallows_a_whole_table_is_told_where_it_stands(catalog):
    with pytest.raises(Problem) as raised:
        read(f'{NAMES}\n{A},"1\n' + "x,\n" * 100_000, catalog)

    assert (raised.value.code, raised.value.details["row"]) == ("quote_unclosed", 2)


@pytest.mark.parametrize(("number", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_columns_have_the_names_that_spreadsheets_give_them(number, name):
    assert column_name(number) == name


FUZZ = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
CELLS = st.text(max_size=6) | st.sampled_from([A, "1", "2.5", "是", "home", '"', "\r", "\0", "1,2", "٣", "１"])
TABLES = st.lists(st.lists(CELLS, max_size=9).map(",".join), max_size=5).map("\n".join)


@FUZZ
@given(table=TABLES, header=st.sampled_from([NAMES + "\n", NAMES + "\r\n", ""]))
async def test_arbitrary_tables_are_refused_and_nothing_breaks(table, header, desk, stored):
    answer = await send(desk, (header + table).encode("utf-8", "replace"))

    assert 400 <= answer.status_code < 500
    assert stored.count("submission") == stored.count("submission_row") == 0


@FUZZ
@given(body=st.binary(max_size=200))
async def test_arbitrary_bytes_are_refused_and_nothing_breaks(body, desk, stored):
    answer = await send(desk, body)

    assert 400 <= answer.status_code < 500
    assert stored.count("submission") == 0
