"""GET /healthz and /readyz: whether the process runs, and whether it can answer."""

import asyncio
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request, Response
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from services.api.answers import answer
from services.api.board import Board
from services.core.clock import Clock

router = APIRouter(tags=["health"])

_PATIENCE_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Alive:
    """The process runs."""

    status: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether the database answers and a snapshot is open, and how old that is."""

    ready: bool
    database: bool
    snapshot: str | None
    as_of: str | None
    age_seconds: float | None
    pending: int | None


@router.get("/healthz", response_model=Alive)
async def read_health() -> Response:
    """进程在运行。 The process runs."""
    return answer(Alive("ok"))


@router.get("/readyz", response_model=Readiness, responses={503: {"model": Readiness}})
async def read_readiness(request: Request) -> Response:
    """能否应答：数据库可达，且已打开快照。 Whether it can answer; 503 when not."""
    board: Board = request.app.state.board
    clock: Clock = request.app.state.clock
    database = await _answers(request.app.state.engine)
    served = board.served
    ready = Readiness(
        ready=database and served is not None,
        database=database,
        snapshot=served.snapshot.name if served else None,
        as_of=served.head["as_of"] if served else None,
        age_seconds=(clock.now() - served.snapshot.as_of).total_seconds() if served else None,
        pending=served.pending if served else None,
    )
    found = answer(ready)
    found.status_code = 200 if ready.ready else 503
    return found


async def _answers(engine: AsyncEngine) -> bool:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS), engine.connect() as connection:
            await connection.execute(text("select 1"))
    except (SQLAlchemyError, OSError, TimeoutError):
        return False
    return True
