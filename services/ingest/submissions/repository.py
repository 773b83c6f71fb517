"""Reads and writes of submissions. All of it runs in the caller's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from services.catalog.submission_life import State
from services.core.database import load_queries
from services.core.problems import ProblemItem
from services.ingest.submissions.schemas import Receipt, Revision, local

Driver = AsyncConnection[TupleRow]

_QUERIES: Final = {name: text.encode() for name, text in load_queries("services.ingest.submissions").items()}
_LOCKED_REVISION: Final = _QUERIES["present_revision"] + b" for update"
_ENCODER: Final = msgspec.json.Encoder()
_WARNINGS: Final = msgspec.json.Decoder(list[ProblemItem])


@dataclass(frozen=True, order=True)
class ReportKey:
    """What a report is about: one form, period and reporter."""

    form: str
    period: str
    division: str


@dataclass(frozen=True)
class PresentRevision:
    """The newest revision of a report."""

    id: UUID
    revision: int
    content_hash: str
    received_at: datetime
    on_time: bool
    state: State


class StoredRow(NamedTuple):
    """A row of a report; `fields` is JSON, without those that are `sealed` while it is kept."""

    division: str
    nil: bool
    fields: bytes
    sealed: bytes | None = None


@dataclass(frozen=True)
class Kept:
    """A submission as its row has it. `steps` counts those that were taken with it."""

    receipt: Receipt
    form_version: int
    nil: bool
    note: str | None
    unanswered_warnings: int
    steps: int

    @property
    def report(self) -> ReportKey:
        """What it is about."""
        return ReportKey(self.receipt.form, self.receipt.period, self.receipt.division)


class Reported(NamedTuple):
    """What a submission is about."""

    form: str
    form_version: int
    period: str
    division: str
    revision: int


async def read_present(driver: Driver, report: ReportKey) -> PresentRevision | None:
    """The newest revision, None before the first."""
    row = await _one(driver, "present_revision", vars(report))
    return None if row is None else PresentRevision(*row)


async def read_newest_rows(driver: Driver, report: ReportKey) -> list[StoredRow]:
    """The rows of the newest revision as they are kept, in order; empty before the first."""
    return _stored(await (await driver.execute(_QUERIES["newest_rows"], vars(report))).fetchall())


async def lock_histories(
    driver: Driver, reports: Iterable[ReportKey], earlier: Iterable[ReportKey]
) -> tuple[dict[ReportKey, PresentRevision], dict[ReportKey, list[StoredRow]]]:
    """The newest revisions of reports, and the newest rows of earlier ones; in a pipeline by one round trip.

    Nobody replaces those revisions or takes a step with them until the transaction ends. They are locked in one
    order by all, so that no two wait for one another.
    """
    locking = {key: await driver.execute(_LOCKED_REVISION, vars(key)) for key in sorted(reports)}
    reading = {key: await driver.execute(_QUERIES["newest_rows"], vars(key)) for key in earlier}
    locked = {key: await cursor.fetchone() for key, cursor in locking.items()}
    rows = {key: _stored(await cursor.fetchall()) for key, cursor in reading.items()}
    return {key: PresentRevision(*row) for key, row in locked.items() if row is not None}, rows


def _stored(rows: Iterable[TupleRow]) -> list[StoredRow]:
    return [StoredRow(division, nil, fields.encode(), sealed) for division, nil, fields, sealed in rows]


async def insert_submissions(driver: Driver, submissions: Sequence[Mapping[str, object]], channel: str) -> None:
    """Keep submissions, and announce them; UniqueViolation, at the latest when the pipeline ends, if the revision of
    one is taken.
    """
    values = {"submissions": _ENCODER.encode(submissions).decode(), "channel": channel}
    await driver.execute(_QUERIES["insert_submissions"], values)


async def insert_rows(driver: Driver, reports: Mapping[UUID, Iterable[StoredRow]]) -> None:
    """Keep the rows of submissions, numbered from 1. Not by COPY: row-level security does not let it in.

    They go as one JSON text, which is put together from what is JSON already: an array of texts is escaped anew.
    """
    told = b",".join(b'{"id":"%b","rows":[%b]}' % (str(id_).encode(), _told(rows)) for id_, rows in reports.items())
    await driver.execute(_QUERIES["insert_rows"], {"submissions": f"[{told.decode()}]"})


def _told(rows: Iterable[StoredRow]) -> bytes:
    return b",".join(
        b'{"division":"%b","nil":%b,"fields":%b,"sealed":%b}'
        % (division.encode(), b"true" if nil else b"false", fields, _hex(sealed))
        for division, nil, fields, sealed in rows
    )


def _hex(sealed: bytes | None) -> bytes:
    return b"null" if sealed is None else b'"%b"' % sealed.hex().encode()


async def registered(driver: Driver, codes: Iterable[str]) -> frozenset[str]:
    """Those of `codes` that the register has or had; what is no code at all it cannot have."""
    asked = [code for code in codes if len(code) == 12 and code.isascii() and code.isdigit()]
    if not asked:
        return frozenset()
    rows = await (await driver.execute(_QUERIES["registered"], {"codes": asked})).fetchall()
    return frozenset(code for (code,) in rows)


async def read_submission(driver: Driver, submission: UUID, *, prefix: str) -> Kept | None:
    """One submission; None when it is absent or not below `prefix`."""
    row = await _one(driver, "submission", {"id": submission, "prefix": prefix})
    return None if row is None else Kept(Receipt(*_receipt_columns(row)), *row[11:])


async def read_revisions(driver: Driver, report: ReportKey) -> list[Revision]:
    """All revisions of a report, newest first."""
    rows = await (await driver.execute(_QUERIES["revisions"], vars(report))).fetchall()
    return [_revision(row) for row in rows]


def _revision(row: Sequence[Any]) -> Revision:
    columns: tuple[Any, ...] = (*row[:4], local(row[4]), *row[5:])
    return Revision(*columns)


async def read_reported(driver: Driver, submission: UUID, *, prefix: str, township: str | None) -> Reported | None:
    """What a submission is about; None when it is absent, and neither below `prefix` nor the township's."""
    row = await _one(driver, "reported", {"id": submission, "prefix": prefix, "township": township})
    return None if row is None else Reported(*row)


async def read_revision_id(driver: Driver, report: Reported, revision: int) -> UUID | None:
    """The submission that is a revision of the same report."""
    row = await _one(driver, "revision_id", report._asdict() | {"revision": revision})
    return None if row is None else row[0]


async def read_rows(driver: Driver, submission: UUID, *, prefix: str) -> list[StoredRow]:
    """Those rows of a submission that lie below `prefix`, in order."""
    rows = await (await driver.execute(_QUERIES["rows"], {"id": submission, "prefix": prefix})).fetchall()
    return _stored(rows)


async def read_received(driver: Driver, values: Mapping[str, object]) -> list[Receipt]:
    """Receipts that fit the filters, the last received first."""
    rows = await (await driver.execute(_QUERIES["received"], values)).fetchall()
    return [Receipt(*_receipt_columns(row)) for row in rows]


def _receipt_columns(row: Sequence[Any]) -> tuple[Any, ...]:
    return (*row[:7], local(row[7]), *row[8:10], _WARNINGS.decode(row[10]))


async def _one(driver: Driver, query: str, values: Mapping[str, object]) -> TupleRow | None:
    return await (await driver.execute(_QUERIES[query], values)).fetchone()
