"""A workbook is a report like any other table, and what is wrong is told by its cell."""

import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from services.catalog.validators import FormValidator
from services.catalog.workbook_words import HIDDEN_SHEET
from services.ingest.formats.from_xlsx import read_xlsx
from services.ingest.formats.sheet_cells import number_text
from tests.builders.reports import NEIGHBOURS_VILLAGES, UNREGISTERED, VILLAGES, a_report
from tests.builders.workbooks import (
    ASKED,
    NAMES,
    XLSX,
    a_sheet,
    a_visit,
    a_workbook,
    faults,
    opened,
    packed,
    send,
    sound,
)

URL = "/v1/submissions"
A, B, C = VILLAGES
SEEN_ON = datetime.date(2021, 10, 5)


def moment(hour):
    """An hour of the day, as a spreadsheet has it: nowhere in particular."""
    return datetime.datetime.combine(SEEN_ON, datetime.time(hour))


async def kept_fields(desk, stored, body):
    answer = await send(desk, body)
    assert answer.status_code == 201, answer.text
    return stored.read("select fields from submission_row order by number")[0][0]


async def test_a_workbook_is_the_same_report_as_its_json(desk):
    workbook = await send(desk, sound())
    json = await desk.post(URL, json=a_report(base_revision=1))

    assert (workbook.status_code, json.status_code) == (201, 201)
    assert workbook.json()["content_hash"] == json.json()["content_hash"]
    assert workbook.headers["location"] == f"{URL}/{workbook.json()['id']}"


@pytest.mark.parametrize(
    "header",
    [
        ("行政区划代码", "编号*", "时长 *", "完成＊", "类别", "日期", "备注"),
        ("division code", "Number", "HOURS", "Done", "Kind", "Date", "Remark"),
    ],
)
async def test_columns_are_named_by_field_or_by_title_with_or_without_its_mark(header, desk):
    assert (await send(desk, a_workbook(a_visit(), header=header))).status_code == 201


@pytest.mark.parametrize(
    ("name", "cell", "value"),
    [
        *[("done", cell, True) for cell in (True, "是", "YES", 1)],
        *[("done", cell, False) for cell in (False, "否", 0)],
        *[("kind", cell, "office") for cell in ("office", "来访", "At the office ")],
        *[
            ("visited_on", cell, "2021-10-05")
            for cell in (SEEN_ON, moment(0), 44474, "2021/10/5", "2021年10月5日")
        ],
        ("visited_on", 1, "1900-01-01"), ("visited_on", 59, "1900-02-28"), ("visited_on", 61, "1900-03-01"),
        ("visited_on", datetime.date(1900, 3, 1), "1900-03-01"),
        ("hours", "007.50", 7.5), ("hours", 0.1 + 0.2, 0.3), ("hours", 12.340000000000002, 12.34),
        ("visit_no", " 9 ", 9), ("visit_no", "9", 9), ("remark", 20, "20"), ("remark", 1.5, "1.5"),
        ("remark", " =1+1\n", None),
        ("division", f"{B} 乙村", None), ("division", float(B), None),
    ],
)  # fmt: skip
async def test_a_cell_means_what_its_field_takes(name, cell, value, desk, stored):
    book, sheet = a_sheet(a_visit(**{name: cell}))
    if cell == " =1+1\n":
        sheet["G2"].data_type = "s"

    fields = await kept_fields(desk, stored, packed(book))
    assert fields.get(name) == (cell if name == "remark" and value is None else value)


async def test_a_division_that_is_chosen_with_its_name_is_meant_by_its_code(desk, stored):
    await send(desk, a_workbook(a_visit(division=f"{B} 乙村"), a_visit(division=float(C))))

    assert stored.read("select division from submission_row order by number") == [(B,), (C,)]


async def test_days_of_a_workbook_that_counts_from_1904_are_the_same_days(desk, stored):
    book, sheet = a_sheet(a_visit(visited_on=SEEN_ON), a_visit(visit_no=2, visited_on=44474 - 1462))
    book.epoch = CALENDAR_MAC_1904
    sheet["F2"] = SEEN_ON

    await send(desk, packed(book))
    assert stored.read("select fields->>'visited_on' from submission_row") == [("2021-10-05",)] * 2


@pytest.mark.parametrize(
    ("code", "cells", "name", "where"),
    [
        ("thousands_separator", {"hours": "1,234"}, "hours", "C2"), ("wrong_type", {"hours": "two"}, "hours", "C2"),
        ("wrong_type", {"hours": datetime.date(2021, 1, 2)}, "hours", "C2"),
        ("wrong_type", {"hours": True}, "hours", "C2"),
        ("wrong_type", {"visit_no": 1.5}, "visit_no", "B2"), ("out_of_range", {"visit_no": 100}, "visit_no", "B2"),
        ("out_of_range", {"hours": 1e300}, "hours", "C2"), ("too_many_decimals", {"hours": 1.00001}, "hours", "C2"),
        ("not_a_choice", {"done": "maybe"}, "done", "D2"), ("not_a_choice", {"kind": "abroad"}, "kind", "E2"),
        ("not_a_choice", {"done": 2}, "done", "D2"), ("wrong_type", {"visited_on": 60}, "visited_on", "F2"),
        ("wrong_type", {"visited_on": 44474.5}, "visited_on", "F2"),
        ("wrong_type", {"visited_on": -1}, "visited_on", "F2"),
        ("wrong_type", {"visited_on": moment(8)}, "visited_on", "F2"),
        ("wrong_type", {"visited_on": datetime.time(8)}, "visited_on", "F2"),
        ("wrong_type", {"remark": datetime.date(2021, 1, 2)}, "remark", "G2"),
        ("required", {"hours": None}, "hours", "C2"),
        ("required", {"hours": "  "}, "hours", "C2"), ("too_long", {"remark": "x" * 21}, "remark", "G2"),
        ("required", {"division": None}, "division", "A2"),
        ("village_unknown", {"division": UNREGISTERED}, "division", "A2"),
        ("village_elsewhere", {"division": NEIGHBOURS_VILLAGES[0]}, "division", "A2"),
        ("done_takes_hours", {"hours": 0}, "hours", "C2"), ("formula_cell", {"hours": "=1+1"}, "hours", "C2"),
        ("formula_cell", {"remark": "=A2"}, "remark", "G2"), ("formula_cell", {"kind": "=A2"}, "kind", "E2"),
        ("formula_cell", {"division": "=1"}, "division", "A2"), ("error_cell", {"hours": "#N/A"}, "hours", "C2"),
        ("error_cell", {"remark": "#REF!"}, "remark", "G2"),
    ],
)  # fmt: skip
async def test_what_is_wrong_with_a_cell_is_told_by_pointer_and_cell(code, cells, name, where, desk, stored):
    answer = await send(desk, a_workbook(a_visit(**cells)))

    assert (answer.status_code, faults(answer)) == (422, [(code, f"/rows/0/{name}", where)])
    assert answer.json()["sheet"] == "Sheet" and answer.json()["marked_workbook"] == {"accept": XLSX}
    assert (stored.count("submission"), stored.count("quarantine")) == (0, 1)


async def test_titles_above_the_table_and_empty_rows_in_it_are_passed_over_and_counted(desk):
    body = a_workbook(NAMES, a_visit(), [None], [" "], a_visit(visit_no=-1), header=["走访登记表"])

    assert faults(await send(desk, body)) == [("out_of_range", "/rows/1/visit_no", "B6")]


async def test_a_table_that_does_not_begin_in_the_corner_is_told_by_its_own_cells(desk):
    book, sheet = a_sheet(header=())
    for number, row in enumerate((NAMES, a_visit(), a_visit(visit_no=2, hours="x")), start=5):
        for column, value in enumerate(row, start=3):
            sheet.cell(number, column, value)

    assert faults(await send(desk, packed(book))) == [("wrong_type", "/rows/1/hours", "E7")]


async def test_a_second_header_and_a_column_of_names_say_nothing(desk, stored):
    titles = ("行政区划代码", "区划名称", *("编号*", "时长*", "完成*", "类别*", "日期", "备注"))
    row = a_visit()

    answer = await send(
        desk, a_workbook(titles, [row[0], "甲村", *row[1:]], header=("division", "division_name", *NAMES[1:]))
    )
    assert (answer.status_code, answer.json()["rows"]) == (201, 1)


async def test_hidden_rows_are_read_like_others(desk):
    book, sheet = a_sheet(a_visit(), a_visit(visit_no=2))
    sheet.row_dimensions[3].hidden = True

    assert (await send(desk, packed(book))).json()["rows"] == 2


async def test_formatted_cells_without_a_value_are_no_rows(desk):
    book, sheet = a_sheet(a_visit())
    for row in range(3, 500):
        sheet.cell(row, 30).number_format = "0.0"

    assert (await send(desk, packed(book))).json()["rows"] == 1


async def test_a_formula_below_or_beside_the_table_is_told(desk):
    book, sheet = a_sheet(a_visit())
    sheet["C9"], sheet["J2"] = "=SUM(C2:C8)", "=1"

    found = {(code, cell) for code, _, cell in faults(await send(desk, packed(book)))}
    assert {("formula_cell", "C9"), ("cell_without_column", "J2")} <= found


async def test_merged_cells_in_the_table_are_told_with_their_range(desk):
    book, sheet = a_sheet(a_visit(), a_visit(visit_no=2))
    sheet.merge_cells("E2:E3")

    answer = await send(desk, packed(book))
    assert ("merged_cells", "/rows", "E2:E3") in faults(answer)


async def test_merged_cells_above_the_table_are_nobodys_business(desk):
    book, sheet = a_sheet(NAMES, a_visit(), header=["走访登记表"])
    sheet.merge_cells("A1:G1")

    assert (await send(desk, packed(book))).status_code == 201


async def test_the_table_is_found_among_sheets_hidden_ones_left_aside(desk):
    book, sheet = a_sheet(a_visit(hours="x"))
    hidden = book.create_sheet("old", 0)
    hidden.append(list(NAMES))
    hidden.sheet_state = "hidden"
    book.create_sheet("封面", 0).append(["说明"])
    sheet.title = "走访"

    answer = await send(desk, packed(book))
    assert (answer.json()["sheet"], faults(answer)) == ("走访", [("wrong_type", "/rows/0/hours", "C2")])


@pytest.mark.parametrize("header", [["说明"], [], ["编号", "时长"]])
async def test_a_workbook_without_a_table_is_told_with_its_sheets(header, desk, stored):
    answer = await send(desk, a_workbook(header=header))

    assert (answer.status_code, answer.json()["code"]) == (422, "table_not_found")
    assert "Sheet" in answer.json()["detail"]
    assert stored.count("quarantine") == 1


def hidden_sheet(body=None, **told):
    book = opened(sound() if body is None else body)
    sheet = book.create_sheet(HIDDEN_SHEET)
    sheet.sheet_state = "veryHidden"
    for row in (ASKED | {"form_version": 1} | told).items():
        sheet.append(row)
    return packed(book)


NOTHING = dict.fromkeys(ASKED, ...)


async def test_the_hidden_sheet_says_what_is_reported(desk):
    answer = await send(desk, hidden_sheet(), **NOTHING)

    assert (answer.status_code, answer.json()["period"]) == (201, "2021-10")


async def test_the_address_and_the_hidden_sheet_must_not_contradict_each_other(desk):
    answer = await send(desk, hidden_sheet(period="2021-09"))

    assert faults(answer) == [("workbook_contradicts", "/period", None)]
    assert "2021-09" in answer.json()["errors"][0]["text"]["en"]


async def test_a_base_revision_of_the_address_counts_before_the_one_inside(desk):
    await send(desk, sound())
    stale = await send(desk, hidden_sheet(base_revision=7))
    corrected = await send(desk, hidden_sheet(base_revision=7), base_revision="1")
    inside = await send(desk, hidden_sheet(base_revision=2))

    assert [stale.status_code, corrected.status_code, inside.status_code] == [409, 201, 201]


async def test_a_template_of_another_version_is_told(desk):
    assert faults(await send(desk, hidden_sheet(form_version=2))) == [("form_version_unknown", "/form_version", None)]


async def test_nothing_to_report_needs_no_table(desk):
    assert (await send(desk, a_workbook(header=["无"]), nil="true")).status_code == 201


async def test_a_workbook_that_is_sent_again_gets_the_first_answer(desk):
    body, key = sound(), {"idempotency-key": '"k"'}
    first = await send(desk, body, headers=key)
    again = await send(desk, body, headers=key)
    other = await send(desk, body, headers=key, period="2021-09")

    assert (again.status_code, again.content) == (201, first.content)
    assert other.json()["code"] == "idempotency_key_reused"


async def test_a_dry_run_of_a_workbook_leaves_nothing(desk, stored):
    answer = await send(desk, sound(), dry_run="true")

    assert (answer.status_code, answer.headers["x-dry-run"], stored.count("submission")) == (201, "true", 0)


async def test_a_refused_workbook_is_kept_with_what_its_address_said(desk, stored):
    body = a_workbook(a_visit(hours="x"))

    await send(desk, body)
    [(media_type,)] = stored.read("select media_type from quarantine")
    assert (stored.refused(), media_type.partition(" ?")[0]) == ([body], XLSX)
    assert "period=2021-10" in media_type


FUZZ = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
DAYS = st.dates(datetime.date(1900, 3, 1), datetime.date(2100, 12, 31))
TEXTS = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=20).filter(str.strip)


@FUZZ
@given(hours=st.integers(0, 10_000_000), day=DAYS, remark=TEXTS, done=st.booleans(), number=st.integers(1, 99))
def test_what_is_written_to_a_cell_comes_back(hours, day, remark, done, number, catalog):
    book, sheet = a_sheet(a_visit(hours=hours / 10_000, visited_on=day, done=done, visit_no=number))
    sheet["G2"].value, sheet["G2"].data_type = remark, "s"

    [row] = rows_of(packed(book), catalog)
    assert (row.hours * 10_000, row.visited_on, row.done, row.visit_no) == (hours, day, done, number)
    assert row.remark == remark


def rows_of(body, catalog):
    envelope, found = read_xlsx(body, [*ASKED.items()], catalog.reported_forms)
    assert found == []
    checked = FormValidator(catalog.forms["trial_visit"]).check(envelope.rows, None, {})
    assert checked.faults == []
    return checked.rows


@pytest.mark.parametrize(
    ("number", "text"),
    [(1.0, "1"), (-0.0, "0"), (1e15, "1000000000000000"), (1e-7, "0.0000001"), (1 / 3, "0.333333333333333")],
)
def test_numbers_are_written_out_with_the_digits_that_spreadsheets_show(number, text):
    assert number_text(number) == text
