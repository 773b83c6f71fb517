"""GET /v1/quarantine: what was refused, why, and what had been sent."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Path, Request, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from services.core import audit
from services.core.accounts import Caller
from services.core.database import driver_of
from services.core.problems import Problem
from services.core.scopes import answering
from services.ingest.caller import Reader
from services.ingest.parameters import Cursor, DivisionFilter, Limit, asked_scope, link_headers, number_of, page_of
from services.ingest.quarantine.repository import Quarantine
from services.ingest.quarantine.schemas import QuarantinePage, RefusedDetail, RefusedReport

router = APIRouter(prefix="/v1/quarantine", tags=["quarantine / 退件"])

_ENCODER: Final = msgspec.json.Encoder()
_Opened = tuple[AsyncConnection, Quarantine]
Number = Annotated[int, Path(ge=1, le=2**63 - 2, description="编号 / number")]


@asynccontextmanager
async def _quarantine(request: Request, reader: Caller, division: str | None = None) -> AsyncIterator[_Opened]:
    scope = asked_scope(reader, division)
    async with answering(request, reader) as connection:
        days, seal = request.app.state.settings.quarantine_days, request.app.state.personal.seal
        yield connection, Quarantine(driver_of(connection), scope, days, seal)


@router.get("", summary="退件清单 / What was refused", response_model=QuarantinePage)
async def read_quarantine(
    request: Request, reader: Reader, *, division: DivisionFilter = None, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    """范围之内各密钥所报而未予受理的,最近的在前。What keys within the scope sent and was refused, the last first."""
    async with _quarantine(request, reader, division) as (_, quarantine):
        found = await quarantine.read_page(number_of(cursor), limit + 1)
    page = QuarantinePage(*page_of(found, limit))
    return Response(_ENCODER.encode(page), headers=link_headers(request, page.next), media_type="application/json")


@router.get("/{number}", summary="一份退件 / One that was refused", response_model=RefusedDetail)
async def read_refused(number: Number, request: Request, reader: Reader) -> Response:
    """所答复的问题,及该份内容的来历。The problem that was answered, and where the body came from."""
    async with _quarantine(request, reader) as (_, quarantine):
        found = await quarantine.read_one(number)
    if found is None:
        raise Problem("not_found")
    refused, problem = found
    told = {name: getattr(refused, name) for name in RefusedReport.__dataclass_fields__}
    return Response(_ENCODER.encode(told | {"problem": problem}), media_type="application/json")


@router.get(
    "/{number}/body", summary="退件原文 / What was sent",
    responses={200: {"description": "原样 / as it came", "content": {"application/octet-stream": {}}}},
)  # fmt: skip
async def read_body(number: Number, request: Request, reader: Reader) -> Response:
    """原样下载,并记入审计。To be kept as a file; no browser shows it. The reading is written into the audit log."""
    async with _quarantine(request, reader) as (connection, quarantine):
        found = await quarantine.read_body(number)
        if found is None:
            raise Problem("not_found")
        body, sender = found
        await audit.record(connection, "read", "quarantine_body", subject=str(number), division=sender)
    # Not as what it was announced as: whoever sent it chose that, and nobody should open it by a click.
    headers = {
        "Content-Disposition": f'attachment; filename="quarantine-{number}.bin"',
        "Cache-Control": "private, no-store", "Content-Security-Policy": "sandbox",
    }  # fmt: skip
    return Response(body, headers=headers, media_type="application/octet-stream")
