"""Form → a workbook to be filled in: the rows that are due, choices, bounds, help, and what was said before."""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

import yaml
from openpyxl.cell.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from services.catalog.schema import Form, FormField
from services.catalog.units import UNITS
from services.catalog.workbook_words import HIDDEN_SHEET, MEMBERS, NAME_COLUMN, REQUIRED_MARK, TRUTH

Language = Literal["zh", "en"]

FIRST_ROW: Final = 3
"""Below the hidden row of codes and the row of titles."""
_MOST_BLANK: Final = 500
_LIST_COLUMN: Final = 4
_LONGEST_TAB: Final = 31
_TAB: Final = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
_HEADER_FILLS: Final = {True: PatternFill("solid", fgColor="DCE6F1"), False: PatternFill("solid", fgColor="F2F2F2")}
_FORMATS: Final = {"text": "@", "date": "yyyy-mm-dd"}
_DAYS: Final = ("1", "73415")
"""The first and the last day that any report takes, as spreadsheets count them: 1900-01-01 and 2100-12-31."""


@dataclass(frozen=True)
class Unit:
    """A division that a row is due from."""

    code: str
    name: str


@dataclass(frozen=True)
class Prefilled:
    """What is known of a row already: values of fields as they are checked, and `nil`."""

    division: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Asked:
    """What a workbook is to report, and for whom it is made."""

    period: str
    reporter: Unit
    base_revision: int | None
    language: Language


def template(form: Form, asked: Asked, units: Sequence[Unit], known: Sequence[Prefilled]) -> bytes:
    """The workbook as XLSX: a row for each unit, or rows to choose their unit in where a form takes several."""
    return _Template(form, asked, units).filled(known)


class _Template:
    def __init__(self, form: Form, asked: Asked, units: Sequence[Unit]) -> None:
        self._form, self._asked, self._units = form, asked, units
        self._language = asked.language
        self._fields = {field.field: field for field in form.fields}
        named = () if form.key else (NAME_COLUMN,)
        self._columns = ("division", *named, *self._fields, *(("nil",) if form.nil else ()))
        self._shown = {unit.code: f"{unit.code} {unit.name}" for unit in units}
        self._book = Workbook()
        table = self._book.active
        assert isinstance(table, Worksheet)
        self._table = table

    def filled(self, known: Sequence[Prefilled]) -> bytes:
        """The whole workbook."""
        title = getattr(self._form.title, self._language)
        room = _LONGEST_TAB - len(self._asked.period) - 1
        self._table.title = f"{title.translate(_TAB).strip()[:room]} {self._asked.period}"
        rows = [*known] if self._form.key else self._row_each(known)
        last = FIRST_ROW + len(rows) - 1
        if self._form.key:
            last += min(_MOST_BLANK, max(20, 3 * len(self._units)), len(self._units) * self._form.max_rows_each)
        self._write_header()
        for number, row in enumerate(rows, start=FIRST_ROW):
            self._write_row(number, row)
        self._write_notes()
        hidden = self._write_hidden()
        self._validate(hidden, max(last, FIRST_ROW))
        packed = io.BytesIO()
        self._book.save(packed)
        return packed.getvalue()

    def _row_each(self, known: Sequence[Prefilled]) -> list[Prefilled]:
        values = {row.division: row.values for row in known}
        return [Prefilled(unit.code, values.get(unit.code, {})) for unit in self._units]

    def _write_header(self) -> None:
        table = self._table
        for column, name in enumerate(self._columns, start=1):
            field = self._fields.get(name)
            is_required = name == "division" or (field is not None and field.required)
            _write_text(_cell(table, 1, column), name)
            title = getattr(field.title, self._language) if field else _words("titles")[name][self._language]
            cell = _cell(table, 2, column)
            _write_text(cell, f"{title}{REQUIRED_MARK if is_required else ''}")
            cell.font, cell.fill = Font(bold=True), _HEADER_FILLS[is_required]
            cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
            if field is not None:
                told = "\n\n".join("\n".join(_told(field, language)) for language in self._languages())
                cell.comment = Comment(told, "rorc help", height=220, width=320)
            dimension = table.column_dimensions[get_column_letter(column)]
            dimension.width = _width(name, field, is_chosen=bool(self._form.key))
            dimension.number_format = _FORMATS.get(field.type if field else "text", "General")
        table.row_dimensions[1].hidden = True
        table.row_dimensions[2].height = 48
        table.freeze_panes = _cell(table, FIRST_ROW, 2 if self._form.key else 3)
        table.print_title_rows = "2:2"
        table.page_setup.orientation = "landscape"

    def _languages(self) -> tuple[Language, Language]:
        return ("zh", "en") if self._language == "zh" else ("en", "zh")

    def _write_row(self, number: int, row: Prefilled) -> None:
        names = {unit.code: unit.name for unit in self._units}
        division = self._shown.get(row.division, row.division) if self._form.key else row.division
        told = {"division": division, NAME_COLUMN: names.get(row.division), **row.values}
        for column, name in enumerate(self._columns, start=1):
            value = told.get(name)
            if value is not None:
                self._write_value(_cell(self._table, number, column), self._fields.get(name), value)

    def _write_value(self, cell: Cell, field: FormField | None, value: Any) -> None:
        if isinstance(value, bool):
            _write_text(cell, TRUTH[self._language][value])
        elif field is not None and field.type == "choice":
            titles = {choice.value: getattr(choice.title, self._language) for choice in field.choices}
            _write_text(cell, titles.get(value, value))
        elif isinstance(value, str):
            _write_text(cell, value)
        else:
            cell.value = value
            cell.number_format = _FORMATS["date"] if isinstance(value, date) else "General"

    def _write_notes(self) -> None:
        """The sheet that says what is reported and how, in both languages."""
        sheet = self._book.create_sheet(_words("notes_sheet")[self._language])
        form, asked = self._form, self._asked
        details = {
            "form_zh": form.title.zh, "form_en": form.title.en, "period": asked.period, "name": asked.reporter.name,
            "division": asked.reporter.code, "base_revision": asked.base_revision, "most": form.max_rows_each,
            "key_zh": "、".join(self._fields[name].title.zh for name in form.key),
            "key_en": ", ".join(self._fields[name].title.en for name in form.key),
        }  # fmt: skip
        lines = [*_words("about")[: 4 if asked.base_revision else 3]]
        lines += [] if form.description is None else [form.description.model_dump()]
        lines += _words("rules") + [_words("nil_rule")] * form.nil + [_words("many_rows_rule")] * bool(form.key)
        texts = [line[language].format_map(details) for language in self._languages() for line in lines]
        for number, text in enumerate(texts, start=1):
            cell = _cell(sheet, number, 1)
            _write_text(cell, text)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.column_dimensions["A"].width = 100

    def _write_hidden(self) -> Mapping[str, str]:
        """What the workbook is, for when it comes back, and the lists: their ranges by column."""
        sheet = self._book.create_sheet(HIDDEN_SHEET)
        sheet.sheet_state = "veryHidden"
        form, asked = self._form, self._asked
        told = (form.form, form.version, asked.period, asked.reporter.code, asked.base_revision)
        for number, (name, value) in enumerate(zip(MEMBERS, told, strict=True), start=1):
            _write_text(_cell(sheet, number, 1), name)
            _write_text(_cell(sheet, number, 2), "" if value is None else str(value))
        ranges = {}
        for column, (name, choices) in enumerate(self._lists(), start=_LIST_COLUMN):
            for number, choice in enumerate(choices, start=1):
                _write_text(_cell(sheet, number, column), choice)
            letter = get_column_letter(column)
            ranges[name] = f"{HIDDEN_SHEET}!${letter}$1:${letter}${len(choices)}"
        return ranges

    def _lists(self) -> Iterator[tuple[str, list[str]]]:
        if self._form.key and self._units:
            yield "division", [*self._shown.values()]
        for name in self._columns:
            field = self._fields.get(name)
            if field is not None and field.type == "choice":
                yield name, [getattr(choice.title, self._language) for choice in field.choices]
            elif name == "nil" or (field is not None and field.type == "boolean"):
                yield name, [*TRUTH[self._language].values()]

    def _validate(self, lists: Mapping[str, str], last: int) -> None:
        """Bounds and lists for the cells down to row `last`; help appears where a cell is entered."""
        for column, name in enumerate(self._columns, start=1):
            field, letter = self._fields.get(name), get_column_letter(column)
            rule = _rule(field, lists.get(name))
            if rule is None:
                continue
            rule.allow_blank, rule.showErrorMessage, rule.errorTitle = True, True, _words("wrong")[self._language]
            if field is not None:
                told = "\n".join(_told(field, self._language))
                rule.promptTitle = getattr(field.title, self._language)[:32]
                rule.prompt, rule.error, rule.showInputMessage = told[:250], told[:220], True
            rule.add(f"{letter}{FIRST_ROW}:{letter}{last}")
            self._table.add_data_validation(rule)


def _rule(field: FormField | None, choices: str | None) -> DataValidation | None:
    """What a spreadsheet checks by itself while a cell is filled."""
    if choices is not None:
        return DataValidation(type="list", formula1=choices)
    if field is None:
        return None
    if field.type in ("integer", "decimal"):
        kind: Literal["whole", "decimal"] = "whole" if field.type == "integer" else "decimal"
        low, high = f"{field.minimum:f}", f"{field.maximum:f}"
        return DataValidation(type=kind, operator="between", formula1=low, formula2=high)
    if field.type == "date":
        return DataValidation(type="date", operator="between", formula1=_DAYS[0], formula2=_DAYS[1])
    return DataValidation(type="textLength", operator="lessThanOrEqual", formula1=str(field.max_length))


def _told(field: FormField, language: Language) -> Iterator[str]:
    """What helps to fill in a field, a line each."""
    yield _words("required" if field.required else "optional")[language]
    kind = "number" if field.type == "decimal" else field.type
    bounds = {"minimum": f"{field.minimum:f}", "maximum": f"{field.maximum or 0:f}", "limit": field.max_length}
    yield str(_words(kind)[language]).format_map(bounds)
    unit = UNITS[field.unit][0 if language == "zh" else 1].strip() if field.unit else ""
    if unit:
        yield str(_words("unit")[language]).format(unit=unit)
    if field.help is not None:
        yield getattr(field.help, language)


def _cell(sheet: Worksheet, row: int, column: int) -> Cell:
    cell = sheet.cell(row, column)
    assert isinstance(cell, Cell)  # nothing is merged here
    return cell


def _write_text(cell: Cell, text: str) -> None:
    """Text as it is, also where a spreadsheet would see a formula or an error in it."""
    cell.value = text
    cell.data_type = "s"
    cell.number_format = "@"


def _width(name: str, field: FormField | None, *, is_chosen: bool) -> float:
    if field is None:
        return {"division": 30.0 if is_chosen else 15.0, NAME_COLUMN: 18.0}.get(name, 12.0)
    return 30.0 if field.type == "text" and field.max_length > 40 else 14.0


@cache
def _locale() -> dict[str, Any]:
    text = files("services.catalog").joinpath("locales/workbooks.yaml").read_text("utf-8")
    entries: dict[str, Any] = yaml.safe_load(text)
    return entries


def _words(name: str) -> Any:
    return _locale()[name]
