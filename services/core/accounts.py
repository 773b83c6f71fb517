"""Keys of machines and of people's sessions: made, checked, listed, rotated, revoked; what each may do, and where."""

import hashlib
import math
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

from cachetools import TTLCache
from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.catalog.divisions import DivisionCode, Level
from services.core.clock import Clock
from services.core.problems import Problem
from services.core.scopes import serving
from services.core.settings import Settings
from services.core.tables.accounts import account, api_key

Right = Literal["report", "read", "act", "administer", "audit", "export", "personal"]
"""To send reports; to read; to act upon cards, supervision and meetings; to give accounts and keys; to read
the audit log; to take whole tables along; to read personal fields."""

Role = Literal[
    "administrator", "city", "county", "township_clerk", "village_terminal", "auditor", "export_system"
]  # fmt: skip


WayIn = Literal["password", "oidc"]
"""How a person's session is begun."""


class RoleTerms(NamedTuple):
    """What a role may do, and the levels of the divisions it may be given at."""

    rights: tuple[Right, ...]
    levels: tuple[Level, ...]
    is_for_people: bool = True


ROLES: Final[Mapping[Role, RoleTerms]] = {
    "administrator": RoleTerms(("administer", "read", "act", "audit"), ("city",)),
    "city": RoleTerms(("read", "act", "export", "personal"), ("city",)),
    "county": RoleTerms(("read", "act", "export", "personal"), ("county",)),
    "township_clerk": RoleTerms(("read", "report", "act", "personal"), ("township",)),
    "village_terminal": RoleTerms(("read",), ("village",)),
    "auditor": RoleTerms(("read", "audit"), ("city", "county")),
    "export_system": RoleTerms(("read", "export"), ("city", "county"), is_for_people=False),
}
"""The one place that says which role may do what, and where."""

SESSION_IDLE: Final = timedelta(hours=2)
_REMEMBERED_SECONDS: Final = 5.0
"""How long a revoked key may still be taken; a key is looked up that often at most."""
_USE_NOTED_EVERY: Final = timedelta(minutes=1)
_MOST_REMEMBERED: Final = 4096


@dataclass(frozen=True)
class Caller:
    """Who calls: a key, its scope and its rights; a person's session also says whose it is."""

    key_id: int
    scope: DivisionCode
    rights: frozenset[str]
    account_id: int | None = None
    role: str | None = None
    must_change_password: bool = False

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
    role: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


class RateLimit:
    """So many requests a minute for each of whatever asks, in bursts of as many; 0 is no limit. Counts in memory."""

    def __init__(self, a_minute: int, now: Callable[[], float] = time.monotonic) -> None:
        self._most = float(a_minute)
        self._now = now
        self._left: TTLCache[object, tuple[float, float]] = TTLCache(_MOST_REMEMBERED, ttl=60, timer=now)

    def take(self, who: object) -> None:
        """Count one request; Problem `rate_limited` with the seconds until the next may come."""
        if self._most <= 0:
            return
        now = self._now()
        left, since = self._left.get(who, (self._most, now))
        left = min(self._most, left + (now - since) * self._most / 60)
        if left < 1:
            seconds = math.ceil((1 - left) * 60 / self._most)
            raise Problem("rate_limited", {"seconds": seconds}, headers={"Retry-After": str(seconds)})
        self._left[who] = (left - 1, now)


class KeyRing:
    """Checks keys against the database, and remembers for a few seconds what it found."""

    def __init__(
        self, engine: AsyncEngine, clock: Clock, *, idle: timedelta = SESSION_IDLE, requests_a_minute: int = 0
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._idle = idle
        self._limit = RateLimit(requests_a_minute)
        self._found: TTLCache[str, Caller] = TTLCache(maxsize=_MOST_REMEMBERED, ttl=_REMEMBERED_SECONDS)

    @classmethod
    def by(cls, settings: Settings, engine: AsyncEngine, clock: Clock) -> "KeyRing":
        """A key ring with the limits that are set."""
        idle = timedelta(minutes=settings.session_idle_minutes)
        return cls(engine, clock, idle=idle, requests_a_minute=settings.requests_a_minute)

    async def caller(self, authorization: str | None) -> Caller:
        """The caller of an `Authorization` header; Problem `unauthenticated` without a valid key.

        Whoever has to change a password first may do nothing else: `password_change_required`.
        """
        found = await self.caller_at_the_door(authorization)
        if found.must_change_password:
            raise Problem("password_change_required")
        return found

    async def caller_at_the_door(self, authorization: str | None) -> Caller:
        """The same, for the few things that are allowed before a password is changed."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise _unauthenticated()
        known: Caller | None = self._found.get(token)
        if known is None:
            known = await self._look_up(token)
            if not known.must_change_password:  # who has changed it must not wait until this is forgotten
                self._found[token] = known
        self._limit.take(known.key_id)
        return known

    def forget(self) -> None:
        """Look every key up again: one was just taken out of use."""
        self._found.clear()

    async def _look_up(self, token: str) -> Caller:
        prefix, _, secret = token.removeprefix("rorc_").partition("_")
        columns = (api_key, account.c.disabled_at, account.c.must_change_password)
        query = select(*columns).join(account, account.c.id == api_key.c.account_id, isouter=True)
        async with serving(self._engine) as connection:
            found = await connection.execute(query.where(api_key.c.prefix == prefix, api_key.c.revoked_at.is_(None)))
            row = found.one_or_none()
        now = self._clock.now()
        if row is None or not self._is_open(row, now) or not secrets.compare_digest(row.hash, _hash(secret)):
            raise _unauthenticated()
        if row.last_used_at is None or row.last_used_at + _USE_NOTED_EVERY <= now:
            async with serving(self._engine) as connection:
                await connection.execute(update(api_key).where(api_key.c.id == row.id).values(last_used_at=now))
        return Caller(
            row.id, DivisionCode(row.division), frozenset(row.rights), row.account_id, row.role,
            bool(row.must_change_password) and row.signed_in_by != "oidc",  # who never used the password may keep it
        )  # fmt: skip

    def _is_open(self, row: Row[tuple[object, ...]], now: datetime) -> bool:
        """Whether a key has not run out; of a session also that it was used lately, by an account in use."""
        if row.expires_at is not None and row.expires_at <= now:
            return False
        is_idle = row.kind == "session" and (row.last_used_at or row.created_at) + self._idle <= now
        return not is_idle and row.disabled_at is None


async def create_key(
    connection: AsyncConnection,
    clock: Clock,
    *,
    name: str,
    division: DivisionCode,
    rights: Sequence[Right],
    expires_at: datetime | None = None,
    role: Role | None = None,
    account_id: int | None = None,
    signed_in_by: WayIn | None = None,
) -> str:
    """A new key's token, a session's if it is an account's. It is shown this once; only its hash is kept."""
    prefix, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    values = {
        "prefix": prefix, "hash": _hash(secret), "name": name, "division": division.code,
        "rights": list(rights), "created_at": clock.now(), "expires_at": expires_at, "role": role,
        "account_id": account_id, "kind": "machine" if account_id is None else "session",
        "signed_in_by": signed_in_by,
    }  # fmt: skip
    await connection.execute(api_key.insert().values(values))
    return f"rorc_{prefix}_{secret}"


async def rotate_key(connection: AsyncConnection, clock: Clock, prefix: str, overlap: timedelta) -> str | None:
    """A machine's new key with the same scope and rights, and as long to live as the old one was given.

    The old one is valid for the overlap. None when no key in use that was not rotated has this prefix.
    """
    now = clock.now()
    query = select(api_key).where(
        api_key.c.prefix == prefix, api_key.c.kind == "machine", api_key.c.revoked_at.is_(None),
        api_key.c.replaced_by.is_(None),
    )  # fmt: skip
    old = (await connection.execute(query.with_for_update())).one_or_none()
    if old is None or (old.expires_at is not None and old.expires_at <= now):
        return None
    token = await create_key(
        connection, clock, name=old.name, division=DivisionCode(old.division), rights=old.rights, role=old.role,
        expires_at=None if old.expires_at is None else now + (old.expires_at - old.created_at),
    )  # fmt: skip
    new = select(api_key.c.id).where(api_key.c.prefix == token.split("_")[1]).scalar_subquery()
    ends = now + overlap if old.expires_at is None else min(old.expires_at, now + overlap)
    await connection.execute(
        update(api_key).where(api_key.c.id == old.id).values(replaced_by=new, expires_at=ends)
    )  # fmt: skip
    return token


async def read_keys(connection: AsyncConnection) -> list[KeyRecord]:
    """All keys of machines, oldest first, revoked ones too."""
    columns = [api_key.c[name] for name in KeyRecord.__dataclass_fields__]
    rows = await connection.execute(select(*columns).where(api_key.c.kind == "machine").order_by(api_key.c.id))
    return [KeyRecord(*row) for row in rows]


async def revoke_key(connection: AsyncConnection, clock: Clock, prefix: str) -> bool:
    """Take a machine's key out of use; False when none in use has this prefix."""
    query = update(api_key).where(
        api_key.c.prefix == prefix, api_key.c.kind == "machine", api_key.c.revoked_at.is_(None)
    )  # fmt: skip
    result = await connection.execute(query.values(revoked_at=clock.now()))
    return result.rowcount > 0


async def revoke_sessions(
    connection: AsyncConnection, clock: Clock, account_id: int, *, but: int | None = None, only: int | None = None
) -> None:
    """End the sessions of an account: all, all but one, or only one, by the id of the key."""
    query = update(api_key).where(api_key.c.account_id == account_id, api_key.c.revoked_at.is_(None))
    if but is not None:
        query = query.where(api_key.c.id != but)
    if only is not None:
        query = query.where(api_key.c.id == only)
    await connection.execute(query.values(revoked_at=clock.now()))


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _unauthenticated() -> Problem:
    return Problem("unauthenticated", headers={"WWW-Authenticate": "Bearer"})
