"""A refused workbook → the same with its faults marked: fill and comment at each cell, a sheet with all of them."""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any, Final

import openpyxl
from openpyxl.cell.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import quote_sheetname
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from services.catalog.workbook_words import FAULTS_SHEET
from services.ingest.formats.workbook_parts import parts_of

_MOST_INFLATED: Final = 12 * 2**20
"""Written back are workbooks of this size at most: every cell of one becomes an object meanwhile."""
_AUTHOR: Final = "rorc"
_WARNING: Final = "warning"
_FILLS: Final = {"error": PatternFill("solid", fgColor="FFC7CE"), _WARNING: PatternFill("solid", fgColor="FFEB9C")}
_FIRST: Final = re.compile(r"([A-Z]{0,3})(\d+)")
_PICTURES: Final = re.compile(
    rb'<Relationship\s[^>]*/(?:drawing|image|printerSettings|oleObject|control|package)"[^>]*?/>'
)
_HEADER: Final = ("单元格 Cell", "区划 Village", "字段 Field", "问题", "Problem", "代码 Code")
_WIDTHS: Final = (12, 16, 20, 60, 60, 22)


class TooLarge(ValueError):
    """A workbook that is not written back for its size."""


def marked(body: bytes, problem: Mapping[str, Any]) -> bytes:
    """The workbook with what `submission_invalid` says of it. Pictures are left out, and the marks of last time.

    Raises TooLarge; for what else is unusual about a workbook openpyxl raises nearly anything.
    """
    parts = parts_of(body)
    if sum(map(len, parts.values())) > _MOST_INFLATED:
        raise TooLarge
    book = openpyxl.load_workbook(_without_pictures(parts))
    sheet = book[problem["sheet"]]
    _forget(book, sheet)
    faults = [*problem.get("errors", ()), *problem.get("warnings", ())]
    for place, found in _by_place(faults).items():
        _mark(sheet, place, found)
    _list(book, sheet, faults)
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def _without_pictures(parts: Mapping[str, bytes]) -> io.BytesIO:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, _PICTURES.sub(b"", part) if "worksheets/_rels/" in name else part)
    return packed


def _forget(book: Workbook, sheet: Worksheet) -> None:
    """Take away what was marked when the workbook was refused before."""
    if FAULTS_SHEET in book:
        del book[FAULTS_SHEET]
    for row in sheet.iter_rows():
        for cell in row:
            if cell.comment is not None and cell.comment.author == _AUTHOR:
                cell.comment = None
                cell.fill = PatternFill()


def _by_place(faults: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """The faults by the cell to mark: of a range its first, of a whole row the one in column A."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for fault in faults:
        first = _FIRST.match(fault.get("cell") or "")
        if first is not None:
            found.setdefault(f"{first[1] or 'A'}{first[2]}", []).append(fault)
    return found


def _mark(sheet: Worksheet, place: str, faults: Sequence[Mapping[str, Any]]) -> None:
    cell = sheet[place]
    if not isinstance(cell, Cell):  # it lies under a merged one, whose range has a fault of its own
        return
    is_warning = all(fault["severity"] == _WARNING for fault in faults)
    cell.fill = _FILLS[_WARNING if is_warning else "error"]
    text = "\n".join(f"{fault['text']['zh']}\n{fault['text']['en']}" for fault in faults)
    cell.comment = Comment(text, _AUTHOR, height=30 + 36 * len(faults), width=360)


def _list(book: Workbook, table: Worksheet, faults: Sequence[Mapping[str, Any]]) -> None:
    """The sheet behind the table that tells every fault, a row each, with links to the cells."""
    sheet = book.create_sheet(FAULTS_SHEET, book.index(table) + 1)
    for column, (title, width) in enumerate(zip(_HEADER, _WIDTHS, strict=True), start=1):
        sheet.cell(1, column, title).font = Font(bold=True)
        sheet.column_dimensions[sheet.cell(1, column).column_letter].width = width
    for number, fault in enumerate(faults, start=2):
        text = fault["text"]
        told = (fault.get("cell"), fault.get("division"), fault.get("field"), text["zh"], text["en"], fault["code"])
        for column, value in enumerate(told, start=1):
            cell = sheet.cell(number, column, value or "—")
            cell.data_type = "s"
            cell.alignment = Alignment(vertical="top", wrap_text=True)
        first = _FIRST.match(fault.get("cell") or "")
        if first is not None:
            link = f"#{quote_sheetname(table.title)}!{first[1] or 'A'}{first[2]}"
            sheet.cell(number, 1).hyperlink = link
    sheet.freeze_panes = "A2"
