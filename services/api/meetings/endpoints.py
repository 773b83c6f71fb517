"""/v1/meetings: planned, read, dealt with step by step, and given to calendars."""

from datetime import date, timedelta
from typing import Annotated, Final, get_args

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection

from services.api.contract import changed, taken, told_now
from services.api.meetings import repository
from services.api.meetings.documentation import FEED, NEW, ONE, PAGE, STEPS
from services.api.meetings.feed import MEDIA_TYPE, feed_of
from services.api.meetings.repository import Cursor, Filters
from services.api.meetings.schemas import Kind, MeetingAnswer, MeetingsAnswer, NewMeeting, State, Step
from services.api.meetings.service import Desk
from services.api.meetings.tell import Whole, answer_of, meeting_of
from services.api.parameters import After, DivisionParameter, Limit, OptionalPeriod, chosen, next_link, period_of
from services.api.records import LARGEST_ID, Creation, Seen, read_content, told
from services.api.register import prefix_within, read_names
from services.api.viewer import Actor, Reader
from services.core.clock import Clock
from services.core.problems import Problem
from services.core.scopes import answering

router = APIRouter(prefix="/v1/meetings", tags=["meetings"])

_KINDS: Final = get_args(Kind)
_STATES: Final = get_args(State)
_NEW_MEETING: Final = TypeAdapter(NewMeeting)
_STEP: Final[TypeAdapter[Step]] = TypeAdapter(Step)
_IN_CALENDARS: Final = timedelta(days=366)
"""How far back a calendar is told of meetings."""

Number = Annotated[int, Path(ge=1, le=LARGEST_ID, description="编号。 The meeting's number.", examples=[5])]
KindParameter = Annotated[
    str | None,
    Query(
        description="例会、调度分析会、视频会议或县委研究。 Which kind of meeting.",
        examples=["work_meeting"],
        json_schema_extra={"enum": [*_KINDS]},
    ),
]
StateParameter = Annotated[
    str | None,
    Query(
        description="状态，缺省为全部。 By default all.", examples=["planned"], json_schema_extra={"enum": [*_STATES]}
    ),
]


@router.get("", response_model=MeetingsAnswer, responses=told_now(PAGE))
async def read_meetings(
    request: Request,
    reader: Reader,
    *,
    division: DivisionParameter = None,
    kind: KindParameter = None,
    state: StateParameter = None,
    period: OptionalPeriod = None,
    limit: Limit = 50,
    cursor: After = None,
) -> Response:
    """该区划及其以下召开或受邀的会议，最近的在前。 Meetings that a division or one below it holds or is invited
    to, the latest first.
    """
    kind = None if kind is None else chosen(kind, _KINDS, "query/kind")
    state = None if state is None else chosen(state, _STATES, "query/state")
    period = None if period is None else str(period_of(period))
    after = Cursor.parse(cursor)
    async with answering(request, reader) as connection:
        prefix = await prefix_within(connection, reader, division)
        filters = Filters(prefix=prefix, kind=kind, state=state, period=period)
        rows = await repository.read_meetings(connection, filters, after, limit + 1)
        names = await read_names(connection, [row.holder for row in rows])
    last = rows[limit - 1] if len(rows) > limit else None
    behind = None if last is None else str(Cursor(last.starts_at, last.id))
    found = told(request, MeetingsAnswer([meeting_of(row, names) for row in rows[:limit]], behind))
    if behind is not None:
        found.headers["link"] = next_link(request, behind)
    return found


@router.post(
    "",
    status_code=201,
    response_model=MeetingAnswer,
    responses=changed(ONE),
    openapi_extra=taken(_NEW_MEETING, NEW, may_be_sent_again=True),
)
async def plan_meeting(request: Request, actor: Actor) -> Response:
    """安排会议。 Plan a meeting."""
    clock: Clock = request.app.state.clock
    content = await read_content(request, _NEW_MEETING)
    at = clock.now()
    async with answering(request, actor) as connection:
        creation = Creation.of(request, connection, actor, content)
        before = await creation.answered()
        if before is not None:
            return before
        number = await Desk(connection, actor, at).plan(content)
        made, _ = await _one(connection, number, actor.scope.prefix, at.date())
        return await creation.answer(made, at)


# Its path begins as that of the others does, but it is none of theirs: `.ics` belongs to the name.
@router.get(".ics", response_class=Response, responses=told_now(FEED, MEDIA_TYPE))
async def read_feed(request: Request, reader: Reader, division: DivisionParameter = None) -> Response:
    """供日历订阅的会议（RFC 5545），自一年前起。 The meetings of a year back and all to come, for calendars."""
    clock: Clock = request.app.state.clock
    async with answering(request, reader) as connection:
        prefix = await prefix_within(connection, reader, division)
        filters = Filters(prefix=prefix, since=clock.now() - _IN_CALENDARS)
        rows = await repository.read_meetings(connection, filters)
    return told(request, feed_of(rows), media_type=MEDIA_TYPE)


@router.get("/{number}", response_model=MeetingAnswer, responses=told_now(ONE))
async def read_meeting(request: Request, reader: Reader, number: Number) -> Response:
    """一次会议：议程、出席、纪要与后续事项。 One meeting: agenda, attendance, minutes, follow-ups."""
    clock: Clock = request.app.state.clock
    async with answering(request, reader) as connection:
        content, version = await _one(connection, number, reader.scope.prefix, clock.today())
    return told(request, content, version=version)


@router.post(
    "/{number}/events",
    status_code=201,
    response_model=MeetingAnswer,
    responses=changed(ONE),
    openapi_extra=taken(_STEP, STEPS, if_match=True),
)
async def take_step(request: Request, actor: Actor, number: Number) -> Response:
    """改期、记录召开情况、取消或办结后续事项。 Move it, tell how it went, cancel it, or close a follow-up."""
    clock: Clock = request.app.state.clock
    seen = Seen.of(request)
    step = await read_content(request, _STEP, tagged=True)
    async with answering(request, actor) as connection:
        await Desk(connection, actor, clock.now()).take(number, step, seen)
        content, version = await _one(connection, number, actor.scope.prefix, clock.today())
    found = told(request, content, version=version)
    found.status_code = 201
    return found


async def _one(connection: AsyncConnection, number: int, prefix: str, today: date) -> tuple[MeetingAnswer, int]:
    """The record as it may be seen from below `prefix`, and its version."""
    row = await repository.read_meeting(connection, number, prefix)
    if row is None:
        raise Problem("not_found")
    whole = Whole(
        row,
        await repository.read_invitations(connection, number),
        await repository.read_follow_ups(connection, number),
        await repository.read_events(connection, number),
    ).within(prefix)
    names = await read_names(connection, whole.divisions)
    return answer_of(whole, names, today), row.version
