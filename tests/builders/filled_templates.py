"""Templates as a clerk fills them in: by the titles and lists that are there, cell by cell."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from openpyxl.worksheet.worksheet import Worksheet

from services.catalog.schema import Form
from services.catalog.templates import FIRST_ROW
from tests.builders.workbooks import opened, packed

TRUTH = {"zh": {True: "是", False: "否"}, "en": {True: "yes", False: "no"}}


def columns(sheet: Worksheet) -> dict[str, int]:
    """The column of each member, by the hidden row of codes."""
    return {str(cell.value): cell.column for cell in sheet[1] if cell.value is not None and cell.column is not None}


def values(body: bytes, row: int = FIRST_ROW) -> dict[str, Any]:
    """What stands in one row of a template, by member; empty cells are left out."""
    sheet = opened(body).worksheets[0]
    found = {name: sheet.cell(row, column).value for name, column in columns(sheet).items()}
    return {name: value for name, value in found.items() if value is not None}


def filled(body: bytes, form: Form, rows: Sequence[Mapping[str, Any]], language: str = "zh") -> bytes:
    """The template with these rows (as JSON has them) in it, each in the next free place of its division."""
    book = opened(body)
    sheet = book.worksheets[0]
    where = columns(sheet)
    for number, row in enumerate(rows, start=FIRST_ROW):
        place = number if form.key else _row_of(sheet, row["division"])
        for name, value in row.items():
            cell = sheet.cell(place, where[name])
            cell.value = _as_clerks_write(form, name, value, language)
            if isinstance(cell.value, str):
                cell.data_type = "s"  # in a cell for text, what begins with = is text
    return packed(book)


def _row_of(sheet: Worksheet, division: str) -> int:
    return next(row for row in range(FIRST_ROW, sheet.max_row + 1) if sheet.cell(row, 1).value == division)


def _as_clerks_write(form: Form, name: str, value: Any, language: str) -> Any:
    if isinstance(value, bool):
        return TRUTH[language][value]
    field = next((field for field in form.fields if field.field == name), None)
    if field is None:
        return f"{value} 某村" if form.key and name == "division" else value
    if field.type == "choice":
        return next(getattr(choice.title, language) for choice in field.choices if choice.value == value)
    return date.fromisoformat(value) if field.type == "date" else value
