"""Refused bodies, kept as they came with what was answered: nothing that a clerk sent is lost."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

_INSERT: Final = b"""
    insert into quarantine (key_id, received_at, media_type, body, problem)
    values (%(key_id)s, %(received_at)s, %(media_type)s, %(body)s, %(problem)s::jsonb)
"""
_NUL: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


@dataclass(frozen=True)
class Refused:
    """A body, what it was announced as, and the problem document that was answered."""

    key_id: int
    media_type: str
    body: bytes
    problem: bytes


async def keep(driver: AsyncConnection[TupleRow], refused: Refused, received_at: datetime) -> None:
    """Keep a refused body, in the caller's transaction."""
    problem = _NUL.sub(r"\1\\ufffd", refused.problem.decode())
    media_type = refused.media_type.replace("\0", "\ufffd") or None
    values = vars(refused) | {"problem": problem, "media_type": media_type, "received_at": received_at}
    await driver.execute(_INSERT, values)
