"""The rows of a submission read back, as far as the caller's scope goes."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import msgspec
from starlette.requests import Request

from services.core.accounts import Caller
from services.core.database import driver_of
from services.core.problems import Problem
from services.core.scopes import answering
from services.ingest.submissions import repository
from services.ingest.submissions.personal import PersonalFields
from services.ingest.submissions.repository import Driver, Reported, StoredRow
from services.ingest.submissions.schemas import ReportedRow, Rows

_FIELDS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


async def read_rows(request: Request, viewer: Caller, submission: UUID, purpose: str | None) -> Rows:
    """The rows of one submission; Problem `not_found` when it is absent or outside the scope.

    Personal fields are among them for a stated purpose, which is written down.
    """
    personal: PersonalFields = request.app.state.personal
    async with answering(request, viewer) as connection:
        driver = driver_of(connection)
        reported = await require_reported(driver, viewer, submission)
        rows = await repository.read_rows(driver, submission, prefix=viewer.scope.prefix)
        if purpose is not None:
            rows = [*personal.opened(reported.form, rows)]
            await personal.record_read(connection, str(submission), reported.division, purpose)
    told = [ReportedRow(row.division, row.nil, shown(row)) for row in rows]
    masked = personal.names_of(reported.form) if any(row.sealed is not None for row in rows) else ()
    return Rows(*reported, rows=told, masked=sorted(masked))


async def require_reported(driver: Driver, viewer: Caller, submission: UUID) -> Reported:
    """What a submission is about; of its township's a village sees the rows of its own."""
    scope = viewer.scope
    township = scope.parent.code if scope.level == "village" and scope.parent is not None else None
    found = await repository.read_reported(driver, submission, prefix=scope.prefix, township=township)
    if found is None:
        raise Problem("not_found")
    return found


def shown(row: StoredRow) -> Mapping[str, msgspec.Raw]:
    """The fields of a row as they may be shown; numbers keep every digit that is kept of them."""
    return _FIELDS.decode(row.fields)
