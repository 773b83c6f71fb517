"""The personal fields of rows: kept sealed and apart from the others, so that what reads rows does not see them."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.catalog.load import Catalog
from services.core import audit
from services.core.sealing import Seal, row_of, seal_of
from services.core.settings import Settings
from services.ingest.submissions.repository import StoredRow

_MEMBERS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ENCODER: Final = msgspec.json.Encoder()


class PersonalFields:
    """Closes and opens the personal fields of rows, as the catalog names them."""

    def __init__(self, catalog: Catalog, settings: Settings) -> None:
        self._settings = settings
        self._names = {
            form.form: frozenset(field.field for field in form.fields if field.personal)
            for form in catalog.forms.values()
        }

    @cached_property
    def seal(self) -> Seal:
        """What closes and opens them."""
        return seal_of(self._settings)

    def names_of(self, form: str) -> frozenset[str]:
        """The personal fields of a form; none of one that the catalog no longer has."""
        return self._names.get(form, frozenset())

    async def record_read(self, connection: AsyncConnection, submission: str, division: str, purpose: str) -> None:
        """Write down who was shown the personal fields of a report, and what for."""
        await audit.record(
            connection, "read", "personal_fields", subject=submission, division=division, details={"purpose": purpose}
        )

    def closed(self, form: str, rows: Sequence[StoredRow]) -> Sequence[StoredRow]:
        """The rows as they are kept: without personal fields, and these sealed."""
        names = self._names[form]
        return [self._closed(form, row, names) for row in rows] if names else rows

    def opened(self, form: str, rows: Iterable[StoredRow]) -> Iterator[StoredRow]:
        """The rows as they were reported."""
        for row in rows:
            if row.sealed is None:
                yield row
            else:
                fields = self.seal.completed(row.fields, row.sealed, row_of(form, row.division))
                yield StoredRow(row.division, row.nil, fields)

    def _closed(self, form: str, row: StoredRow, names: frozenset[str]) -> StoredRow:
        members = _MEMBERS.decode(row.fields)
        personal = {name: members.pop(name) for name in names & members.keys()}
        if not personal:
            return row
        sealed = self.seal.close(_ENCODER.encode(dict(sorted(personal.items()))), row_of(form, row.division))
        return StoredRow(row.division, row.nil, _ENCODER.encode(members), sealed)
