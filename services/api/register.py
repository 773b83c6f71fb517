"""Divisions out of Postgres, for what must work before there is a snapshot: names, and who is in a scope."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import cast

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.api.parameters import malformed
from services.api.schemas import DivisionRef, Level
from services.catalog.divisions import DivisionCode, InvalidDivisionCode
from services.core.accounts import Caller
from services.core.problems import Problem
from services.core.tables.divisions import division


async def read_names(connection: AsyncConnection, codes: Iterable[str]) -> Mapping[str, DivisionRef]:
    """Each division by its code, with the name it has or last had; one that was never registered by its code."""
    wanted = set(codes)
    query = (
        select(division.c.code, division.c.name, division.c.level)
        .where(division.c.code.in_(wanted))
        .order_by(division.c.valid_from)
    )
    names = {code: DivisionRef(code, code, cast(Level, DivisionCode(code).level)) for code in wanted}
    return names | {row.code: DivisionRef(*row) for row in await connection.execute(query)}


async def require_present(connection: AsyncConnection, caller: Caller, codes: Iterable[str], today: date) -> None:
    """Problem unless every division is in force today and in the caller's scope: absent and forbidden are alike."""
    wanted = list(dict.fromkeys(codes))
    in_force = or_(division.c.valid_to.is_(None), division.c.valid_to > today)
    query = select(division.c.code).where(division.c.code.in_(wanted), division.c.valid_from <= today, in_force)
    present = set((await connection.execute(query)).scalars())
    for code in wanted:
        if code not in present or not caller.may_see(DivisionCode(code)):
            raise Problem("parameter_unknown_division", {"given": code})


async def prefix_within(connection: AsyncConnection, caller: Caller, code: str | None) -> str:
    """What the codes at or below a division begin with; without one those of the caller's scope."""
    if code is None:
        return caller.scope.prefix
    try:
        asked = DivisionCode(code)
    except InvalidDivisionCode as error:
        raise malformed("query/division", "division_invalid", given=code) from error
    query = select(division.c.id).where(division.c.code == code).limit(1)
    if not caller.may_see(asked) or (await connection.execute(query)).first() is None:
        raise Problem("parameter_unknown_division", {"given": code})
    return asked.prefix
