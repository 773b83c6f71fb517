"""The rows of a table → JSON rows, with the place of each cell: what is wrong with one is told by it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from services.catalog.schema import Form
from services.core.problems import ProblemItem, text_of
from services.ingest.cells import Better, CellFault, Cells, column_name
from services.ingest.faults import MOST_TOLD, pointer
from services.ingest.formats.columns import columns_of
from services.ingest.formats.text_cells import Meaning

Reader = Callable[[Any], Meaning]
"""What reads the cells of a member that are not blank: of text alone, or of what a workbook holds."""


class Table:
    """The rows of a table as JSON, and what is known of their cells."""

    def __init__(self, form: Form, header: Sequence[str], number: int, read: Mapping[str, Reader]) -> None:
        self.number = number
        self.columns = columns_of(form, header, number)
        self._read = {column: (member, read[member]) for member, column in self.columns.places.items()}
        self._rows: list[str] = []
        self._numbers: list[int] = []
        self._better: dict[tuple[int, str], Better] = {}
        self.faults: list[ProblemItem] = [*self.columns.faults]

    def add(self, number: int, record: Sequence[Any]) -> None:
        """Take in one row of the table, the `number`th; cells that are empty say nothing."""
        members = []
        for column, cell in enumerate(record):
            if is_blank(cell) or column in self.columns.ignored:
                continue
            if column not in self._read:
                self._tell_outside(column, number)
                continue
            member, read = self._read[column]
            value, better = read(cell)
            members.append(f'"{member}":{value}')
            if better is not None:
                self._better[len(self._rows), member] = better
        self._rows.append(f"{{{','.join(members)}}}")
        self._numbers.append(number)

    def _tell_outside(self, column: int, number: int) -> None:
        if len(self.faults) <= MOST_TOLD:
            where, cell = pointer("rows", len(self._rows)), f"{column_name(column)}{number}"
            text = text_of("cell_without_column", {})
            self.faults.append(CellFault("cell_without_column", where, text, cell=cell))

    def rows(self) -> msgspec.Raw:
        """The rows as JSON."""
        return msgspec.Raw(f"[{','.join(self._rows)}]".encode())

    def cells(self) -> Cells:
        """Where they stood."""
        names = {member: column_name(column) for member, column in self.columns.places.items()}
        return Cells(self._numbers, names, self.columns.missing, self._better)


def is_blank(cell: object) -> bool:
    """Whether a cell says nothing."""
    return isinstance(cell, str) and not cell.strip()
