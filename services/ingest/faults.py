"""Faults of a report as the items of a problem: where it stands, in both languages."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from services.catalog.validators import Fault
from services.core.problems import LANGUAGES, Problem, ProblemItem, text_of

MOST_TOLD: Final = 1000
_LONGEST_NAME: Final = 100
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f]")


def envelope_fault(code: str, member: str, details: Mapping[str, object] | None = None) -> ProblemItem:
    """A fault of one member of the envelope (`""`: of the whole)."""
    name = printable(member)
    return ProblemItem(code, pointer(member) if member else "", text_of(code, details or {}), field=name or None)


def row_fault(fault: Fault) -> ProblemItem:
    """A fault of a row, as the validator found it."""
    text = text_of(fault.code, fault.details) if fault.text is None else fault.text.model_dump(include=set(LANGUAGES))
    where = pointer("rows", fault.row, *([fault.field] if fault.field else []))
    field = printable(fault.field) if fault.field else None
    return ProblemItem(fault.code, where, text, fault.division, field, fault.severity)


def division_fault(code: str, given: str, *, row: int | None, details: Mapping[str, object]) -> ProblemItem:
    """What is wrong with the division of a row; without `row`, with one that has none."""
    shown = printable(given)
    where = "/rows" if row is None else pointer("rows", row, "division")
    severity = "warning" if row is None else "error"
    return ProblemItem(code, where, text_of(code, {"given": shown, **details}), shown, "division", severity)


def invalid(faults: Sequence[ProblemItem], beside: Mapping[str, object] | None = None) -> Problem:
    """The problem of a report with these faults; of very many the first are told, and how many there are."""
    errors = [fault for fault in faults if fault.severity == "error"]
    warnings = [fault for fault in faults if fault.severity != "error"]
    details: dict[str, object] = {"count": len(errors), **(beside or {})}
    if warnings:
        details["warnings"] = warnings[:MOST_TOLD]
    return Problem("submission_invalid", details, errors[:MOST_TOLD])


def pointer(*steps: str | int) -> str:
    """The JSON pointer (RFC 6901) of a place; names are cut where no form has them as long."""
    return "".join(f"/{str(step)[:_LONGEST_NAME].replace('~', '~0').replace('/', '~1')}" for step in steps)


def printable(text: str) -> str:
    """`text` as it may stand in a message: short, control characters shown as `\\x00`."""
    shown = _UNPRINTABLE.sub(lambda found: f"\\x{ord(found[0]):02x}", text[: _LONGEST_NAME + 1])
    return shown if len(text) <= _LONGEST_NAME else f"{shown[:_LONGEST_NAME]}…"
