"""GET /v1/calendar: what is due, by when, and how far it is."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request, Response

from services.core.problems import Problem
from services.ingest.caller import Reader
from services.ingest.deadlines import listing
from services.ingest.deadlines.schemas import CalendarPage
from services.ingest.parameters import (
    Cursor,
    DivisionFilter,
    FormFilter,
    Limit,
    PeriodFilter,
    asked_scope,
    link_headers,
)

router = APIRouter(prefix="/v1/calendar", tags=["calendar / 报送日历"])

_ENCODER = msgspec.json.Encoder()

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
    titles = listing.Titles(request.app.state.catalog)
    page = await listing.read_calendar(request, reader, titles, filters)
    return Response(_ENCODER.encode(page), headers=link_headers(request, page.next), media_type="application/json")
