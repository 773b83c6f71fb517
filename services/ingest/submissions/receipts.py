"""What is kept of a sound report, and the receipt for it."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

import msgspec

from services.core.database import SUBMISSIONS_CHANNEL
from services.core.idempotency import Answer
from services.ingest.submissions.checks import SoundReport
from services.ingest.submissions.repository import PresentRevision, ReportKey, StoredRow
from services.ingest.submissions.schemas import Receipt, local

ENCODER: Final = msgspec.json.Encoder()
_NEXT: Final = timedelta(microseconds=1)
_VALUES: Final = msgspec.json.Decoder(dict[str, object])


def receipt_of(report: SoundReport, present: PresentRevision | None, received_at: datetime) -> Receipt:
    """The receipt of a report that comes after `present`. The first revision decides whether it is on time.

    Where the clock has stepped back since, the moment is the next after that of `present`: by time too, the newest
    revision stands last.
    """
    on_time = received_at <= report.expected.on_time_until if present is None else present.on_time
    if present is not None and received_at < present.received_at:
        received_at = local(present.received_at) + _NEXT
    key = report.key
    return Receipt(
        uuid4(), key.form, key.period, key.division, 1 if present is None else present.revision + 1,
        len(report.rows), content_hash(key, report.rows, nil=report.nil), received_at, on_time, report.warnings,
    )  # fmt: skip


def submission_values(
    report: SoundReport, receipt: Receipt, *, catalog_version: str, key_id: int
) -> dict[str, object]:
    """The submission as the table has it."""
    return {
        "id": receipt.id, "form": receipt.form, "form_version": report.form.version,
        "catalog_version": catalog_version, "period": receipt.period, "division": receipt.division,
        "revision": receipt.revision, "nil": report.nil, "note": report.note, "row_count": receipt.rows,
        "content_hash": receipt.content_hash, "received_at": receipt.received_at, "on_time": receipt.on_time,
        "warnings": ENCODER.encode(receipt.warnings).decode(), "key_id": key_id, "channel": SUBMISSIONS_CHANNEL,
        "unanswered_warnings": len(receipt.warnings),
    }  # fmt: skip


def created(receipt: Receipt) -> Answer:
    """The receipt as it is answered."""
    return Answer(201, "application/json", ENCODER.encode(receipt))


def content_hash(key: ReportKey, rows: Iterable[StoredRow], *, nil: bool) -> str:
    """SHA-256 over form, period, division and nil, a line each, and each row's division, nil and fields."""
    lines = [f"{key.form}\n{key.period}\n{key.division}\n{'nil' if nil else ''}\n".encode()]
    lines += [b"%b\t%b\t%b\n" % (row.division.encode(), b"nil" if row.nil else b"", row.fields) for row in rows]
    return f"sha256:{hashlib.sha256(b''.join(lines)).hexdigest()}"


def changed_rows(sent: Sequence[StoredRow], kept: Sequence[StoredRow]) -> int:
    """How many rows were sent that are not among those kept."""
    left = Counter(map(_compared, kept))
    changed = 0
    for row in map(_compared, sent):
        changed += left[row] == 0
        left[row] -= 1
    return changed


def _compared(row: StoredRow) -> tuple[object, ...]:
    """A row by its values: Postgres keeps JSON in another order of its own."""
    return row.division, row.nil, frozenset(_VALUES.decode(row.fields).items())
