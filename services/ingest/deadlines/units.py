"""GET /v1/forms/{form}/units: which divisions one report is about."""

from dataclasses import dataclass
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Query, Request, Response

from services.core.database import driver_of, load_queries
from services.core.problems import Problem
from services.core.scopes import answering
from services.ingest.caller import Viewer
from services.ingest.deadlines.schemas import DivisionName
from services.ingest.parameters import asked_scope, storable

router = APIRouter(prefix="/v1/forms", tags=["forms / 报表"])

_QUERY: Final = load_queries("services.ingest.deadlines")["named_units"].encode()

Reporter = Annotated[str, Query(description="报送单位 / who reports")]
ReportPeriod = Annotated[str, Query(description="报告期 / period")]


@dataclass(frozen=True, slots=True)
class Units:
    """The divisions that a report should have rows of, in order of their codes."""

    form: str
    period: str
    division: str
    units: list[DivisionName]


@router.get("/{form}/units", summary="应报单位 / Divisions a report is about", response_model=Units)
async def read_units(
    form: str, request: Request, viewer: Viewer, *, division: Reporter, period: ReportPeriod
) -> Response:
    """该期报表应逐一填报的区划及名称。The divisions by name that a report of this period should have rows of."""
    reporter = asked_scope(viewer, division).code
    values = {"form": storable(form), "period": storable(period), "division": reporter}
    async with answering(request, viewer) as connection:
        rows = await (await driver_of(connection).execute(_QUERY, values)).fetchall()
    if not rows:
        raise Problem("not_found")
    units = Units(form, period, reporter, [DivisionName(code, name or code) for code, name in rows])
    return Response(msgspec.json.encode(units), media_type="application/json")
