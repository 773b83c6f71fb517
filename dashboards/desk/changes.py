"""What a correction has otherwise than the revision before it, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import msgspec

from dashboards.answers import Form, Text
from dashboards.client import Api
from dashboards.desk.sheet import text_of
from dashboards.texts import Texts


class ChangedField(msgspec.Struct, frozen=True):
    """One field of one row, before and after."""

    division: str
    field: str
    title: Text
    before: Any = None
    after: Any = None


class ChangedRow(msgspec.Struct, frozen=True):
    """A row that only one of the two has."""

    division: str


class Changes(msgspec.Struct, frozen=True):
    """All that is otherwise than in `against`."""

    against: int | None
    added: list[ChangedRow] = []
    removed: list[ChangedRow] = []
    changed: list[ChangedField] = []


@dataclass(frozen=True)
class ChangeLine:
    """One difference: of which division, of what, and both values in the reader's words."""

    where: str
    what: str
    before: str
    after: str


async def read_changes(api: Api, number: str) -> Changes:
    """The differences of a submission from the revision before."""
    return await api.read(Changes, f"/v1/submissions/{quote(number, '')}/changes")


def lines_of(changes: Changes, form: Form, names: Mapping[str, str], texts: Texts) -> list[ChangeLine]:
    """Changed fields first, then the rows that came and went."""
    fields = {f.field: f for f in form.fields}

    def told(name: str, value: Any) -> str:
        choices = fields[name].choices if name in fields else []
        chosen = next((choice for choice in choices if choice.value == value), None)
        if chosen is not None:
            return texts.of(chosen.title)
        if isinstance(value, bool):
            return texts("yes" if value else "no")
        return texts("missing.none.short") if value is None else text_of(value)

    def place(code: str) -> str:
        return names.get(code, code)

    rows = (("changes.added", changes.added), ("changes.removed", changes.removed))
    return [
        *(
            ChangeLine(place(c.division), texts.of(c.title), told(c.field, c.before), told(c.field, c.after))
            for c in changes.changed
        ),
        *(ChangeLine(place(row.division), texts(key), "", "") for key, some in rows for row in some),
    ]
