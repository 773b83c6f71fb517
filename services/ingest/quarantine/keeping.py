"""Refused bodies, kept as they came with what was answered: nothing that a clerk sent is lost, for a while."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from sqlalchemy.ext.asyncio import AsyncEngine

from services.core.clock import Clock
from services.core.database import driver_of, load_queries
from services.core.scopes import serving
from services.core.sealing import Seal

_QUERIES: Final = {name: text.encode() for name, text in load_queries("services.ingest.quarantine").items()}
_NUL: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
_LONGEST_NAME: Final = 100


@dataclass(frozen=True)
class Refused:
    """A body, what it was announced as, the problem document that was answered, and what the report was about."""

    key_id: int
    media_type: str
    body: bytes
    problem: bytes
    form: str | None = None
    period: str | None = None
    division: str | None = None


SEALED_AS: Final = "quarantine"


async def keep(driver: AsyncConnection[TupleRow], seal: Seal, refused: Refused, received_at: datetime) -> None:
    """Keep a refused body, in the caller's transaction; sealed, for nobody knows what it says of persons."""
    told = {name: _short(getattr(refused, name)) for name in ("form", "period", "division")}
    problem = _NUL.sub(r"\1\\ufffd", refused.problem.decode())
    media_type = refused.media_type.replace("\0", "\ufffd") or None
    values = vars(refused) | told | {
        "problem": problem, "media_type": media_type, "received_at": received_at,
        "body": seal.close(refused.body, SEALED_AS),
    }  # fmt: skip
    await driver.execute(_QUERIES["keep"], values)


def _short(text: str | None) -> str | None:
    return None if text is None else text.replace("\0", "\ufffd")[:_LONGEST_NAME]


async def throw_away(engine: AsyncEngine, clock: Clock, days: int) -> int:
    """Throw away what is older than so many days; how much it was."""
    async with serving(engine) as connection:
        before = clock.now() - timedelta(days=days)
        return (await driver_of(connection).execute(_QUERIES["throw_away"], {"before": before})).rowcount
