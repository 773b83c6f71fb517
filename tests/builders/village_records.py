"""Expected reports and submissions with rows in Postgres, as ingest keeps them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from services.core.database import SUBMISSIONS_CHANNEL
from services.core.tables.submissions import expected_report, submission, submission_row
from tests.builders.divisions import CITY, ONE, SHANDALU, THREE, TWO
from tests.builders.reading_api import ReadingApi
from tests.builders.snapshots import AS_OF

Row = Mapping[str, Any]


async def expect(
    api: ReadingApi,
    form: str,
    period: str = "2021-11",
    *,
    due_at: str = "2021-12-06T00:00:00+08:00",
    units: Sequence[str] = (ONE, TWO, THREE),
) -> None:
    """A report that a township owes, with three days of grace."""
    due = datetime.fromisoformat(due_at)
    values = {
        "form": form, "period": period, "division": SHANDALU, "units": list(units), "opened_at": AS_OF,
        "due_at": due, "on_time_until": due + timedelta(days=3), "closes_at": due + timedelta(days=90),
    }  # fmt: skip
    async with api.engine.begin() as connection:
        await connection.execute(expected_report.insert().values(values))


async def hand_in(
    api: ReadingApi,
    form: str,
    period: str = "2021-11",
    rows: Sequence[Row] = ({"division": ONE},),
    *,
    revision: int = 1,
    on_time: bool = True,
    state: str = "received",
) -> UUID:
    """A township's report; a row's `division` says which village it is about, `nil` that it has nothing to report."""
    assert await api.key(CITY)
    number = uuid4()
    values = {
        "id": number, "form": form, "form_version": 1, "catalog_version": "test", "period": period,
        "division": SHANDALU, "revision": revision, "nil": False, "row_count": len(rows), "content_hash": "",
        "received_at": AS_OF, "on_time": on_time, "warnings": [], "key_id": 1, "state": state,
    }  # fmt: skip
    kept = [_kept(number, place, row) for place, row in enumerate(rows, start=1)]
    async with api.engine.begin() as connection:
        await connection.execute(submission.insert().values(values))
        if kept:
            await connection.execute(submission_row.insert(), kept)
        await connection.exec_driver_sql(f"notify {SUBMISSIONS_CHANNEL}, 'test'")
    return number


def _kept(number: UUID, place: int, row: Row) -> dict[str, Any]:
    fields = {name: value for name, value in row.items() if name not in ("division", "nil")}
    return {
        "submission_id": number, "number": place, "division": row["division"], "nil": row.get("nil", False),
        "fields": fields,
    }  # fmt: skip
