"""What is kept of a sound report, and the receipt for it."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

import msgspec

from services.catalog.submission_life import State
from services.core.accounts import Caller
from services.core.idempotency import Answer
from services.core.problems import MEDIA_TYPE, Problem, document, text_of
from services.ingest.submissions.checks import SoundReport
from services.ingest.submissions.repository import ReportKey, StoredRow
from services.ingest.submissions.schemas import Acknowledgement, Receipt, local
from services.ingest.submissions.waivers import unanswered

ENCODER: Final = msgspec.json.Encoder()
_NEXT: Final = timedelta(microseconds=1)
_VALUES: Final = msgspec.json.Decoder(dict[str, object])


def receipt_of(report: SoundReport, state: State, received_at: datetime) -> Acknowledgement:
    """The receipt of a report, which comes after what is present.

    The first revision decides whether it is on time, and the first again after a withdrawal. Where the clock has
    stepped back since, the moment is the next after that of `present`: by time too, the newest revision stands last.
    """
    present = report.present
    is_first = present is None or present.state == "withdrawn"
    on_time = received_at <= report.expected.on_time_until if present is None or is_first else present.on_time
    if present is not None and received_at < present.received_at:
        received_at = local(present.received_at) + _NEXT
    key = report.key
    notice = None
    if present is not None and present.state in ("accepted", "final"):
        notice = text_of("accepted_anew", {"present_revision": present.revision})
    return Acknowledgement(
        uuid4(), key.form, key.period, key.division, 1 if present is None else present.revision + 1,
        len(report.rows), content_hash(key, report.rows, nil=report.nil), received_at, on_time, state,
        report.warnings, notice,
    )  # fmt: skip


def waived_values(report: SoundReport, receipt: Receipt, caller: Caller) -> Iterator[dict[str, object]]:
    """An event for each reason that the report gives for warnings."""
    for waiver in report.waivers:
        yield {
            "event": "waived", "state": receipt.state, "at": receipt.received_at, "reason": waiver.reason,
            "warnings": waiver.warnings, "division": caller.scope.code, "key_id": caller.key_id,
        }  # fmt: skip


def submission_values(
    report: SoundReport, receipt: Receipt, *, catalog_version: str, key_id: int
) -> dict[str, object]:
    """The submission as the table has it."""
    return {
        "id": receipt.id, "form": receipt.form, "form_version": report.form.version,
        "catalog_version": catalog_version, "period": receipt.period, "division": receipt.division,
        "revision": receipt.revision, "nil": report.nil, "note": report.note, "row_count": receipt.rows,
        "content_hash": receipt.content_hash, "received_at": receipt.received_at, "on_time": receipt.on_time,
        "warnings": receipt.warnings, "key_id": key_id,
        "state": receipt.state, "steps": len(report.waivers),
        "unanswered_warnings": sum(1 for _ in unanswered(receipt.warnings, report.waived)),
    }  # fmt: skip


def created(receipt: Receipt) -> Answer:
    """The receipt as it is answered."""
    return Answer(201, "application/json", ENCODER.encode(receipt))


def refused(problem: Problem, language: str) -> Answer:
    """A refusal as it is answered."""
    return Answer(problem.status, MEDIA_TYPE, ENCODER.encode(document(problem, language)))


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
