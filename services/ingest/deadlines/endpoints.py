"""GET /v1/calendar: what is due, by when, how far it is; reopenings and reminders."""

from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request, Response

from services.core.database import driver_of
from services.core.idempotency import Driver
from services.core.problems import Problem
from services.core.scopes import answering
from services.ingest.acting import mark_of, once
from services.ingest.caller import Actor, Reader
from services.ingest.contents import read_content
from services.ingest.deadlines import documentation, grants, listing, reminders
from services.ingest.deadlines.listing import reporter_filter
from services.ingest.deadlines.schemas import CalendarPage, ReminderPage, ReopeningPage
from services.ingest.deadlines.titles import Titles
from services.ingest.parameters import (
    Cursor,
    DivisionFilter,
    FormFilter,
    Limit,
    PeriodFilter,
    asked_scope,
    link_headers,
    moment_of,
    number_of,
    page_of,
    storable,
)

router = APIRouter(prefix="/v1/calendar", tags=["calendar / 报送日历"])

_ENCODER = msgspec.json.Encoder()

Since = Annotated[
    str | None,
    Query(description="自该日或该时刻起 / from this day or moment on", examples=["2021-12-01"]),
]
StateFilter = Annotated[
    list[str] | None,
    Query(
        description="状态,可多次给出 / state, may stand several times",
        json_schema_extra={"items": {"enum": [*listing.STATES]}},
    ),
]


@router.get("", summary="报送日历 / What is due", response_model=CalendarPage)
async def read_calendar(
    request: Request,
    reader: Reader,
    *,
    division: DivisionFilter = None,
    form: FormFilter = None,
    period: PeriodFilter = None,
    state: StateFilter = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """每份应报报表一项,先到期者在前;村级密钥见其乡镇为该村应报的报表。

    One item for each expected report, those due first before others. A village's key sees what its township
    has to report for it.
    """
    if state is not None and not set(state) <= set(listing.STATES):
        raise Problem("parameter_invalid", {"where": "state"})
    filters = listing.Filters(asked_scope(reader, division), form, period, state, limit, cursor)
    app = request.app.state
    page = await listing.read_calendar(request, reader, Titles(app.catalog), filters)
    return _told(request, page, page.next)


@router.get("/reopenings", summary="重新开放 / Reopenings", response_model=ReopeningPage)
async def read_reopenings(
    request: Request,
    reader: Reader,
    *,
    division: DivisionFilter = None,
    form: FormFilter = None,
    period: PeriodFilter = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """何期为何单位重新开放,至何时,理由为何;最近的在前。Which period is open again for whom, why, until when."""
    values = {
        "prefix": asked_scope(reader, division).prefix, "form": storable(form), "period": storable(period),
        "before": number_of(cursor), "limit": limit + 1,
    }  # fmt: skip
    app = request.app.state
    async with answering(request, reader) as connection:
        found = await grants.read_reopenings(driver_of(connection), values, Titles(app.catalog))
    page = ReopeningPage(*page_of(found, limit))
    return _told(request, page, page.next)


@router.post(
    "/reopenings", status_code=201, summary="重新开放一期 / Reopen a period",
    responses=documentation.REOPENED, openapi_extra=documentation.REOPENING,
)  # fmt: skip
async def post_reopening(request: Request, actor: Actor) -> Response:
    """由报送单位的上级办理;到期之前可报送、可更正已定稿的报表,是否按时不因此改变。

    For a level above the reporter. Until it ends reports are taken, and what is final may be corrected; whether a
    report is on time is not changed by it.
    """
    content, body = await read_content(request, grants.MEMBERS)
    app = request.app.state
    now: datetime = app.clock.now()
    asked = grants.read_asked(content, now)

    async def act(driver: Driver) -> bytes:
        number = await grants.grant(driver, actor, asked, now)
        values = {
            "prefix": actor.scope.prefix, "form": None, "period": None, "before": number + 1, "limit": 1,
        }  # fmt: skip
        [made] = await grants.read_reopenings(driver, values, Titles(app.catalog))
        return _ENCODER.encode(made)

    answered = await once(request, actor, mark_of(request, actor, body), now, act)
    return Response(answered, 201, media_type="application/json")


@router.get("/reminders", summary="提醒 / Reminders", response_model=ReminderPage)
async def read_reminders(
    request: Request,
    reader: Reader,
    *,
    division: DivisionFilter = None,
    since: Since = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """到期前三天、前一天、当天和逾期的提醒,最近的在前。Reminders of what is due or late, the last first."""
    values = {
        **reporter_filter(asked_scope(reader, division)), "since": moment_of(since, "since"),
        "before": number_of(cursor), "limit": limit + 1,
    }  # fmt: skip
    app = request.app.state
    async with answering(request, reader) as connection:
        found = await reminders.read_reminders(driver_of(connection), values, Titles(app.catalog))
    page = ReminderPage(*page_of(found, limit))
    return _told(request, page, page.next)


def _told(request: Request, page: object, behind: str | None) -> Response:
    return Response(_ENCODER.encode(page), headers=link_headers(request, behind), media_type="application/json")
