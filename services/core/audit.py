"""The audit log: what changes tables is written by the database itself, what is read or tried from here."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from psycopg.types.json import Jsonb
from sqlalchemy.ext.asyncio import AsyncConnection

from services.core.database import driver_of

_FIRST: Final = bytes(32)
"""What the first event is chained to."""
_AT_ONCE: Final = 1000
_NOTE: Final = b"""select audit_note(%(action)s, %(kind)s, %(subject)s, %(division)s, %(account_id)s, %(details)s)"""
# By functions of Postgres alone: those of our own could have been changed together with the rows.
_EVENTS: Final = b"""select id, previous_hash, hash, jsonb_build_array(
        id, (extract(epoch from at) * 1000000)::bigint, key_id, account_id, action, kind, subject, division, origin,
        before, after
    )::text
from audit_event
order by id
"""


@dataclass(frozen=True)
class Chain:
    """How many events follow one on the other, and the hash of the last; if `broken_at` names one, up to there.

    `is_noted`: whether the hash that somebody kept elsewhere is among them.
    """

    events: int
    last_hash: bytes
    broken_at: int | None = None
    is_noted: bool = False


async def record(
    connection: AsyncConnection,
    action: str,
    kind: str,
    *,
    subject: str | None = None,
    division: str | None = None,
    account_id: int | None = None,
    details: Mapping[str, object] | None = None,
) -> None:
    """Write down what changes no table: a sign-in, one that failed, a read of what is personal.

    `account_id` is needed where no session acts yet. The last thing a transaction does: others wait for its end.
    """
    values = {
        "action": action, "kind": kind, "subject": subject, "division": division, "account_id": account_id,
        "details": None if details is None else Jsonb(dict(details)),
    }  # fmt: skip
    await driver_of(connection).execute(_NOTE, values)


async def verify(connection: AsyncConnection, noted: bytes | None = None) -> Chain:
    """Walk the whole chain: every event is as it was written, and none is missing between two others."""
    before, count, is_noted = _FIRST, 0, False
    async with driver_of(connection).cursor(name="audit") as cursor:
        cursor.itersize = _AT_ONCE
        await cursor.execute(_EVENTS)
        async for number, previous_hash, kept, text in cursor:
            hashed = hashlib.sha256(previous_hash + text.encode()).digest()
            if (number, previous_hash, kept) != (count + 1, before, hashed):
                return Chain(count, before, number, is_noted)
            before, count = kept, number
            is_noted = is_noted or kept == noted
    return Chain(count, before, None, is_noted)
