"""What is answered on periods: the calendar, who may report after all, and who was reminded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

CalendarState = Literal[
    "awaited", "late", "closed", "received", "returned", "corrected", "accepted", "final", "withdrawn"
]


@dataclass(frozen=True, slots=True)
class DivisionName:
    """A division by its code and name."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class CalendarItem:
    """One expected report. `days_left` counts to `due_on`; what is null has not been reported, or not happened."""

    form: str
    title: Mapping[str, str]
    period: str
    division: DivisionName
    opens_on: date
    due_on: date
    on_time_until: datetime
    closes_on: datetime
    days_left: int
    state: CalendarState
    submission: UUID | None
    revision: int | None
    rows: int | None
    warnings: int | None
    unanswered_warnings: int | None
    returned_items: int | None
    reopened_until: datetime | None
    reminders: Sequence[str]


@dataclass(frozen=True, slots=True)
class CalendarPage:
    """Expected reports, those due soonest first; `next` is the cursor of the page after, null on the last."""

    calendar: Sequence[CalendarItem]
    next: str | None


@dataclass(frozen=True, slots=True)
class Reopening:
    """A period that is open again for one reporter until a moment; `granted_by` is whose key granted it."""

    id: int
    form: str
    title: Mapping[str, str]
    period: str
    division: DivisionName
    reason: str
    until: datetime
    at: datetime
    granted_by: str


@dataclass(frozen=True, slots=True)
class ReopeningPage:
    """Reopenings, the last first; `next` is the cursor of the page after, null on the last."""

    reopenings: Sequence[Reopening]
    next: str | None


@dataclass(frozen=True, slots=True)
class Reminder:
    """That a reporter was reminded: 3 days or 1 day before the due day, on it (`t`), or after it (`late`)."""

    id: int
    form: str
    title: Mapping[str, str]
    period: str
    division: DivisionName
    kind: Literal["t-3", "t-1", "t", "late"]
    due_on: date
    at: datetime


@dataclass(frozen=True, slots=True)
class ReminderPage:
    """Reminders, the last first; `next` is the cursor of the page after, null on the last."""

    reminders: Sequence[Reminder]
    next: str | None
