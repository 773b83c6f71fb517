"""What is typed and what is uploaded, on the way from the browser to ingest."""

import json

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from dashboards.answers import Form, FormField, Text
from dashboards.desk.answers import Place, ReportedRow
from dashboards.desk.sheet import envelope_of, posted_sheet, sheet_of
from dashboards.desk.uploads import MOST_BYTES, Posted, read_posted

FORM = Form(
    "trial", Text("试", "trial"), "month",
    fields=[FormField("hours", Text("时数", "hours"), "decimal"), FormField("held", Text("是否", "held"), "boolean")],
)  # fmt: skip
PLACES = [Place("370112001201", "甲村"), Place("370112001202", "乙村")]
FIRST, SECOND = "r370112001201-1", "r370112001202-1"
NUL_AND_LINES = b"PK\x03\x04\x00\r\n--almost\r\n\xff\n"


def typed() -> Posted:
    """A sheet with a line for each place, and nothing typed."""
    blank = {f"{line}.{name}": "" for line in (FIRST, SECOND) for name in ("hours", "held")}
    lines = {f"{line}.line": "1" for line in (FIRST, SECOND)}
    return Posted(blank | lines)


def sent(posted: Posted, base: str = "") -> dict[str, object]:
    return json.loads(envelope_of(posted_sheet(FORM, PLACES, posted), "2021-11", "370112001000", base))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2.5", 2.5),
        (" 1,200 ", 1200),
        ("１２０．５", 120.5),
        ("-3", -3),
        ("十二", "十二"),
        ("1e5", "1e5"),
        ("007", "007"),
    ],
)
def test_a_number_is_sent_as_one_and_anything_else_as_it_was_typed(text, value):
    [row] = sent(Posted(typed().fields | {f"{FIRST}.hours": text}))["rows"]

    assert row == {"division": "370112001201", "hours": value}


def test_a_line_left_blank_is_no_row():
    report = sent(Posted(typed().fields | {f"{SECOND}.held": "false"}))

    assert report["rows"] == [{"division": "370112001202", "held": False}]


def test_nothing_to_report_is_said_of_a_village_or_of_the_whole():
    of_one = sent(Posted(typed().fields | {f"{FIRST}.nil": "true", f"{FIRST}.hours": "3"}))
    of_all = sent(Posted(typed().fields | {"nil": "true"}))

    assert of_one["rows"] == [{"division": "370112001201", "nil": True}]
    assert (of_all["nil"], "rows" in of_all) == (True, False)


def test_a_correction_names_what_it_replaces():
    assert sent(typed(), "3")["base_revision"] == 3
    assert "base_revision" not in sent(typed(), "")


def test_rows_come_back_as_they_were_reported():
    rows = [ReportedRow("370112001201", False, {"hours": 2.0, "held": True}), ReportedRow("370112001202", True, {})]

    first, second = sheet_of(FORM, PLACES, rows).lines

    assert (first.typed, second.nil) == ({"hours": "2", "held": "true"}, True)


def test_a_line_of_a_division_that_is_not_asked_for_is_left_out():
    posted = Posted({"r370113001201-1.line": "1", "r370113001201-1.hours": "1"})

    assert posted_sheet(FORM, PLACES, posted).lines == []


def a_request(body: bytes, kind: str) -> Request:
    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"content-type", kind.encode())]}
    return Request(scope, receive)


def multipart(content: bytes, name: str = "表.xlsx") -> tuple[bytes, str]:
    head = 'Content-Disposition: form-data; name="{}"'
    parts = [
        head.format("do").encode() + b"\r\n\r\ncheck",
        f'{head.format("file")}; filename="{name}"\r\nContent-Type: application/octet-stream'.encode()
        + b"\r\n\r\n" + content,
    ]  # fmt: skip
    return b"--edge\r\n" + b"\r\n--edge\r\n".join(parts) + b"\r\n--edge--\r\n", "multipart/form-data; boundary=edge"


@pytest.mark.parametrize("content", [b"a,b\r\n1,2\r\n", NUL_AND_LINES, b"\r\n", b"\x00" * 100_000])
async def test_an_upload_arrives_byte_for_byte(content):
    posted = await read_posted(a_request(*multipart(content)))

    assert posted.upload is not None
    assert (posted.get("do"), posted.upload.name, posted.upload.content) == ("check", "表.xlsx", content)


async def test_no_file_chosen_is_no_upload():
    assert (await read_posted(a_request(*multipart(b"", name="")))).upload is None


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"--edge\r\nno end", "multipart/form-data; boundary=edge", 400),
        (b"--edge--", "multipart/form-data", 400),
        (b"a=\xff", "application/x-www-form-urlencoded", 400),
        (b"x" * (MOST_BYTES + 1), "application/x-www-form-urlencoded", 413),
    ],
)
async def test_what_cannot_be_read_is_refused(body, kind, status):
    with pytest.raises(HTTPException) as refused:
        await read_posted(a_request(body, kind))

    assert refused.value.status_code == status
