"""Where the values of a table stand, so that what is wrong with one is told by its cell."""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.catalog.validators import CheckedRows, Fault
from services.core.problems import ProblemItem, text_of

_POINTER: Final = re.compile(r"/rows/(\d+)(?:/(.*))?", re.DOTALL)
_OF_THE_TYPE: Final = ("wrong_type", "not_a_choice")


@dataclass(frozen=True)
class CellFault(ProblemItem):
    """A fault with its cell: `B7`, or `7` where it is of a whole row or of a column that is not there."""

    cell: str = ""


@dataclass(frozen=True)
class Better:
    """What is said of a cell that is of no use, instead of what is wrong with it as JSON."""

    code: str
    details: Mapping[str, object]


@dataclass(frozen=True)
class Cells:
    """The number in the table of each row of a report, the column of each member, those that lack a column."""

    rows: Sequence[int]
    columns: Mapping[str, str]
    missing: Container[str]
    better: Mapping[tuple[int, str], Better]
    sheet: str | None = None
    """The sheet of a workbook in which they stand."""

    def located(self, faults: Sequence[ProblemItem]) -> Iterator[ProblemItem]:
        """The faults with their cells; what a missing column does to each row is left out."""
        for fault in faults:
            place = None if isinstance(fault, CellFault) else _POINTER.fullmatch(fault.pointer)
            if place is None or int(place[1]) >= len(self.rows):
                yield fault
                continue
            row, member = int(place[1]), place[2] or ""
            if fault.code == "required" and member in self.missing:
                continue
            code, text = fault.code, fault.text
            better = self.better.get((row, member)) if code in _OF_THE_TYPE else None
            if better is not None:
                code, text = better.code, text_of(better.code, better.details)
            cell = f"{self.columns.get(member, '')}{self.rows[row]}"
            yield CellFault(code, fault.pointer, text, fault.division, fault.field, fault.severity, cell)

    def counted(self, checked: CheckedRows) -> CheckedRows:
        """The same, other rows named by their numbers in the table."""
        return replace(checked, faults=[self._counted(fault) for fault in checked.faults])

    def _counted(self, fault: Fault) -> Fault:
        first = fault.details.get("first")
        return replace(fault, details={"first": self.rows[first - 1]}) if isinstance(first, int) else fault


def column_name(number: int) -> str:
    """What spreadsheets call a column, counted from 0: A … Z, AA …."""
    name = ""
    number += 1
    while number:
        number, letter = divmod(number - 1, 26)
        name = chr(ord("A") + letter) + name
    return name
