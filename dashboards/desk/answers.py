"""What ingest answers on reports, as types; unknown members are ignored, so it may grow."""

from typing import Any

import msgspec

from dashboards.answers import Text

OPEN = ("awaited", "late", "withdrawn")
"""States in which a report is still to be sent."""


class Place(msgspec.Struct, frozen=True):
    """A division by its code and name."""

    code: str
    name: str


class Due(msgspec.Struct, frozen=True):
    """One expected report; `days_left` counts to `due_on`, and is below 0 after it."""

    form: str
    title: Text
    period: str
    division: Place
    opens_on: str
    due_on: str
    on_time_until: str
    closes_on: str
    days_left: int
    state: str
    submission: str | None = None
    revision: int | None = None
    rows: int | None = None
    warnings: int | None = None
    unanswered_warnings: int | None = None
    returned_items: int | None = None
    reopened_until: str | None = None
    reminders: list[str] = []


class Calendar(msgspec.Struct, frozen=True):
    """A page of what is due, that due first before others."""

    calendar: list[Due]
    next: str | None = None


class Units(msgspec.Struct, frozen=True):
    """The divisions that a report should have rows of."""

    units: list[Place]


class ReportedRow(msgspec.Struct, frozen=True):
    """A row as it was reported."""

    division: str
    nil: bool
    fields: dict[str, Any]


class Rows(msgspec.Struct, frozen=True):
    """The rows of one submission, and the fields that are not shown."""

    rows: list[ReportedRow]
    masked: list[str]


class Said(msgspec.Struct, frozen=True):
    """Something said of a report: where it stands, and what was wanted."""

    code: str
    text: Text
    pointer: str = ""
    division: str | None = None
    field: str | None = None
    severity: str = "error"
    cell: str | None = None


class Returned(msgspec.Struct, frozen=True):
    """What is to be corrected, and why; `row` counts from 1."""

    reason: str
    division: str | None = None
    field: str | None = None
    row: int | None = None


class LifeEvent(msgspec.Struct, frozen=True):
    """What happened to a report: a revision came in, or somebody took a step with it."""

    event: str
    at: str
    submission: str = ""
    revision: int = 0
    state: str = ""
    division: str = ""
    reason: str | None = None
    items: list[Returned] | None = None


class Revision(msgspec.Struct, frozen=True):
    """One of the revisions of a report."""

    id: str
    revision: int
    rows: int
    content_hash: str
    received_at: str


class Submission(msgspec.Struct, frozen=True):
    """A receipt, and the life of its report so far; `steps` are those that the visitor's key may take,
    of the record as `etag` says it was seen."""

    id: str
    form: str
    period: str
    division: str
    revision: int
    rows: int
    content_hash: str
    received_at: str
    on_time: bool
    nil: bool = False
    note: str | None = None
    state: str = "received"
    warnings: list[Said] = []
    unanswered_warnings: list[Said] = []
    revisions: list[Revision] = []
    events: list[LifeEvent] = []
    steps: list[str] = []
    etag: str = ""

    @property
    def is_newest(self) -> bool:
        """Whether no later revision has replaced it."""
        return all(other.revision <= self.revision for other in self.revisions)


class Receipt(msgspec.Struct, frozen=True):
    """What is acknowledged of a report that was just sent, or would be."""

    id: str
    revision: int
    rows: int
    warnings: list[Said] = []


class Refusal(msgspec.Struct, frozen=True):
    """The problem of a report that was not taken, with everything that is wrong with it."""

    status: int
    code: str
    text: Text
    errors: list[Said] = []
    warnings: list[Said] = []
    present_revision: int | None = None
