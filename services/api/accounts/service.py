"""What an administrator does with accounts and keys, and how they are told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NoReturn

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.api.accounts.schemas import (
    AccountAnswer,
    AccountChange,
    AccountEntry,
    AccountsAnswer,
    KeyAnswer,
    KeyEntry,
    KeysAnswer,
    MeAnswer,
    NewAccount,
    NewKey,
)  # fmt: skip
from services.api.parameters import Position
from services.api.records import fault, refuse
from services.api.register import prefix_within, read_names
from services.catalog.divisions import DivisionCode
from services.core import accounts, people
from services.core.accounts import ROLES, Caller, Right
from services.core.clock import TIME_ZONE, Clock
from services.core.problems import Problem
from services.core.tables.accounts import account, api_key


class After(Position, frozen=True, array_like=True):
    """The account that the page before ended with."""

    name: str


@dataclass(frozen=True)
class Administration:
    """Accounts and keys within an administrator's scope, in one transaction."""

    connection: AsyncConnection
    caller: Caller
    clock: Clock

    async def accounts(
        self, division: str | None, role: str | None, after: After | None, limit: int
    ) -> AccountsAnswer:
        """Accounts at and below a division, by name."""
        prefix = await prefix_within(self.connection, self.caller, division)
        conditions: list[ColumnElement[bool]] = [account.c.division.startswith(prefix, autoescape=True)]
        if role is not None:
            conditions.append(account.c.role == role)
        if after is not None:
            conditions.append(account.c.name > after.name)
        query = _accounts().where(*conditions).order_by(account.c.name).limit(limit + 1)
        rows = (await self.connection.execute(query)).all()
        behind = str(After(rows[limit - 1].name)) if len(rows) > limit else None
        return AccountsAnswer(await self._entries(rows[:limit]), behind)

    async def account(self, number: int, one_time_password: str | None = None) -> AccountAnswer:
        """One account; Problem `not_found` outside the scope too."""
        row = (await self.connection.execute(_accounts().where(account.c.id == number))).one_or_none()
        if row is None or not self.caller.may_see(DivisionCode(row.division)):
            raise Problem("not_found")
        [entry] = await self._entries([row])
        return AccountAnswer(entry, one_time_password)

    async def create_account(self, content: NewAccount) -> AccountAnswer:
        """A new account with a one-time password."""
        number, password = await people.create_account(
            self.connection, self.clock, name=content.name, role=content.role,
            division=self._within(content.division), display_name=content.display_name,
        )  # fmt: skip
        return await self.account(number, password)

    async def change_account(self, number: int, change: AccountChange) -> AccountAnswer:
        """Change it; its sessions are over. Nobody disables the own account or gives it another role."""
        before = (await self.account(number)).account
        if change.model_fields_set - {"display_name"} and number == self.caller.account_id:
            raise Problem("account_is_own")
        values: dict[str, Any] = {}
        if change.role is not None or change.division is not None:
            role: Any = change.role or before.role
            code = self._within(change.division or before.division.code)
            people.require_role(role, code)
            await people.require_registered(self.connection, code)
            values |= {"role": role, "division": code.code}
        if "display_name" in change.model_fields_set:
            values["display_name"] = change.display_name
        if change.disabled is not None:
            values["disabled_at"] = (before.disabled_at or self.clock.now()) if change.disabled else None
        if change.unlock:
            values |= {"failed_count": 0, "locked_until": None}
        if change.unbind:
            values |= people.UNBOUND
        if values:
            await people.change_account(self.connection, self.clock, number, values)
        reset = await people.reset_password(self.connection, self.clock, number) if change.reset_password else None
        return await self.account(number, reset)

    async def keys(self) -> KeysAnswer:
        """The keys of machines, oldest first."""
        return KeysAnswer(await self._keys())

    async def create_key(self, content: NewKey) -> KeyAnswer:
        """A machine's key with the rights of a role, or with those that are named."""
        division = self._within(content.division)
        if (content.role is None) == (content.rights is None):
            refuse([fault("rights_or_role", "rights")])
        if content.role is not None and division.level not in ROLES[content.role].levels:
            levels = ", ".join(ROLES[content.role].levels)
            raise Problem("role_level_wrong", {"role": content.role, "given": division.code, "levels": levels})
        await people.require_registered(self.connection, division)
        rights: Sequence[Right] = ROLES[content.role].rights if content.role else (content.rights or ())
        expires_at = None if content.days is None else self.clock.now() + timedelta(days=content.days)
        token = await accounts.create_key(
            self.connection, self.clock, name=content.name, division=division, rights=list(dict.fromkeys(rights)),
            expires_at=expires_at, role=content.role,
        )  # fmt: skip
        return await self._key(token.split("_")[1], token)

    async def rotate_key(self, prefix: str, overlap: timedelta) -> KeyAnswer:
        """A new key in place of one, which is taken for a while longer."""
        await self._key(prefix)
        token = await accounts.rotate_key(self.connection, self.clock, prefix, overlap)
        if token is None:
            _unknown(prefix)
        return await self._key(token.split("_")[1], token)

    async def revoke_key(self, prefix: str) -> KeyAnswer:
        """Take a key out of use."""
        await self._key(prefix)
        if not await accounts.revoke_key(self.connection, self.clock, prefix):
            _unknown(prefix)
        return await self._key(prefix)

    def _within(self, code: str) -> DivisionCode:
        division = DivisionCode(code)
        if not self.caller.may_see(division):
            raise Problem("division_forbidden", {"division": code, "scope": self.caller.scope.code})
        return division

    async def _entries(self, rows: Sequence[Row[Any]]) -> list[AccountEntry]:
        names = await read_names(self.connection, [row.division for row in rows])
        now = self.clock.now()
        return [
            AccountEntry(
                row.id, row.name, row.display_name, row.role, names[row.division], _told(row.created_at) or "",
                _told(row.disabled_at), _told(_future(row.locked_until, now)),
                row.totp_confirmed_at is not None, row.oidc_subject is not None, row.must_change_password,
                _told(row.last_used_at),
            )
            for row in rows
        ]  # fmt: skip

    async def _keys(self) -> list[KeyEntry]:
        records = [
            key
            for key in await accounts.read_keys(self.connection)
            if self.caller.may_see(DivisionCode(key.division))
        ]
        names = await read_names(self.connection, [key.division for key in records])
        return [
            KeyEntry(
                key.prefix, key.name, names[key.division], key.role, _rights(key.rights), _told(key.created_at) or "",
                _told(key.expires_at), _told(key.revoked_at), _told(key.last_used_at),
            )
            for key in records
        ]  # fmt: skip

    async def _key(self, prefix: str, token: str | None = None) -> KeyAnswer:
        found = next((key for key in await self._keys() if key.prefix == prefix), None)
        return _unknown(prefix) if found is None else KeyAnswer(found, token)


async def who_calls(connection: AsyncConnection, caller: Caller) -> MeAnswer:
    """The caller as it sees itself."""
    query = select(api_key.c.name, api_key.c.expires_at).where(api_key.c.id == caller.key_id)
    key = (await connection.execute(query)).one()
    person = (await connection.execute(select(account).where(account.c.id == caller.account_id))).one_or_none()
    names = await read_names(connection, [caller.scope.code])
    return MeAnswer(
        name=key.name,
        display_name=person.display_name if person else None,
        account=caller.account_id,
        role=caller.role,
        division=names[caller.scope.code],
        rights=_rights(caller.rights),
        must_change_password=caller.must_change_password,
        authenticator=person is not None and person.totp_confirmed_at is not None,
        single_sign_on=person is not None and person.oidc_subject is not None,
        password_changed_at=_told(person.password_changed_at) if person else None,
        expires_at=_told(key.expires_at),
    )


def _accounts() -> Any:
    """Accounts, and when the newest of their sessions was last used."""
    used = select(func.max(api_key.c.last_used_at)).where(api_key.c.account_id == account.c.id).scalar_subquery()
    return select(account, used.label("last_used_at"))


def _rights(rights: Any) -> list[Right]:
    return sorted(rights)


def _future(moment: datetime | None, now: datetime) -> datetime | None:
    return moment if moment is not None and moment > now else None


def _told(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(TIME_ZONE).replace(microsecond=0).isoformat()


def _unknown(prefix: str) -> NoReturn:
    raise Problem("key_unknown", {"prefix": prefix})
