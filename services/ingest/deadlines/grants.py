"""A period is open again for one reporter, for a reason and until a moment: reports may come after all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from services.catalog.divisions import DivisionCode
from services.catalog.submission_life import sides
from services.core.accounts import Caller
from services.core.clock import TIME_ZONE
from services.core.database import load_queries
from services.core.problems import Problem
from services.ingest.contents import Content
from services.ingest.deadlines.schemas import DivisionName, Reopening
from services.ingest.deadlines.titles import Titles
from services.ingest.faults import envelope_fault, printable

_QUERIES: Final = {
    name: text.encode() for name, text in load_queries("services.ingest.deadlines", "grants.sql").items()
}  # fmt: skip

MEMBERS: Final = ("form", "period", "division", "reason", "until")

ReportKey = tuple[str, str, str]
"""Form, period and who reports."""


@dataclass(frozen=True)
class Asked:
    """Which report may come again, why, and until when."""

    form: str
    period: str
    division: DivisionCode
    reason: str
    until: datetime


def read_asked(content: Content, now: datetime) -> Asked:
    """What a request asks for; Problem with everything that is wrong with it."""
    form, period = content.name("form", required=True), content.name("period", required=True)
    division, reason = content.division("division", required=True), content.text("reason", required=True)
    until = content.moment("until")
    if until is not None and until <= now:
        content.blame("too_early", "until", earliest=now.isoformat(timespec="minutes"))
    content.refuse()
    assert form and period and division and reason and until
    return Asked(form, period, division, reason, until)


async def grant(driver: AsyncConnection[TupleRow], caller: Caller, asked: Asked, now: datetime) -> int:
    """The number of a new reopening; Problem unless the caller stands above the reporter, who has to report."""
    if not caller.may_see(asked.division):
        raise Problem("division_forbidden", {"division": asked.division.code, "scope": caller.scope.code})
    if "above" not in sides(asked.division, caller.scope):
        raise Problem("reopened_from_above", {"division": asked.division.code})
    report = {"form": asked.form, "period": asked.period, "division": asked.division.code}
    values = {
        **report, "reason": asked.reason, "until": asked.until, "at": now, "granted_by": caller.scope.code,
        "key_id": caller.key_id,
    }  # fmt: skip
    row = await (await driver.execute(_QUERIES["insert"], values)).fetchone()
    if row is None:
        fault = envelope_fault("report_not_expected", "", {name: printable(text) for name, text in report.items()})
        raise Problem("content_invalid", {"count": 1}, [fault])
    number: int = row[0]
    return number


async def read_reopenings(
    driver: AsyncConnection[TupleRow], values: Mapping[str, object], titles: Titles
) -> list[Reopening]:
    """Reopenings that fit the filters, the last first."""
    rows = await (await driver.execute(_QUERIES["reopenings"], values)).fetchall()
    return [
        Reopening(
            number, form, titles.of(form), period, DivisionName(division, name or division), reason,
            until.astimezone(TIME_ZONE), at.astimezone(TIME_ZONE), granted_by,
        )
        for number, form, period, division, name, reason, until, at, granted_by in rows
    ]  # fmt: skip


async def is_reopened(driver: AsyncConnection[TupleRow], report: ReportKey, now: datetime) -> bool:
    """Whether a reporter may report again, or still."""
    form, period, division = report
    values = {"form": form, "period": period, "division": division, "now": now}
    return await (await driver.execute(_QUERIES["standing"], values)).fetchone() is not None
