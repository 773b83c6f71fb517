"""Workbooks as clerks make them, and as those do who mean no good."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from services.catalog.workbook_words import MEDIA_TYPE
from tests.builders.reports import TOWNSHIP, VILLAGES

XLSX = MEDIA_TYPE
ASKED: dict[str, Any] = {"form": "trial_visit", "period": "2021-10", "division": TOWNSHIP}
NAMES = ("division", "visit_no", "hours", "done", "kind", "visited_on", "remark")


async def send(
    desk: httpx.AsyncClient, body: bytes, *, headers: Mapping[str, str] | None = None, **parameters: Any
) -> httpx.Response:
    """Post a workbook of visits; a parameter of `...` is left out of the address."""
    asked = {name: value for name, value in (ASKED | parameters).items() if value is not ...}
    return await desk.post(
        "/v1/submissions", content=body, params=asked, headers={"content-type": XLSX, **(headers or {})}
    )


def faults(answer: httpx.Response) -> list[tuple[str, str, str | None]]:
    """Code, pointer and cell of everything that is wrong."""
    return [(fault["code"], fault["pointer"], fault.get("cell")) for fault in answer.json()["errors"]]


def a_visit(**cells: Any) -> list[Any]:
    """The cells of a visit in village A, in order of NAMES."""
    row = dict(zip(NAMES, [VILLAGES[0], 1, 2.5, True, "home", None, None], strict=True)) | cells
    return list(row.values())


def a_sheet(*rows: Sequence[Any], header: Sequence[Any] = NAMES) -> tuple[openpyxl.Workbook, Worksheet]:
    """A workbook and its only sheet: a header and rows."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in (header, *rows):
        sheet.append(list(row))
    return book, sheet


def packed(book: openpyxl.Workbook) -> bytes:
    """The workbook as it is sent."""
    body = io.BytesIO()
    book.save(body)
    return body.getvalue()


def a_workbook(*rows: Sequence[Any], header: Sequence[Any] = NAMES) -> bytes:
    """A header and rows, in one sheet."""
    return packed(a_sheet(*rows, header=header)[0])


def sound() -> bytes:
    """A visit in each village."""
    return a_workbook(*(a_visit(division=village) for village in VILLAGES))


def opened(body: bytes) -> openpyxl.Workbook:
    """A workbook as a spreadsheet opens it."""
    return openpyxl.load_workbook(io.BytesIO(body))


def repacked(body: bytes, changes: Mapping[str, bytes | None], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The same archive with other parts; None takes one out."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as before, zipfile.ZipFile(changed, "w", compression) as after:
        parts = {name: before.read(name) for name in before.namelist()} | dict(changes)
        for name, part in parts.items():
            if part is not None:
                after.writestr(name, part)
    return changed.getvalue()


def part_of(body: bytes, name: str = "xl/worksheets/sheet1.xml") -> bytes:
    """One part of the archive."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return archive.read(name)


def with_sheet(body: bytes, old: bytes, new: bytes) -> bytes:
    """The same with other XML in its first sheet."""
    xml = part_of(body)
    assert old in xml
    return repacked(body, {"xl/worksheets/sheet1.xml": xml.replace(old, new)})
