"""Keys of machines: made, checked, listed, revoked. What a key may do, and where."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from cachetools import TTLCache
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.catalog.divisions import DivisionCode
from services.core.clock import Clock
from services.core.problems import Problem
from services.core.tables.accounts import api_key

Right = Literal["report", "read", "act"]
"""To send reports; to read; to act upon cards, supervision and meetings."""

_REMEMBERED_SECONDS: Final = 5.0
"""How long a revoked key may still be taken; a key is looked up that often at most."""


@dataclass(frozen=True)
class Caller:
    """Who calls: a key, its scope and its rights."""

    key_id: int
    scope: DivisionCode
    rights: frozenset[str]

    def require_right(self, right: Right) -> None:
        """Problem `right_missing` unless the key has it."""
        if right not in self.rights:
            raise Problem("right_missing", {"right": right})

    def may_see(self, division: DivisionCode) -> bool:
        """Whether a division lies in the scope."""
        return self.scope.contains(division)


@dataclass(frozen=True)
class KeyRecord:
    """A key as it may be shown: everything but the secret."""

    prefix: str
    name: str
    division: str
    rights: Sequence[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class KeyRing:
    """Checks keys against the database, and remembers for a few seconds what it found."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._found: TTLCache[str, Caller] = TTLCache(maxsize=4096, ttl=_REMEMBERED_SECONDS)

    async def caller(self, authorization: str | None) -> Caller:
        """The caller of an `Authorization` header; Problem `unauthenticated` without a valid key."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise _unauthenticated()
        known: Caller | None = self._found.get(token)
        if known is None:
            known = await self._look_up(token)
            self._found[token] = known
        return known

    async def _look_up(self, token: str) -> Caller:
        prefix, _, secret = token.removeprefix("rorc_").partition("_")
        async with self._engine.connect() as connection:
            query = select(api_key).where(api_key.c.prefix == prefix, api_key.c.revoked_at.is_(None))
            row = (await connection.execute(query)).one_or_none()
        expired = row is not None and row.expires_at is not None and row.expires_at <= self._clock.now()
        if row is None or expired or not secrets.compare_digest(row.hash, _hash(secret)):
            raise _unauthenticated()
        return Caller(row.id, DivisionCode(row.division), frozenset(row.rights))


async def create_key(
    connection: AsyncConnection,
    clock: Clock,
    *,
    name: str,
    division: DivisionCode,
    rights: Sequence[Right],
    expires_at: datetime | None = None,
) -> str:
    """A new key's token. It is shown this once; only its hash is kept."""
    prefix, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    values = {
        "prefix": prefix, "hash": _hash(secret), "name": name, "division": division.code,
        "rights": list(rights), "created_at": clock.now(), "expires_at": expires_at,
    }  # fmt: skip
    await connection.execute(api_key.insert().values(values))
    return f"rorc_{prefix}_{secret}"


async def read_keys(connection: AsyncConnection) -> list[KeyRecord]:
    """All keys, oldest first, revoked ones too."""
    columns = [api_key.c[name] for name in KeyRecord.__dataclass_fields__]
    rows = await connection.execute(select(*columns).order_by(api_key.c.id))
    return [KeyRecord(*row) for row in rows]


async def revoke_key(connection: AsyncConnection, clock: Clock, prefix: str) -> bool:
    """Take a key out of use; False when no key in use has this prefix."""
    query = update(api_key).where(api_key.c.prefix == prefix, api_key.c.revoked_at.is_(None))
    result = await connection.execute(query.values(revoked_at=clock.now()))
    return result.rowcount > 0


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _unauthenticated() -> Problem:
    return Problem("unauthenticated", headers={"WWW-Authenticate": "Bearer"})
