"""What stands in a sheet beside values, as its XML says it: formulas, errors, merged cells, and how far it reaches.

A cell is looked at only as every program writes it: a name in front, its reference in double quotes. A sheet whose
cells are written otherwise is refused, so nothing in it can be overlooked.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from services.core.problems import Problem
from services.ingest.formats.workbook_parts import bomb, unreadable

_MOST_AREA: Final = 3_000_000
_MOST_COLUMNS: Final = 1_000
_MOST_TOLD: Final = 1_000
_MOST_MERGED: Final = 100
_CELL: Final = re.compile(rb'<(?:\w+:)?c(?=[\s/>])(?:\s+[\w:]+="[^"<>&]*")*\s*(/?)>')
_ANY_CELL: Final = re.compile(rb"<(?:\w+:)?c[\s/>]")
_REFERENCE: Final = re.compile(rb'\sr="([A-Z]{1,3})([0-9]{1,7})"')
_ERROR: Final = re.compile(rb'\st="e"')
_VALUE: Final = re.compile(rb"<(?:\w+:)?v>([^<]{1,20})<")
_SHARED: Final = re.compile(rb'<(?:\w+:)?c\s[^<>]*?(?<=\s)t="s"[^<>]*(?<!/)>')
_SHARED_VALUE: Final = re.compile(rb'<(?:\w+:)?c\s[^<>]*?(?<=\s)t="s"[^<>]*(?<!/)><(?:\w+:)?v>([0-9]{1,9})</')
_ITEM: Final = re.compile(rb"<(?:\w+:)?si[\s/>]")
_MOST_TEXT: Final = 32 * 2**20
"""All texts of the cells together, each as often as it is shown: a workbook holds equal ones once."""
_FORMULA: Final = re.compile(rb"<(?:\w+:)?f[\s/>]")
_MERGED: Final = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"')

Place = tuple[int, int]
"""Row and column, counted from 1 and from 0."""


@dataclass(frozen=True)
class Scan:
    """What was found in a sheet: cells with a formula, errors by their cells, merged ranges."""

    formulas: Sequence[Place]
    errors: Mapping[Place, str]
    merged: Sequence[tuple[Place, Place]]


def scan_sheet(xml: bytes) -> Scan:
    """Problem `sheet_too_wide` for cells so far off that a table between them would fill the memory."""
    errors: dict[Place, str] = {}
    count, last_row, columns = 0, 0, set()
    for cell in _CELL.finditer(xml):
        count += 1
        if cell[1]:
            continue
        reference = _REFERENCE.search(xml, cell.start(), cell.end())
        if reference is None:
            raise unreadable("a cell has no reference")
        columns.add(reference[1])
        last_row = max(last_row, int(reference[2]))
        if _ERROR.search(xml, cell.start(), cell.end()) and len(errors) < _MOST_TOLD:
            value = _VALUE.match(xml, cell.end())
            errors[_place(reference[1], reference[2])] = value[1].decode("utf-8", "replace") if value else "#"
    if count != sum(1 for _ in _ANY_CELL.finditer(xml)):
        raise unreadable("a cell is written in an unusual way")
    _require_near(last_row, columns)
    return Scan([*_formulas(xml)], errors, [*_merged(xml)])


def _require_near(last_row: int, columns: set[bytes]) -> None:
    furthest = max(columns, key=_number, default=b"A")
    width = _number(furthest) + 1
    if width > _MOST_COLUMNS or width * last_row > _MOST_AREA:
        raise Problem("sheet_too_wide", {"column": furthest.decode(), "row": last_row})


def require_little_text(sheets: Iterable[bytes], parts: Iterable[bytes]) -> None:
    """Problem `workbook_bomb` where the cells show more text than may be: a long one again and again."""
    texts = [lengths for part in parts if (lengths := _lengths(part))]
    longest = max(map(max, texts), default=0)
    cells = [(sheet, sum(1 for _ in _SHARED.finditer(sheet))) for sheet in sheets]
    if sum(count for _, count in cells) * longest <= _MOST_TEXT:
        return
    if len(texts) > 1:
        raise unreadable("the texts stand twice")
    lengths, total = texts[0], 0
    for sheet, count in cells:
        shown = [int(found[1]) for found in _SHARED_VALUE.finditer(sheet)]
        if len(shown) < count:
            raise unreadable("a text is shown in an unusual way")
        total += sum(lengths[index] for index in shown if index < len(lengths))
    if total > _MOST_TEXT:
        raise bomb()


def _lengths(part: bytes) -> list[int]:
    """How long each of the texts is at most that cells may share; empty for a part that holds none."""
    starts = [found.start() for found in _ITEM.finditer(part)]
    return [end - start for start, end in pairwise([*starts, len(part)])] if starts else []


def _formulas(xml: bytes) -> Iterator[Place]:
    """The cells with a formula: the last reference before each."""
    for number, formula in enumerate(_FORMULA.finditer(xml)):
        if number == _MOST_TOLD:
            return
        cell = xml.rfind(b"<", 0, formula.start())
        reference = _REFERENCE.search(xml, cell, formula.start())
        if reference is None:
            raise unreadable("a formula stands outside a cell")
        yield _place(reference[1], reference[2])


def _merged(xml: bytes) -> Iterator[tuple[Place, Place]]:
    for number, found in enumerate(_MERGED.finditer(xml)):
        if number == _MOST_MERGED:
            return
        yield _place(found[1], found[2]), _place(found[3], found[4])


def _place(letters: bytes, digits: bytes) -> Place:
    return int(digits), _number(letters)


def _number(letters: bytes) -> int:
    """The number of a column, counted from 0."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1
