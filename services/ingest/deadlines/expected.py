"""Expected reports, read once and remembered: their units never change after a period opened."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

from cachetools import TTLCache
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from services.catalog.periods import Period
from services.catalog.schema import Form
from services.core.clock import Clock
from services.core.database import load_queries
from services.ingest.deadlines.opening import open_period

_QUERIES: Final = {name: text.encode() for name, text in load_queries("services.ingest.deadlines").items()}
_REMEMBERED: Final = 20_000
_REMEMBERED_SECONDS: Final = 60.0
"""Units are frozen, deadlines may be put off: what is remembered is read again after this time."""

_Key = tuple[str, str, str]


@dataclass(frozen=True)
class ExpectedReport:
    """What one reporter owes for one period: rows for `units`, in order of their codes."""

    units: tuple[str, ...]
    on_time_until: datetime
    closes_at: datetime

    @cached_property
    def unit_set(self) -> frozenset[str]:
        """The units, to look one up."""
        return frozenset(self.units)


class ExpectedReports:
    """Looks up expected reports, opening the period where nobody has yet."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: TTLCache[_Key, ExpectedReport] = TTLCache(_REMEMBERED, _REMEMBERED_SECONDS)

    async def read(
        self, driver: AsyncConnection[TupleRow], form: Form, period: Period, division: str, *, may_open: bool
    ) -> ExpectedReport | None:
        """What `division` owes; None when nothing is due from it. The period must have begun.

        What this transaction opened, be it for another report, is not remembered: it may yet be rolled back.
        """
        key = (form.form, str(period), division)
        known: ExpectedReport | None = self._known.get(key)
        if known is not None:
            return known
        found = await self._find(driver, key)
        if found is None and may_open:
            # Whoever opened it meanwhile, it is open now: so look again, whatever was opened here.
            await open_period(driver, self._clock, form, period)
            found = await self._find(driver, key)
        return found

    async def _find(self, driver: AsyncConnection[TupleRow], key: _Key) -> ExpectedReport | None:
        values: Mapping[str, str] = dict(zip(("form", "period", "division"), key, strict=True))
        row = await (await driver.execute(_QUERIES["expected_report"], values)).fetchone()
        if row is None:
            return None
        units, on_time_until, closes_at, is_lasting = row
        found = ExpectedReport(tuple(units), on_time_until, closes_at)
        if is_lasting:
            self._known[key] = found
        return found
