"""What /v1/meetings takes and answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from services.api.records import Code, Content, Line, Link, Moment, Prose
from services.api.schemas import DivisionRef

Kind = Literal["work_meeting", "quarterly_analysis", "video_meeting", "committee_study"]
State = Literal["planned", "held", "cancelled"]
Came = Literal["present", "absent", "excused"]
Event = Literal["planned", "moved", "held", "cancelled", "follow_up_done"]


class NewMeeting(Content):
    """A meeting to be held; without `holder` by the division of the key."""

    kind: Kind
    holder: Code | None = None
    period: Line
    subject: Line
    agenda: Annotated[list[Line], Field(min_length=1, max_length=50)]
    starts_at: Moment
    ends_at: Moment
    place: Line | None = None
    video_link: Link | None = None
    invited: list[Code] = Field(default_factory=list, max_length=500)


class Moved(Content):
    """Another time. Place and link stay as they are unless others are given."""

    event: Literal["moved"]
    starts_at: Moment
    ends_at: Moment
    place: Line | None = None
    video_link: Link | None = None
    text: Prose | None = None


class Attendance(Content):
    """Whether an invited division came, and which posts came for it; never names."""

    division: Code
    attendance: Came
    posts: list[Line] = Field(default_factory=list, max_length=20)


class NewFollowUp(Content):
    """What is to be done after the meeting, by whom and until when."""

    text: Prose
    division: Code
    due_on: date


class Held(Content):
    """It took place: who of those invited came, the minutes, and what is to follow."""

    event: Literal["held"]
    attendance: list[Attendance] = Field(default_factory=list, max_length=500)
    minutes: Prose
    follow_ups: list[NewFollowUp] = Field(default_factory=list, max_length=100)


class Cancelled(Content):
    """It will not take place, for this reason."""

    event: Literal["cancelled"]
    text: Prose


class FollowUpDone(Content):
    """What was to follow is done."""

    event: Literal["follow_up_done"]
    follow_up: Annotated[int, Field(ge=1, le=1000)]
    text: Prose | None = None


Step = Annotated[Moved | Held | Cancelled | FollowUpDone, Field(discriminator="event")]


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting as lists name it; `period` is what it counts for."""

    id: int
    kind: Kind
    holder: DivisionRef
    period: str
    subject: str
    starts_at: str
    ends_at: str
    place: str | None
    video_link: str | None
    state: State
    url: str


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invited division; `attendance` and `posts` are null until the meeting is held."""

    division: DivisionRef
    attendance: Came | None
    posts: Sequence[str] | None


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What is to be done after a meeting; `overdue` when its day is over and it is not done."""

    number: int
    text: str
    division: DivisionRef
    due_on: str
    done_at: str | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class MeetingEvent:
    """One step in the life of a meeting, taken in the name of `by`. Only what belongs to the step is not null."""

    event: Event
    at: str
    by: DivisionRef
    text: str | None
    starts_at: str | None
    ends_at: str | None
    follow_up: int | None


@dataclass(frozen=True, slots=True)
class MeetingsAnswer:
    """A page of meetings, the latest first."""

    meetings: list[Meeting]
    next: str | None


@dataclass(frozen=True, slots=True)
class MeetingAnswer:
    """One meeting with its life, the first step first.

    Whoever stands above all that were invited sees all of it; others see of invitations, attendance and
    follow-ups their own and those below.
    """

    meeting: Meeting
    agenda: Sequence[str]
    invited: list[Invitation]
    minutes: str | None
    reason: str | None
    follow_ups: list[FollowUp]
    events: list[MeetingEvent]
