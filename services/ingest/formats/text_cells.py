"""Text of a cell → the JSON value that it means to a field. What means none stays text, of the wrong type."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Final

from services.catalog.schema import FormField
from services.ingest.cells import Better
from services.ingest.faults import printable

TRUTH: Final[Mapping[str, bool]] = {
    "是": True, "yes": True, "true": True, "1": True, "否": False, "no": False, "false": False, "0": False
}  # fmt: skip
_LONGEST_SHOWN: Final = 40
_NUMBER: Final = re.compile(r"([+-]?)0*(\d+(?:\.\d+)?)", re.ASCII)
_SEPARATED: Final = re.compile(r"[+-]?\d{1,3}(?:[,，]\d{3})+(?:\.\d+)?", re.ASCII)
_DAY: Final = re.compile(r"(\d{4})(?:-(\d\d?)-(\d\d?)|/(\d\d?)/(\d\d?)|年(\d\d?)月(\d\d?)日)", re.ASCII)

Meaning = tuple[str, Better | None]
"""A JSON value, and what is to be said of it if it is of no use."""


def reader_of(field: FormField) -> Callable[[str], Meaning]:
    """What reads the cells of a field that are not empty."""
    if field.type == "choice":
        values = {
            word.casefold(): choice.value
            for choice in field.choices
            for word in (choice.title.en, choice.title.zh, choice.value)
        }
        return lambda cell: (_text(values.get(cell.strip().casefold(), cell.strip())), None)
    return {"integer": _number, "decimal": _number, "boolean": truth, "date": _day, "text": _as_it_is}[field.type]


def truth(cell: str) -> Meaning:
    """Yes or no."""
    given = cell.strip()
    meant = TRUTH.get(given.casefold())
    if meant is None:
        return _text(given), Better("not_a_choice", {"wanted": ", ".join(TRUTH), "given": _shown(given)})
    return str(meant).lower(), None


def bare_text(cell: str) -> Meaning:
    """Text without what spreadsheets put around codes."""
    return _text(cell.strip()), None


def _number(cell: str) -> Meaning:
    given = cell.strip()
    number = _NUMBER.fullmatch(given)
    if number is not None:
        return f"{number[1].removeprefix('+')}{number[2]}", None
    better = Better("thousands_separator", {"given": _shown(given)}) if _SEPARATED.fullmatch(given) else None
    return _text(given), better


def _day(cell: str) -> Meaning:
    given = cell.strip()
    day = _DAY.fullmatch(given)
    if day is not None:
        year, month, number = (part for part in day.groups() if part is not None)
        given = f"{year}-{month:0>2}-{number:0>2}"
    return _text(given), None


def _as_it_is(cell: str) -> Meaning:
    return _text(cell), None


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _shown(text: str) -> str:
    return printable(text)[:_LONGEST_SHOWN]
