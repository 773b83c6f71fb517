"""Whose account it is by the word of an OpenID provider: bound at the first sign-in, found by that ever after."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from services.core.people import People, SignedIn, folded, note_failure
from services.core.problems import Problem
from services.core.scopes import serving
from services.core.tables.accounts import account


@dataclass(frozen=True)
class Identity:
    """Who somebody is at a provider. Issuer and subject stay (OpenID Connect Core 5.7), the name may change."""

    issuer: str
    subject: str
    name: str | None


async def sign_in_by_oidc(engine: AsyncEngine, people: People, who: Identity | None, origin: str | None) -> SignedIn:
    """A new session of the account that is bound to `who`; at first of the one with that name, which is then bound.

    None is somebody whose proof was not good. Problem `sign_in_refused`, as for a wrong password. Locks, codes and
    one-time passwords are of passwords alone.
    """
    row = None if who is None else await _account_of(engine, who, origin)
    if who is None or row is None or row.disabled_at is not None or not _may_be(row, who):
        async with serving(engine, origin) as connection:
            await note_failure(connection, row, "oidc")
        raise Problem("sign_in_refused")
    values = {"oidc_issuer": who.issuer, "oidc_subject": who.subject}
    # Of two that come at once under one name the second finds it taken.
    still = [or_(account.c.oidc_subject.is_(None), _is_bound_to(who))]
    return await people.begin_session(row, values, still, "oidc", origin)


async def _account_of(engine: AsyncEngine, who: Identity, origin: str | None) -> Row[Any] | None:
    async with serving(engine, origin) as connection:
        row = (await connection.execute(select(account).where(_is_bound_to(who)))).one_or_none()
        if row is None and who.name is not None:
            named = select(account).where(account.c.name == folded(who.name))
            row = (await connection.execute(named)).one_or_none()
    return row


def _is_bound_to(who: Identity) -> ColumnElement[bool]:
    return and_(account.c.oidc_issuer == who.issuer, account.c.oidc_subject == who.subject)


def _may_be(row: Row[Any], who: Identity) -> bool:
    """Whether the account is nobody's yet at a provider, or theirs."""
    return row.oidc_subject is None or (row.oidc_issuer, row.oidc_subject) == (who.issuer, who.subject)
