"""A stored meeting as the api tells it to one reader: neighbours stay among themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.api.meetings.repository import EventRow, FollowUpRow, InvitationRow, MeetingRow
from services.api.meetings.schemas import FollowUp, Invitation, Meeting, MeetingAnswer, MeetingEvent
from services.api.schemas import DivisionRef
from services.core.clock import TIME_ZONE


@dataclass(frozen=True)
class Whole:
    """A meeting with all that belongs to it."""

    meeting: MeetingRow
    invitations: Sequence[InvitationRow]
    follow_ups: Sequence[FollowUpRow]
    events: Sequence[EventRow]

    def within(self, prefix: str) -> "Whole":
        """What may be seen of it from below `prefix`. The holder's side sees all: it stands above all invited."""
        follow_ups = [row for row in self.follow_ups if row.division.startswith(prefix)]
        seen = {None, *(row.number for row in follow_ups)}
        return Whole(
            self.meeting,
            [row for row in self.invitations if row.division.startswith(prefix)],
            follow_ups,
            [row for row in self.events if row.follow_up in seen],
        )

    @property
    def divisions(self) -> set[str]:
        """Whom it names."""
        invited = {row.division for row in self.invitations}
        return {self.meeting.holder} | invited | {row.division for row in self.follow_ups}


def answer_of(whole: Whole, names: Mapping[str, DivisionRef], today: date) -> MeetingAnswer:
    """One meeting."""
    row = whole.meeting
    return MeetingAnswer(
        meeting=meeting_of(row, names),
        agenda=row.agenda,
        invited=[Invitation(names[one.division], one.attendance, one.posts) for one in whole.invitations],
        minutes=row.minutes,
        reason=row.reason,
        follow_ups=[_follow_up_of(one, names, today) for one in whole.follow_ups],
        events=[_event_of(one, names) for one in whole.events],
    )


def meeting_of(row: MeetingRow, names: Mapping[str, DivisionRef]) -> Meeting:
    """A meeting as lists name it."""
    return Meeting(
        id=row.id,
        kind=row.kind,
        holder=names[row.holder],
        period=row.period,
        subject=row.subject,
        starts_at=_local(row.starts_at),
        ends_at=_local(row.ends_at),
        place=row.place,
        video_link=row.video_link,
        state=row.state,
        url=f"/v1/meetings/{row.id}",
    )


def _follow_up_of(row: FollowUpRow, names: Mapping[str, DivisionRef], today: date) -> FollowUp:
    done_at = None if row.done_at is None else _local(row.done_at)
    is_overdue = row.done_at is None and row.due_on < today
    return FollowUp(row.number, row.text, names[row.division], row.due_on.isoformat(), done_at, is_overdue)


def _event_of(row: EventRow, names: Mapping[str, DivisionRef]) -> MeetingEvent:
    starts_at, ends_at = (None if moment is None else _local(moment) for moment in (row.starts_at, row.ends_at))
    return MeetingEvent(row.event, _local(row.at), names[row.acted_by], row.text, starts_at, ends_at, row.follow_up)


def _local(moment: datetime) -> str:
    return moment.astimezone(TIME_ZONE).isoformat()
