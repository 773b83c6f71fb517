"""Who would rather have the workbook gets it back with its faults marked, and sends it again when they are gone."""

import pytest
from openpyxl.chart import BarChart

from services.catalog.workbook_words import FAULTS_SHEET
from services.ingest.submissions.corrections import prefers_workbook
from tests.builders.reports import VILLAGES, a_report, a_row
from tests.builders.workbooks import (
    XLSX,
    a_sheet,
    a_visit,
    a_workbook,
    faults,
    opened,
    packed,
    repacked,
    send,
    with_sheet,
)

URL = "/v1/submissions"
A, B, C = VILLAGES
BACK = {"accept": f"{XLSX}, application/json;q=0.9"}


async def test_a_refused_workbook_comes_back_with_its_faults_marked(desk, clock):
    await desk.post(URL, json=a_report(a_row(B, hours=1), period="2021-09"))

    answer = await send(desk, a_workbook(a_visit(hours="x", kind="y"), a_visit(division=B)), headers=BACK)
    assert (answer.status_code, answer.headers["content-type"]) == (422, XLSX)
    book = opened(answer.content)
    sheet = book["Sheet"]
    assert {cell.coordinate: cell.fill.fgColor.rgb for row in sheet for cell in row if cell.comment} == {
        "C2": "00FFC7CE", "E2": "00FFC7CE", "C3": "00FFEB9C",
    }  # fmt: skip
    assert "类型不对" in sheet["C2"].comment.text and "Wrong type" in sheet["C2"].comment.text
    told = [[cell.value for cell in row[:3]] for row in book[FAULTS_SHEET].iter_rows(min_row=2)]
    assert told[:2] == [["C2", A, "hours"], ["E2", A, "kind"]] and ["C3", B, "hours"] in told


async def test_a_marked_workbook_can_be_corrected_and_sent_again(desk):
    first = await send(desk, a_workbook(a_visit(hours="x", kind="y")), headers=BACK)
    half = opened(first.content)
    half["Sheet"]["C2"] = 2.5
    second = await send(desk, packed(half), headers=BACK)
    whole = opened(second.content)
    whole["Sheet"]["E2"] = "home"

    assert [cell.coordinate for cell in whole["Sheet"][2] if cell.comment] == ["E2"]
    assert (await send(desk, packed(whole), headers=BACK)).status_code == 201


async def test_what_is_marked_is_kept_as_the_problem(desk, stored):
    key = {"idempotency-key": '"k"'}
    body = a_workbook(a_visit(hours="x"))

    await send(desk, body, headers=BACK | key)
    again = await send(desk, body, headers=key)
    assert faults(again) == [("wrong_type", "/rows/0/hours", "C2")]
    assert stored.read("select problem->>'code' from quarantine") == [("submission_invalid",)]


async def test_a_workbook_refused_as_a_whole_is_told_as_a_problem_whatever_is_preferred(desk):
    answer = await send(desk, a_workbook(header=["说明"]), headers=BACK)

    assert answer.json()["code"] == "table_not_found"


async def test_a_workbook_that_cannot_be_written_back_is_told_as_a_problem(desk):
    body = with_sheet(a_workbook(a_visit(hours="x")), b"<pageMargins ", b'<pageMargins strange="x" ')

    answer = await send(desk, body, headers=BACK)
    assert faults(answer) == [("wrong_type", "/rows/0/hours", "C2")]


async def test_a_workbook_with_a_chart_comes_back_without_it(desk):
    book, sheet = a_sheet(a_visit(hours="x"))
    sheet.add_chart(BarChart(), "J2")

    answer = await send(desk, packed(book), headers=BACK)
    assert answer.headers["content-type"] == XLSX
    assert opened(answer.content)["Sheet"]["C2"].comment is not None


async def test_a_workbook_that_is_too_large_to_be_written_back_is_told_as_a_problem(desk):
    body = repacked(a_workbook(a_visit(hours="x")), {"xl/large.xml": b"<a>%b</a>" % (b" " * 13_000_000)})

    assert faults(await send(desk, body, headers=BACK)) == [("wrong_type", "/rows/0/hours", "C2")]


@pytest.mark.parametrize(
    ("accept", "preferred"),
    [
        (XLSX, True), (f"{XLSX};q=0.9, */*;q=0.1", True), (f"application/json, {XLSX}", True), (XLSX.upper(), True),
        ("", False), ("*/*", False), ("application/json", False), (f"{XLSX};q=0", False), (f"{XLSX};q=x", False),
        (f"application/problem+json, {XLSX};q=0.5", False),
    ],
)  # fmt: skip
def test_the_workbook_is_preferred_where_nothing_else_stands_above_it(accept, preferred):
    assert prefers_workbook(accept) is preferred
