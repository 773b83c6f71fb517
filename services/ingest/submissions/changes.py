"""What one revision of a report has otherwise than another: row by row, field by field."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

import msgspec
from starlette.requests import Request

from services.catalog.load import Catalog
from services.catalog.schema import Form
from services.core.accounts import Caller
from services.core.database import driver_of
from services.core.problems import Problem
from services.core.scopes import answering
from services.ingest.submissions import repository
from services.ingest.submissions.reading import require_reported, shown
from services.ingest.submissions.repository import Driver, Reported, StoredRow
from services.ingest.submissions.schemas import ChangedField, Changes, KeyedRow

_NULL: Final = msgspec.Raw(b"null")
_Key = tuple[object, ...]


@dataclass(frozen=True)
class _Row:
    """A row, its values as they may be compared, and its fields as they are shown."""

    stored: StoredRow
    key: _Key
    values: Mapping[str, object]
    fields: Mapping[str, msgspec.Raw]

    def keyed(self, names: Iterable[str]) -> Mapping[str, msgspec.Raw]:
        """The fields that tell it from others of its division."""
        return {name: self.fields.get(name, _NULL) for name in names}


_Rows = Mapping[_Key, _Row]


async def read_changes(
    request: Request, catalog: Catalog, viewer: Caller, submission: UUID, against: int | None
) -> Changes:
    """What a submission changed; Problem `not_found` when it, or the revision named, is absent or out of scope."""
    async with answering(request, viewer) as connection:
        driver = driver_of(connection)
        reported = await require_reported(driver, viewer, submission)
        other = against or (reported.revision - 1 or None)
        rows = await repository.read_rows(driver, submission, prefix=viewer.scope.prefix)
        before = [] if other is None else await _rows_of(driver, viewer, reported, other)
    form = catalog.forms.get(reported.form)
    return _compared(reported, other, _by_key(form, before), _by_key(form, rows), form)


async def _rows_of(driver: Driver, viewer: Caller, reported: Reported, revision: int) -> list[StoredRow]:
    found = await repository.read_revision_id(driver, reported, revision)
    if found is None:
        raise Problem("not_found")
    return await repository.read_rows(driver, found, prefix=viewer.scope.prefix)


def _by_key(form: Form | None, rows: Iterable[StoredRow]) -> dict[_Key, _Row]:
    """Rows by division, nil, the key of the form, and their place among those that have all of it alike."""
    found: dict[_Key, _Row] = {}
    for row in rows:
        values = json.loads(row.fields, parse_float=Decimal)
        key: _Key = (row.division, row.nil, *(values.get(name) for name in _key_of(form)))
        place = 0
        while (*key, place) in found:
            place += 1
        found[(*key, place)] = _Row(row, (*key, place), values, shown(row))
    return found


def _key_of(form: Form | None) -> list[str]:
    return [] if form is None else [*form.key]


def _compared(reported: Reported, against: int | None, before: _Rows, after: _Rows, form: Form | None) -> Changes:
    names = _key_of(form)

    def only(rows: _Rows, others: _Rows) -> list[KeyedRow]:
        return [
            KeyedRow(row.stored.division, row.stored.nil, row.keyed(names), row.fields)
            for key, row in rows.items()
            if key not in others
        ]

    changed = [
        change for key, row in after.items() if key in before for change in _changed_fields(before[key], row, form)
    ]
    return Changes(
        reported.form, reported.period, reported.division, reported.revision, against,
        added=only(after, before) if against is not None else [], removed=only(before, after), changed=changed,
        personal=[
            row.stored.division for key, row in after.items()
            if key in before and row.stored.sealed != before[key].stored.sealed
        ],
    )  # fmt: skip


def _changed_fields(before: _Row, after: _Row, form: Form | None) -> Iterator[ChangedField]:
    """In order of the form; fields that it no longer has come last, by name."""
    titles = (
        {} if form is None else {field.field: field.title.model_dump(include={"zh", "en"}) for field in form.fields}
    )
    given = before.values.keys() | after.values.keys()
    for name in [*(name for name in titles if name in given), *sorted(given - titles.keys())]:
        if before.values.get(name) != after.values.get(name):
            yield ChangedField(
                after.stored.division, after.keyed(_key_of(form)), name, titles.get(name, {"zh": name, "en": name}),
                before.fields.get(name, _NULL), after.fields.get(name, _NULL),
            )  # fmt: skip
