"""Reads of what was refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from services.catalog.divisions import DivisionCode
from services.core.clock import TIME_ZONE
from services.core.database import load_queries
from services.core.sealing import Seal
from services.ingest.deadlines.schemas import DivisionName
from services.ingest.quarantine.keeping import SEALED_AS
from services.ingest.quarantine.schemas import RefusedReport

Driver = AsyncConnection[TupleRow]

_QUERIES: Final = {name: text.encode() for name, text in load_queries("services.ingest.quarantine").items()}


@dataclass(frozen=True)
class Quarantine:
    """What was refused of keys within a scope; it is kept for so many days."""

    driver: Driver
    scope: DivisionCode
    days: int
    seal: Seal

    async def read_page(self, before: int | None, limit: int) -> list[RefusedReport]:
        """The last of them, before a number."""
        values = {
            "prefix": self.scope.prefix, "before": before, "limit": limit, "overhead": self.seal.OVERHEAD,
        }  # fmt: skip
        rows = await (await self.driver.execute(_QUERIES["refused"], values)).fetchall()
        return [self._refused(row) for row in rows]

    async def read_one(self, number: int) -> tuple[RefusedReport, msgspec.Raw] | None:
        """One of them, and the problem that was answered; None when it is absent or outside the scope."""
        found = await self.read_page(number + 1, 1)
        if not found or found[0].id != number:
            return None
        row = await (await self.driver.execute(_QUERIES["problem"], {"id": number})).fetchone()
        assert row is not None
        return found[0], msgspec.Raw(row[0].encode())

    async def read_body(self, number: int) -> tuple[bytes, str] | None:
        """What was sent, and the division whose key sent it; None when it is absent or outside the scope."""
        values = {"id": number, "prefix": self.scope.prefix}
        row = await (await self.driver.execute(_QUERIES["body"], values)).fetchone()
        return None if row is None else (self.seal.open(row[0], SEALED_AS), row[1])

    def _refused(self, row: Sequence[Any]) -> RefusedReport:
        number, received_at, sender, name, *others = row
        received = received_at.astimezone(TIME_ZONE)
        columns: tuple[Any, ...] = (
            number, received, received + timedelta(days=self.days), DivisionName(sender, name or sender), *others,
        )  # fmt: skip
        return RefusedReport(*columns)
