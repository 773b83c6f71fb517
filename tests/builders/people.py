"""Accounts of people, made as the product makes them, and the codes of their authenticators."""

import pyotp
from sqlalchemy.ext.asyncio import AsyncEngine

from services.catalog.divisions import DivisionCode
from services.core.accounts import Role
from services.core.clock import Clock
from services.core.people import create_account

CITY = "370100000000"
PASSWORD = "sorghum-terrace-lantern"


async def an_account(
    engine: AsyncEngine,
    clock: Clock,
    name: str = "desk",
    *,
    role: Role = "city",
    division: str = CITY,
    password: str | None = PASSWORD,
) -> tuple[int, str]:
    """Its number and its password; with None it gets a one-time password."""
    async with engine.begin() as connection:
        return await create_account(
            connection, clock, name=name, role=role, division=DivisionCode(division), password=password
        )


def a_code(secret: str, clock: Clock, *, later: int = 0) -> str:
    """What an authenticator shows, some steps of thirty seconds later."""
    return pyotp.TOTP(secret).at(int(clock.now().timestamp()) + 30 * later)
