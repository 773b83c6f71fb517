"""XLSX → envelope: a hidden sheet of our template, or the address, says what is reported; a table holds the rows."""

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any, Final
from xml.etree import ElementTree as Xml

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from services.catalog.schema import Form
from services.catalog.workbook_words import FAULTS_SHEET, HIDDEN_SHEET, MEMBERS, REQUIRED_MARK
from services.core.problems import Problem, ProblemItem, text_of
from services.ingest.cells import Better, CellFault, column_name
from services.ingest.faults import envelope_fault, printable
from services.ingest.formats.columns import names_a_division, names_of
from services.ingest.formats.from_csv import envelope_of
from services.ingest.formats.sheet_cells import Unusable, number_text, sheet_readers
from services.ingest.formats.sheet_scan import Scan, require_little_text, scan_sheet
from services.ingest.formats.tables import Table, is_blank
from services.ingest.formats.workbook_parts import parts_of, unreadable
from services.ingest.submissions.schemas import Envelope

Record = tuple[int, list[Any]]
"""A row by its number in the sheet, and its cells from column A on."""

_FORMULA: Final = Unusable(Better("formula_cell", {}))
_MARKS: Final = f"{REQUIRED_MARK}＊ "
_ABOVE_THE_TABLE: Final = 20
"""A table may begin so many rows below the top: titles stand there."""
_MOST_SHEETS: Final = 20


@dataclass(frozen=True)
class _Sheet:
    name: str
    is_visible: bool
    scan: Scan


@dataclass(frozen=True)
class _Workbook:
    sheets: Sequence[_Sheet]
    is_1904: bool
    values: CalamineWorkbook


def read_xlsx(
    body: bytes, parameters: Sequence[tuple[str, str]], forms: Mapping[str, Form]
) -> tuple[Envelope, list[ProblemItem]]:
    """The envelope and what is wrong with it. Without a form that is reported the rows are not looked at.

    Problems of `parts_of` and `scan_sheet` for what is no workbook or a dangerous one, `table_not_found` where no
    visible sheet has a column of divisions.
    """
    parts = parts_of(body)
    with _told_if_it_breaks():
        return _read(_opened(parts), parameters, forms)


@contextmanager
def _told_if_it_breaks() -> Iterator[None]:
    """Problem `workbook_unreadable` for what the reader stumbles over: nonsense in a cell makes it panic."""
    try:
        yield
    except (CalamineError, OverflowError) as error:
        raise unreadable(printable(str(error))) from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise unreadable(printable(str(error))) from None


def _read(
    book: _Workbook, parameters: Sequence[tuple[str, str]], forms: Mapping[str, Form]
) -> tuple[Envelope, list[ProblemItem]]:
    told, faults = _told(book, parameters)
    envelope, wrong = envelope_of(told)
    faults += wrong
    form = forms.get(envelope.form or "")
    if form is None or envelope.rows is None:
        return replace(envelope, rows=None), faults
    if envelope.nil:
        return envelope, faults
    sheet, records = _table_in(book)
    table = _table_of(form, _with_unusable(records, sheet.scan), is_1904=book.is_1904)
    cells = replace(table.cells(), sheet=sheet.name)
    return replace(envelope, rows=table.rows(), cells=cells), faults + table.faults + [*_merged(table, sheet.scan)]


def _opened(parts: Mapping[str, bytes]) -> _Workbook:
    """The workbook of these parts and no others, so that what is read is what was looked at."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    packed.seek(0)
    try:
        book = Xml.fromstring(parts["xl/workbook.xml"])  # noqa: S314 - no part declares entities: that was looked at
        targets = Xml.fromstring(parts["xl/_rels/workbook.xml.rels"])  # noqa: S314 - as above
        values = CalamineWorkbook.from_filelike(packed)
    except (KeyError, Xml.ParseError) as error:
        raise unreadable(printable(str(error))) from None
    paths = {target.get("Id"): f"xl/{target.get('Target', '')}".replace("xl//xl/", "xl/") for target in targets}
    # All are looked at, whichever will be read: the reader may find its way to a sheet by other means than here.
    sheets = {name: part for name, part in parts.items() if b"sheetData" in part}
    scans = {name: scan_sheet(part) for name, part in sheets.items()}
    require_little_text(sheets.values(), parts.values())
    found = [
        _Sheet(sheet.get("name", ""), sheet.get("state", "visible") == "visible", scans[path])
        for sheet in book.findall(".//{*}sheet")
        for name, key in sheet.items()
        if name.endswith("}id") and (path := paths.get(key, "")) in scans
    ]
    is_1904 = any(properties.get("date1904") in ("1", "true") for properties in book.findall("{*}workbookPr"))
    return _Workbook(found[:_MOST_SHEETS], is_1904, values)


def _told(book: _Workbook, parameters: Sequence[tuple[str, str]]) -> tuple[list[tuple[str, str]], list[ProblemItem]]:
    """What the address says, and beside it what the hidden sheet does; what both say must be the same."""
    hidden = {name: value for name, value in _hidden(book).items() if name in MEMBERS and value}
    given = dict(parameters)
    faults = [
        envelope_fault("workbook_contradicts", name, {"given": printable(given[name]), "inside": printable(value)})
        for name, value in hidden.items()
        if name != "base_revision" and given.get(name) and given[name] != value
    ]
    return [*parameters, *((name, value) for name, value in hidden.items() if not given.get(name))], faults


def _hidden(book: _Workbook) -> dict[str, str]:
    """The first two columns of the hidden sheet of a template; nothing without it."""
    sheet = next((sheet for sheet in book.sheets if sheet.name == HIDDEN_SHEET), None)
    if sheet is None:
        return {}
    return {_text(row[0]): _text(row[1]) for _, row in islice(_records(book, sheet), 20) if len(row) > 1}


def _table_in(book: _Workbook) -> tuple[_Sheet, Iterator[Record]]:
    """The first visible sheet with a column of divisions, and its rows from the header on."""
    seen = []
    for sheet in book.sheets:
        if not sheet.is_visible or sheet.name in (FAULTS_SHEET, HIDDEN_SHEET):
            continue
        seen.append(sheet.name)
        records = _records(book, sheet)
        for number, record in islice(records, _ABOVE_THE_TABLE):
            titles = [_title(cell) for cell in record]
            if any(map(names_a_division, titles)):
                return sheet, chain([(number, titles)], records)
    raise Problem("table_not_found", {"sheets": printable("、".join(seen)) or "—"})


def _records(book: _Workbook, sheet: _Sheet) -> Iterator[Record]:
    """The rows of a sheet, empty ones too."""
    values: CalamineSheet = book.values.get_sheet_by_name(sheet.name)
    left = [""] * (values.start or (0, 0))[1]
    return ((number, left + record) for number, record in enumerate(values.iter_rows(), start=1))


def _with_unusable(records: Iterator[Record], scan: Scan) -> Iterator[Record]:
    """The rows with formulas and errors in their places: of these there are no values, or none to go by."""
    unusable = dict.fromkeys(scan.formulas, _FORMULA) | {
        place: Unusable(Better("error_cell", {"given": printable(shown)})) for place, shown in scan.errors.items()
    }
    by_row: dict[int, dict[int, Unusable]] = {}
    for (row, column), cell in unusable.items():
        by_row.setdefault(row, {})[column] = cell
    header = next(records)
    yield header
    last = header[0]
    for last, record in records:
        yield last, _overlaid(record, by_row[last]) if last in by_row else record
    for row in sorted(row for row in by_row if row > last):
        yield row, _overlaid([], by_row[row])


def _overlaid(record: list[Any], cells: Mapping[int, Unusable]) -> list[Any]:
    width = max(len(record), *(column + 1 for column in cells))
    return [cells.get(column, record[column] if column < len(record) else "") for column in range(width)]


def _table_of(form: Form, records: Iterator[Record], *, is_1904: bool) -> Table:
    """The table below a header; one that is said twice, as codes and as titles, is passed over."""
    number, header = next(records)
    table = Table(form, header, number, sheet_readers(form, is_1904=is_1904))
    is_first = True
    for number, record in records:
        if all(map(is_blank, record)):
            continue
        if not (is_first and _is_header(form, table, record)):
            table.add(number, record)
        is_first = False
    return table


def _is_header(form: Form, table: Table, record: Sequence[Any]) -> bool:
    """Whether every cell is what its own column may be called."""
    names = names_of(form)
    known = {column: names[member] for member, column in table.columns.places.items()}
    titles = {column: _title(cell).casefold() for column, cell in enumerate(record) if not is_blank(cell)}
    return titles.keys() & known.keys() != set() and all(
        title in known.get(column, (title,)) for column, title in titles.items()
    )


def _merged(table: Table, scan: Scan) -> Iterator[ProblemItem]:
    """Merged cells that reach into the table: only the first of them has a value."""
    columns = table.columns.places.values()
    for (top, left), (bottom, right) in scan.merged:
        if bottom >= table.number and any(left <= column <= right for column in columns):
            cell = f"{column_name(left)}{top}:{column_name(right)}{bottom}"
            yield CellFault("merged_cells", "/rows", text_of("merged_cells", {"given": cell}), cell=cell)


def _title(cell: object) -> str:
    """What stands over a column, without the mark of those that must be filled."""
    return _text(cell).strip().rstrip(_MARKS)


def _text(cell: object) -> str:
    return number_text(cell) if isinstance(cell, float) else str(cell)
