"""Keys of machines, made as the product makes them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from services.catalog.divisions import DivisionCode
from services.core.accounts import Right, create_key
from services.core.clock import Clock

CITY = "370100000000"


async def a_key(
    engine: AsyncEngine,
    clock: Clock,
    *,
    division: str = CITY,
    rights: Sequence[Right] = ("report", "read"),
    expires_at: datetime | None = None,
) -> str:
    async with engine.begin() as connection:
        return await create_key(
            connection, clock, name="test", division=DivisionCode(division), rights=rights, expires_at=expires_at
        )
