"""The header of a table → which column holds which member of a row."""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from services.catalog.schema import Form
from services.catalog.validators import hints
from services.core.problems import ProblemItem, text_of
from services.ingest.cells import CellFault, column_name
from services.ingest.faults import printable
from services.ingest.formats.text_cells import Meaning, bare_text, reader_of, truth

_DIVISION: Final = ("division", "行政区划代码", "division code")
_NAME: Final = ("division_name", "区划名称", "division name")
"""A column for the eye: what a village is called is known, so it is passed over."""
_NIL: Final = ("nil", "无可报事项", "nothing to report")
_MOST_TOLD: Final = 100
_MOST_COLUMNS: Final = 1000
"""What stands in a header beyond these names no column: no form has as many fields."""

Reader = Callable[[str], Meaning]


@dataclass
class Columns:
    """Where each member stands, what of the header is wrong, and who must have a column and has none."""

    places: dict[str, int] = field(default_factory=dict)
    faults: list[ProblemItem] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)
    ignored: set[int] = field(default_factory=set)
    """Columns that are told already: nothing is said of their cells."""


def readers(form: Form) -> Mapping[str, Reader]:
    """What reads the cells of each member of a row."""
    return {"division": bare_text, "nil": truth} | {asked.field: reader_of(asked) for asked in form.fields}


def columns_of(form: Form, header: Sequence[str], row: int) -> Columns:
    """The columns by the names of fields or their titles in either language; `row` is the header's own number."""
    found, members = Columns(), _members(form)
    for number, cell in enumerate(header[:_MOST_COLUMNS]):
        given = cell.strip()
        member = members.get(given.casefold())
        if not given:
            continue
        if member is None and given.casefold() in _NAME:
            found.ignored.add(number)
        elif member is None:
            found.ignored.add(number)
            _tell(found, "column_unknown", given, f"{column_name(number)}{row}", hints(given, list(members)))
        elif member in found.places:
            found.ignored.add(number)
            first = column_name(found.places[member])
            _tell(found, "column_twice", given, f"{column_name(number)}{row}", {"first": first})
        else:
            found.places[member] = number
    wanted = {"division": _DIVISION[1]} | {asked.field: asked.title.zh for asked in form.fields if asked.required}
    for member, title in wanted.items():
        if member not in found.places:
            found.missing.add(member)
            text = text_of("column_missing", {"field": member, "title": title})
            found.faults.append(ProblemItem("column_missing", "/rows", text, field=member))
    return found


def names_a_division(cell: str) -> bool:
    """Whether a cell of a header stands over the divisions: no table is without."""
    return cell.strip().casefold() in _DIVISION


def names_of(form: Form) -> Mapping[str, Container[str]]:
    """What the column of each member may be called, in lower case."""
    fields = {
        asked.field: (asked.field, asked.title.zh.casefold(), asked.title.en.casefold()) for asked in form.fields
    }
    return {"division": _DIVISION, "nil": _NIL, **fields}


def _members(form: Form) -> dict[str, str]:
    """Members by what their columns may be called; a title that two fields share names none."""
    titled: dict[str, str] = {}
    shared = set()
    for asked in form.fields:
        for title in {asked.title.zh.casefold(), asked.title.en.casefold()}:
            if titled.setdefault(title, asked.field) != asked.field:
                shared.add(title)
    members = {title: member for title, member in titled.items() if title not in shared}
    members |= {asked.field: asked.field for asked in form.fields}
    return members | dict.fromkeys(_DIVISION, "division") | dict.fromkeys(_NIL, "nil")


def _tell(found: Columns, code: str, given: str, cell: str, details: Mapping[str, object]) -> None:
    if len(found.ignored) <= _MOST_TOLD:
        text = text_of(code, {"given": printable(given), **details})
        found.faults.append(CellFault(code, "/rows", text, field=printable(given), cell=cell))
