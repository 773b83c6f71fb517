"""Meetings in Postgres."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, and_, bindparam, insert, literal, or_, select, true, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.api.meetings.schemas import Came, Event, Kind, State
from services.api.parameters import Position
from services.core.tables.meetings import meeting as meetings
from services.core.tables.meetings import meeting_event as events
from services.core.tables.meetings import meeting_follow_up as follow_ups
from services.core.tables.meetings import meeting_invitation as invitations

_IN_CALENDARS: Final = 2000
"""Most meetings that a calendar is given, the newest: far more than a year of them."""


@dataclass(frozen=True, slots=True)
class MeetingRow:
    """A meeting as it is stored."""

    id: int
    uid: UUID
    kind: Kind
    holder: str
    period: str
    subject: str
    agenda: Sequence[str]
    starts_at: datetime
    ends_at: datetime
    place: str | None
    video_link: str | None
    state: State
    minutes: str | None
    reason: str | None
    sequence: int
    changed_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """An invited division, and whether it came."""

    division: str
    attendance: Came | None
    posts: Sequence[str] | None


@dataclass(frozen=True, slots=True)
class FollowUpRow:
    """What is to follow."""

    number: int
    text: str
    division: str
    due_on: date
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class EventRow:
    """A step in a meeting's life as it is stored."""

    event: Event
    at: datetime
    acted_by: str
    key_id: int
    text: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    follow_up: int | None = None


class Cursor(Position, frozen=True, array_like=True):
    """The last meeting of a page: the next one begins behind it."""

    starts_at: datetime
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which meetings are wanted: held or joined at or below a division; None is any."""

    prefix: str
    kind: str | None = None
    state: str | None = None
    period: str | None = None
    since: datetime | None = None


def _concerns(prefix: str) -> ColumnElement[bool]:
    """Held by a division below `prefix`, or one is invited."""
    invited = select(invitations.c.division).where(
        invitations.c.meeting_id == meetings.c.id, invitations.c.division.startswith(prefix)
    )
    return or_(meetings.c.holder.startswith(prefix), invited.exists())


def _wanted(filters: Filters) -> ColumnElement[bool]:
    conditions = [_concerns(filters.prefix)]
    for name in ("kind", "state", "period"):
        given = getattr(filters, name)
        if given is not None:
            conditions.append(meetings.c[name] == given)
    if filters.since is not None:
        conditions.append(meetings.c.starts_at >= filters.since)
    return and_(*conditions)


async def read_meetings(
    connection: AsyncConnection, filters: Filters, after: Cursor | None = None, limit: int = _IN_CALENDARS
) -> list[MeetingRow]:
    """At most `limit` meetings behind `after`, the latest first."""
    behind: ColumnElement[bool] = true()
    if after is not None:
        last = tuple_(literal(after.starts_at, DateTime(timezone=True)), literal(after.id))
        behind = tuple_(meetings.c.starts_at, meetings.c.id) < last
    query = select(*_columns(MeetingRow, meetings)).where(_wanted(filters), behind)
    query = query.order_by(meetings.c.starts_at.desc(), meetings.c.id.desc()).limit(limit)
    return [MeetingRow(*row) for row in await connection.execute(query)]


async def read_meeting(
    connection: AsyncConnection, number: int, prefix: str, *, locked: bool = False
) -> MeetingRow | None:
    """The meeting of this number, if it concerns a division below `prefix`; `locked` until the transaction ends."""
    query = select(*_columns(MeetingRow, meetings)).where(meetings.c.id == number, _concerns(prefix))
    row = (await connection.execute(query.with_for_update() if locked else query)).one_or_none()
    return None if row is None else MeetingRow(*row)


async def read_invitations(connection: AsyncConnection, number: int) -> list[InvitationRow]:
    """Who is invited, by code."""
    query = select(*_columns(InvitationRow, invitations)).where(invitations.c.meeting_id == number)
    return [InvitationRow(*row) for row in await connection.execute(query.order_by(invitations.c.division))]


async def read_follow_ups(connection: AsyncConnection, number: int) -> list[FollowUpRow]:
    """What is to follow, in the order of the meeting."""
    query = select(*_columns(FollowUpRow, follow_ups)).where(follow_ups.c.meeting_id == number)
    return [FollowUpRow(*row) for row in await connection.execute(query.order_by(follow_ups.c.number))]


async def read_events(connection: AsyncConnection, number: int) -> list[EventRow]:
    """What happened to a meeting, the first step first."""
    query = select(*_columns(EventRow, events)).where(events.c.meeting_id == number).order_by(events.c.id)
    return [EventRow(*row) for row in await connection.execute(query)]


async def insert_meeting(connection: AsyncConnection, values: Mapping[str, Any], invited: Sequence[str]) -> int:
    """Keep a new meeting and whom it invites; its number."""
    number = int((await connection.execute(insert(meetings).values(values).returning(meetings.c.id))).scalar_one())
    if invited:
        rows = [{"meeting_id": number, "division": code} for code in invited]
        await connection.execute(insert(invitations), rows)
    return number


async def update_meeting(connection: AsyncConnection, number: int, values: Mapping[str, Any]) -> None:
    """Change a meeting, or what belongs to it: it then is a further version."""
    changed = {**values, "version": meetings.c.version + 1}
    await connection.execute(update(meetings).where(meetings.c.id == number).values(changed))


async def keep_attendance(connection: AsyncConnection, number: int, came: Sequence[InvitationRow]) -> None:
    """Keep who came of those invited."""
    if came:
        query = (
            update(invitations)
            .where(invitations.c.meeting_id == number, invitations.c.division == bindparam("invited"))
            .values(attendance=bindparam("came"), posts=bindparam("sent"))
        )
        said = [{"invited": row.division, "came": row.attendance, "sent": list(row.posts or ())} for row in came]
        await connection.execute(query, said)


async def insert_follow_ups(connection: AsyncConnection, number: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep what is to follow, numbered from 1."""
    if rows:
        numbered = [{**row, "meeting_id": number, "number": place} for place, row in enumerate(rows, start=1)]
        await connection.execute(insert(follow_ups), numbered)


async def finish_follow_up(connection: AsyncConnection, meeting: int, number: int, done_at: datetime) -> None:
    """Keep that it is done."""
    query = update(follow_ups).where(follow_ups.c.meeting_id == meeting, follow_ups.c.number == number)
    await connection.execute(query.values(done_at=done_at))


async def insert_event(connection: AsyncConnection, number: int, event: EventRow) -> None:
    """Keep a step."""
    values = {name: getattr(event, name) for name in EventRow.__dataclass_fields__}
    await connection.execute(insert(events).values(values | {"meeting_id": number}))


def _columns(row: Any, table: Any) -> Sequence[Any]:
    return [table.c[name] for name in row.__dataclass_fields__]
