"""People: their accounts and passwords, the codes of their authenticators, and how they sign in."""

import asyncio
import hmac
import re
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cachetools import TTLCache
from sqlalchemy import ColumnElement, Row, case, exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.catalog.divisions import DivisionCode
from services.core.accounts import ROLES, Caller, RateLimit, Role, WayIn, create_key, revoke_sessions
from services.core.audit import record
from services.core.clock import Clock
from services.core.problems import Problem
from services.core.scopes import acting, serving
from services.core.settings import Settings
from services.core.tables.accounts import account
from services.core.tables.divisions import division as divisions

SHORTEST: Final = 12
LONGEST: Final = 200
ISSUER: Final = "RORC"
_NAME: Final = re.compile(r"[\w.@-]{2,64}")
_FEWEST_CHARACTERS: Final = 5
_COMMON: Final = ("password", "12345678", "qwertyui", "iloveyou", "admin123", "11111111", "abcd1234", "1qaz2wsx")
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_HELD: Final = {"role", "division", "disabled_at", "password_hash", "oidc_subject"}
_STEP_SECONDS: Final = 30
_AT_ONCE: Final = 2
"""How many passwords are hashed at a time: each takes 64 MiB."""
_HASHER: Final = PasswordHasher()


@dataclass(frozen=True)
class SignedIn:
    """A new session: its token is shown this once."""

    token: str
    expires_at: datetime
    role: str
    division: str
    must_change_password: bool


UNBOUND: Final[Mapping[str, Any]] = {"oidc_issuer": None, "oidc_subject": None}
"""The change of an account that is nobody's at a provider any more."""


def folded(name: str) -> str:
    """A name as it is compared: whoever types it in other letters is the same."""
    return unicodedata.normalize("NFKC", name).casefold().strip()


def require_fit(password: str, name: str) -> None:
    """Problem unless the password may be used for this name."""
    plain = password.casefold()
    if not SHORTEST <= len(password) <= LONGEST:
        raise Problem("password_length_wrong", {"minimum": SHORTEST, "maximum": LONGEST})
    if name in plain or len(set(plain)) < _FEWEST_CHARACTERS or any(common in plain for common in _COMMON):
        raise Problem("password_guessable")


def one_time_password() -> str:
    """A password to sign in with once: 80 bits, in letters that are not taken for one another."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def require_role(role: Role, division: DivisionCode) -> None:
    """Problem unless people may have the role, and at this division's level."""
    terms = ROLES[role]
    if not terms.is_for_people:
        raise Problem("role_for_machines", {"role": role})
    if division.level not in terms.levels:
        raise Problem("role_level_wrong", {"role": role, "given": division.code, "levels": ", ".join(terms.levels)})


async def require_registered(connection: AsyncConnection, division: DivisionCode) -> None:
    """Problem `division_unknown` unless the register has the division."""
    if not (await connection.execute(select(exists().where(divisions.c.code == division.code)))).scalar_one():
        raise Problem("division_unknown", {"given": division.code})


async def create_account(
    connection: AsyncConnection,
    clock: Clock,
    *,
    name: str,
    role: Role,
    division: DivisionCode,
    display_name: str | None = None,
    password: str | None = None,
) -> tuple[int, str]:
    """A new account's number and its password: without one given a one-time password, to be changed first."""
    login = folded(name)
    if not _NAME.fullmatch(login):
        raise Problem("account_name_unfit")
    require_role(role, division)
    await require_registered(connection, division)
    if password is not None:
        require_fit(password, login)
    chosen = password or one_time_password()
    now = clock.now()
    values = {
        "name": login, "display_name": display_name, "password_hash": await _hashed(chosen), "role": role,
        "division": division.code, "created_at": now, "password_changed_at": now,
        "must_change_password": password is None,
    }  # fmt: skip
    query = insert(account).values(values).on_conflict_do_nothing().returning(account.c.id)
    number = (await connection.execute(query)).scalar_one_or_none()
    if number is None:
        raise Problem("account_exists", {"name": login})
    return number, chosen


async def reset_password(connection: AsyncConnection, clock: Clock, number: int) -> str:
    """A one-time password; the account is unlocked and its sessions are over. Problem `not_found` without one."""
    chosen = one_time_password()
    values: Mapping[str, Any] = {
        "password_hash": await _hashed(chosen), "must_change_password": True, "password_changed_at": clock.now(),
        "failed_count": 0, "locked_until": None,
    }  # fmt: skip
    await change_account(connection, clock, number, values)
    return chosen


async def change_account(connection: AsyncConnection, clock: Clock, number: int, values: Mapping[str, Any]) -> None:
    """Change an account. Sessions that hold what it no longer has are over. Problem `not_found`."""
    changed = await connection.execute(update(account).where(account.c.id == number).values(**values))
    if changed.rowcount == 0:
        raise Problem("not_found")
    if not _HELD.isdisjoint(values):
        await revoke_sessions(connection, clock, number)


async def account_number(connection: AsyncConnection, name: str) -> int:
    """The number of the account with this name; Problem `not_found`."""
    query = select(account.c.id).where(account.c.name == folded(name))
    number: int | None = (await connection.execute(query)).scalar_one_or_none()
    if number is None:
        raise Problem("not_found")
    return number


class People:
    """Lets people in, and keeps their passwords and authenticators."""

    def __init__(
        self, engine: AsyncEngine, clock: Clock, settings: Settings, *, authenticators: Clock | None = None
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._settings = settings
        # An authenticator goes by the true time, also where ours is set to another.
        self._authenticators = authenticators or Clock()
        self._names = RateLimit(settings.sign_ins_a_minute)
        self._addresses = RateLimit(6 * settings.sign_ins_a_minute)
        self._hashing = asyncio.Semaphore(_AT_ONCE)
        self._strangers: TTLCache[str, tuple[int, datetime | None]] = TTLCache(4096, ttl=24 * 3600)

    async def sign_in(self, name: str, password: str, code: str | None, origin: str | None) -> SignedIn:
        """A new session. A name that nobody has takes as long, and is refused and locked in the same way."""
        login = folded(name)
        self._addresses.take(origin)
        self._names.take(login)
        async with serving(self._engine, origin) as connection:
            row = (await connection.execute(select(account).where(account.c.name == login))).one_or_none()
        self._require_open(self._strangers.get(login, (0, None))[1] if row is None else row.locked_until)
        is_right = await self._is_right(row, password)
        if row is None or not is_right or row.disabled_at is not None:
            await self._count_failure(login, row, origin)
            raise Problem("sign_in_refused")
        step = None
        if row.totp_confirmed_at is not None:
            if code is None:
                raise Problem("code_required")
            step = self._step_of(row, code)
            if step is None:
                await self._count_failure(login, row, origin)
                raise Problem("sign_in_refused")
        values: dict[str, Any] = {"failed_count": 0, "locked_until": None}
        if _HASHER.check_needs_rehash(row.password_hash):
            values["password_hash"] = await self._hash(password)
        # What was found may have changed meanwhile: of two with one code the second finds it taken.
        still = [account.c.password_hash == row.password_hash]
        if step is not None:
            values["totp_last_step"] = step
            still.append(or_(account.c.totp_last_step.is_(None), account.c.totp_last_step < step))
        return await self.begin_session(row, values, still, "password", origin)

    def take_from(self, origin: str | None) -> None:
        """Count an attempt to come in from an address; Problem `rate_limited`."""
        self._addresses.take(origin)

    async def change_password(self, caller: Caller, present: str, new: str, origin: str | None = None) -> None:
        """A new password; all other sessions of the account are over."""
        row = await self._require_password(caller, present, origin)
        require_fit(new, row.name)
        if hmac.compare_digest(new.encode(), present.encode()):
            raise Problem("password_not_new")
        values = {
            "password_hash": await self._hash(new), "must_change_password": False,
            "password_changed_at": self._clock.now(),
        }  # fmt: skip
        async with acting(self._engine, caller, origin) as connection:
            await connection.execute(update(account).where(account.c.id == row.id).values(**values))
            await revoke_sessions(connection, self._clock, row.id, but=caller.key_id)

    async def begin_authenticator(self, caller: Caller, origin: str | None = None) -> tuple[str, str]:
        """A secret and its `otpauth` address; asked for only once a code has confirmed it."""
        secret = pyotp.random_base32()
        query = update(account).where(account.c.id == caller.account_id, account.c.totp_confirmed_at.is_(None))
        async with acting(self._engine, caller, origin) as connection:
            query = query.values(totp_secret=secret, totp_last_step=None)
            name = (await connection.execute(query.returning(account.c.name))).scalar_one_or_none()
        if name is None:
            raise Problem("authenticator_in_use")
        return secret, pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)

    async def confirm_authenticator(self, caller: Caller, code: str, origin: str | None = None) -> None:
        """From now on each sign-in needs a code. Problem `code_wrong`."""
        row = await self._account(caller)
        if row.totp_confirmed_at is not None:
            raise Problem("authenticator_in_use")
        step = None if row.totp_secret is None else self._step_of(row, code)
        if step is None:
            raise Problem("code_wrong")
        query = update(account).where(account.c.id == row.id, account.c.totp_secret == row.totp_secret)
        async with acting(self._engine, caller, origin) as connection:
            await connection.execute(query.values(totp_confirmed_at=self._clock.now(), totp_last_step=step))

    async def remove_authenticator(self, caller: Caller, password: str, origin: str | None = None) -> None:
        """Sign-ins need no code any more."""
        row = await self._require_password(caller, password, origin)
        values = {"totp_secret": None, "totp_confirmed_at": None, "totp_last_step": None}
        async with acting(self._engine, caller, origin) as connection:
            await connection.execute(update(account).where(account.c.id == row.id).values(values))

    async def begin_session(
        self,
        row: Row[Any],
        values: Mapping[str, Any],
        still: Sequence[ColumnElement[bool]],
        by: WayIn,
        origin: str | None,
    ) -> SignedIn:
        """Change the account, and make the session's key: if what was found is `still` so."""
        ends = self._clock.now() + timedelta(hours=self._settings.session_hours)
        query = update(account).where(
            account.c.id == row.id, account.c.disabled_at.is_(None), account.c.role == row.role,
            account.c.division == row.division, *still,
        )  # fmt: skip
        async with serving(self._engine, origin) as connection:
            if (await connection.execute(query.values(**values))).rowcount == 0:
                raise Problem("sign_in_refused")
            token = await create_key(
                connection, self._clock, name=row.name, division=DivisionCode(row.division),
                rights=ROLES[row.role].rights, role=row.role, account_id=row.id, expires_at=ends, signed_in_by=by,
            )  # fmt: skip
            await record(
                connection, "signed_in", "account", subject=str(row.id), division=row.division, account_id=row.id,
                details={"by": by},
            )  # fmt: skip
        return SignedIn(token, ends, row.role, row.division, by == "password" and row.must_change_password)

    async def _account(self, caller: Caller) -> Row[Any]:
        async with acting(self._engine, caller) as connection:
            return (await connection.execute(select(account).where(account.c.id == caller.account_id))).one()

    async def _require_password(self, caller: Caller, password: str, origin: str | None) -> Row[Any]:
        row = await self._account(caller)
        self._names.take(row.name)
        self._require_open(row.locked_until)
        if not await self._is_right(row, password):
            await self._count_failure(row.name, row, origin)
            raise Problem("password_wrong")
        return row

    def _require_open(self, locked_until: datetime | None) -> None:
        now = self._clock.now()
        if locked_until is None or locked_until <= now:
            return
        seconds = int((locked_until - now).total_seconds()) + 1
        until = locked_until.astimezone(now.tzinfo).strftime("%Y-%m-%d %H:%M:%S")
        raise Problem("account_locked", {"until": until}, headers={"Retry-After": str(seconds)})

    async def _count_failure(self, login: str, row: Row[Any] | None, origin: str | None) -> None:
        most, until = (
            self._settings.failed_sign_ins,
            self._clock.now() + timedelta(minutes=self._settings.lock_minutes),
        )
        if row is None:
            failed = self._strangers.get(login, (0, None))[0] + 1
            self._strangers[login] = (0, until) if failed >= most else (failed, None)
            async with serving(self._engine, origin) as connection:
                await note_failure(connection, None, "password")
            return
        count = account.c.failed_count + 1
        values = {
            "failed_count": case((count >= most, 0), else_=count),
            "locked_until": case((count >= most, until), else_=account.c.locked_until),
        }
        async with serving(self._engine, origin) as connection:
            await connection.execute(update(account).where(account.c.id == row.id).values(values))
            await note_failure(connection, row, "password")

    def _step_of(self, row: Row[Any], code: str) -> int | None:
        """The time step that the code is of, give or take one; None for a wrong code, or one taken before."""
        present = int(self._authenticators.now().timestamp()) // _STEP_SECONDS
        totp = pyotp.TOTP(row.totp_secret)
        given = code.replace(" ", "")
        for step in (present - 1, present, present + 1):
            is_new = row.totp_last_step is None or step > row.totp_last_step
            if is_new and hmac.compare_digest(totp.generate_otp(step).encode(), given.encode()):
                return step
        return None

    async def _is_right(self, row: Row[Any] | None, password: str) -> bool:
        kept = await asyncio.to_thread(_of_nobody) if row is None else row.password_hash
        async with self._hashing:
            return await asyncio.to_thread(_matches, kept, password)

    async def _hash(self, password: str) -> str:
        async with self._hashing:
            return await _hashed(password)


async def note_failure(connection: AsyncConnection, row: Row[Any] | None, by: WayIn) -> None:
    """The name that was typed is not kept where nobody has it: it may be a password."""
    subject, division, number = (None, None, None) if row is None else (str(row.id), row.division, row.id)
    await record(
        connection, "sign_in_failed", "account", subject=subject, division=division, account_id=number,
        details={"by": by},
    )  # fmt: skip


async def _hashed(password: str) -> str:
    return await asyncio.to_thread(_HASHER.hash, password)


@cache
def _of_nobody() -> str:
    """What the password of a name that nobody has is compared with, so that it takes as long."""
    return _HASHER.hash(secrets.token_hex())


def _matches(kept: str, password: str) -> bool:
    try:
        return _HASHER.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False
