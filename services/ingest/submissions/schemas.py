"""The envelope that comes in, and what is answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from services.catalog.submission_life import Event, State
from services.core.clock import TIME_ZONE
from services.core.problems import ProblemItem
from services.ingest.cells import Cells
from services.ingest.submissions.waivers import WaivedWarning, Waiver


@dataclass(frozen=True)
class Envelope:
    """One report as it was sent. What is None was left out, or could not be used."""

    form: str | None
    period: str | None
    division: str | None
    form_version: int | None
    base_revision: int | None
    nil: bool | None
    note: str | None
    rows: msgspec.Raw | None
    waivers: Sequence[Waiver] = ()
    cells: Cells | None = None
    """Where the rows stood, if they came in a table."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is acknowledged: a report is durable when its receipt is sent.

    `rows` counts what is kept: a report that says nil has a nil row for each division it reports for.
    `on_time` is decided by the first revision. `warnings` bar nothing.
    """

    id: UUID
    form: str
    period: str
    division: str
    revision: int
    rows: int
    content_hash: str
    received_at: datetime
    on_time: bool
    state: State
    warnings: Sequence[ProblemItem]


@dataclass(frozen=True, slots=True)
class Acknowledgement(Receipt):
    """The receipt as it is first given; `notice` says what the sender may not have thought of."""

    notice: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Revision:
    """One of the revisions of a report; `division` is whose key sent it."""

    id: UUID
    revision: int
    rows: int
    content_hash: str
    received_at: datetime
    state: State
    division: str


@dataclass(frozen=True, slots=True)
class ReturnedItem:
    """What is to be corrected, and why; `row` counts from 1."""

    reason: str
    division: str | None = None
    field: str | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True)
class LifeEvent:
    """What happened to a report: a revision came in, or somebody took a step with it. `state` is the one after it."""

    event: str
    at: datetime
    submission: UUID
    revision: int
    state: State
    division: str
    reason: str | None = None
    items: Sequence[ReturnedItem] | None = None
    warnings: Sequence[WaivedWarning] | None = None


@dataclass(frozen=True, slots=True)
class Submission(Receipt):
    """A receipt with what else was said, all revisions of the same report, newest first, and its life so far.

    `steps` are those that this caller may take now, `steps_taken` counts those that were taken with this revision;
    `unanswered_warnings` are those that nobody waived.
    """

    form_version: int
    nil: bool
    note: str | None
    unanswered_warnings: Sequence[ProblemItem]
    revisions: Sequence[Revision]
    events: Sequence[LifeEvent]
    steps: Sequence[Event]
    steps_taken: int


@dataclass(frozen=True, slots=True)
class Page:
    """Receipts, the last received first; `next` is the cursor of the page after, null on the last."""

    submissions: Sequence[Receipt]
    next: str | None


@dataclass(frozen=True, slots=True)
class ReportedRow:
    """A row as it was reported."""

    division: str
    nil: bool
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one submission, in the order of the report; `masked` names the fields that are not shown."""

    form: str
    form_version: int
    period: str
    division: str
    revision: int
    rows: Sequence[ReportedRow]
    masked: Sequence[str]


@dataclass(frozen=True, slots=True)
class KeyedRow:
    """A row that is only in one of two revisions; `key` tells it from the others of its division."""

    division: str
    nil: bool
    key: Mapping[str, Any]
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChangedField:
    """A field that two revisions of a row have otherwise; null where it was not given."""

    division: str
    key: Mapping[str, Any]
    field: str
    title: Mapping[str, str]
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Changes:
    """What a revision has otherwise than another of the same report; `against` is null where there is none before.

    `personal` are the divisions whose personal fields have changed; which and how is not told.
    """

    form: str
    period: str
    division: str
    revision: int
    against: int | None
    added: Sequence[KeyedRow]
    removed: Sequence[KeyedRow]
    changed: Sequence[ChangedField]
    personal: Sequence[str]


def local(moment: datetime) -> datetime:
    """The moment as answers give it: in Asia/Shanghai."""
    return moment.astimezone(TIME_ZONE)
