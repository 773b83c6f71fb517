"""What a workbook holds in a cell → the JSON value that it means to a field, as `text_cells` does for text."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from services.catalog.schema import Form
from services.ingest.cells import Better
from services.ingest.faults import printable
from services.ingest.formats.columns import readers
from services.ingest.formats.tables import Reader
from services.ingest.formats.text_cells import Meaning

_UNFIT: Final = "[]"
"""A value that no field takes: what is wrong with the cell is said instead."""
_CODE_AND_NAME: Final = re.compile(r"\s*(\d{12})\s.*", re.ASCII | re.DOTALL)
_EPOCH: Final = date(1899, 12, 30)
_SHIFT_OF_1904: Final = 1462
_NO_SUCH_DAY: Final = 60
"""29 February 1900, which only spreadsheets have; days before it are one off."""
_LAST_SERIAL: Final = 73_050 + 365
_EXACT: Final = 10.0**15


@dataclass(frozen=True)
class Unusable:
    """A cell that holds no value: a formula, or an error."""

    better: Better


def sheet_readers(form: Form, *, is_1904: bool) -> Mapping[str, Reader]:
    """What reads the cells of each member; in some workbooks days count from 1904."""
    kinds = {"division": "text", "nil": "boolean"} | {asked.field: asked.type for asked in form.fields}
    read = dict(readers(form))
    read["division"] = _bare_code(read["division"])
    shift = _SHIFT_OF_1904 if is_1904 else 0
    return {member: _reader(kind, read[member], shift) for member, kind in kinds.items()}


def _bare_code(read: Callable[[str], Meaning]) -> Callable[[str], Meaning]:
    """A division is chosen from a list by code and name: the code counts."""

    def bare(cell: str) -> Meaning:
        both = _CODE_AND_NAME.fullmatch(cell)
        return read(both[1] if both else cell)

    return bare


def _reader(kind: str, read_text: Callable[[str], Meaning], shift: int) -> Reader:
    def read(cell: Any) -> Meaning:
        if isinstance(cell, str):
            return read_text(cell)
        if isinstance(cell, Unusable):
            return _UNFIT, cell.better
        if isinstance(cell, bool):
            return (str(cell).lower(), None) if kind == "boolean" else _unfit(kind, str(cell).upper())
        if isinstance(cell, float | int):
            return _of_number(float(cell))
        if kind == "date" and isinstance(cell, date):
            return _of_day(cell)
        return _unfit(kind, _shown(cell))

    def _of_number(number: float) -> Meaning:
        if not math.isfinite(number):
            return _unfit(kind, str(number))
        if kind != "date":
            return read_text(number_text(number))
        day = _day_of_serial(number + shift)
        return _unfit(kind, number_text(number)) if day is None else (f'"{day.isoformat()}"', None)

    def _of_day(day: date) -> Meaning:
        if isinstance(day, datetime):
            if day.time() != time():
                return _unfit(kind, day.isoformat(" "))
            day = day.date()
        return f'"{day.isoformat()}"', None

    return read


def number_text(number: float) -> str:
    """The digits of a number as a spreadsheet shows them: fifteen, for those after are no one's."""
    if number.is_integer() and abs(number) < _EXACT:
        return str(int(number))
    return format(Decimal(f"{number:.15g}"), "f")


def _day_of_serial(serial: float) -> date | None:
    """The day that spreadsheets count so many days up to; None where there is none."""
    if not serial.is_integer() or not 1 <= serial <= _LAST_SERIAL or serial == _NO_SUCH_DAY:
        return None
    return _EPOCH + timedelta(days=int(serial) + (serial < _NO_SUCH_DAY))


def _unfit(kind: str, given: str) -> Meaning:
    return _UNFIT, Better("wrong_type", {"wanted": kind, "given": printable(given)[:40]})


def _shown(cell: object) -> str:
    return cell.isoformat(" ") if isinstance(cell, datetime) else str(cell)
