"""GET /healthz and /readyz: is the process alive, and can it take reports."""

import msgspec
from fastapi import APIRouter, Request, Response
from psycopg.errors import UndefinedTable
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError

from services.core.tables import REVISION

router = APIRouter(tags=["health / 健康检查"])


@router.get("/healthz", summary="存活 / Alive", response_model=dict[str, str])
async def read_health() -> Response:
    """The process answers."""
    return _answer(200, {"status": "ok"})


@router.get(
    "/readyz", summary="就绪 / Ready", response_model=dict[str, str],
    responses={503: {"description": "尚未就绪 / not ready", "model": dict[str, str]}},
)  # fmt: skip
async def read_readiness(request: Request) -> Response:
    """200 when the database answers and its migrations are the newest; else 503 with what is missing."""
    try:
        async with request.app.state.engine.connect() as connection:
            present = (await connection.execute(text("select version_num from alembic_version"))).scalar_one_or_none()
    except ProgrammingError as error:
        if not isinstance(error.orig, UndefinedTable):
            raise
        present = None
    except (SQLAlchemyError, OSError):
        return _answer(503, {"status": "unavailable", "database": "unreachable"})
    is_newest = present == REVISION
    checks = {"database": "ok", "migrations": "ok" if is_newest else f"at {present}, not {REVISION}"}
    return _answer(200 if is_newest else 503, {"status": "ok" if is_newest else "unavailable", **checks})


def _answer(status: int, content: dict[str, str]) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")
