"""What is acknowledged but not yet in the numbers."""

import asyncio

from sqlalchemy import text

from services.api.pending import Ledger
from services.core.tables.submissions import submission
from tests.builders.reading_api import ReadingApi
from tests.builders.snapshots import Value


def _pending(api: ReadingApi) -> int:
    return int(api.app.state.board.served.pending)


async def test_a_submission_is_pending_until_a_snapshot_contains_it(api: ReadingApi) -> None:
    number = await api.report()
    await api.until(lambda: _pending(api) == 1)
    told = (await api.get("periods")).json()["pending"]

    await api.publish(Value("370100000000", 1), submissions=[number])

    assert (told, (await api.get("periods")).json()["pending"]) == (1, 0)


async def test_two_revisions_of_a_report_are_one_pending_report(api: ReadingApi) -> None:
    await api.report(revision=1)
    await api.report(revision=2)
    await api.report(period="2021-10")

    await api.until(lambda: _pending(api) == 2)


async def test_a_correction_of_a_report_in_the_snapshot_is_pending(api: ReadingApi) -> None:
    first = await api.report(revision=1)
    await api.publish(Value("370100000000", 1), submissions=[first])
    before = _pending(api)

    await api.report(revision=2)

    assert before == 0
    await api.until(lambda: _pending(api) == 1)


async def test_a_submission_that_commits_late_is_counted(api: ReadingApi) -> None:
    ledger = Ledger()
    await api.report(period="2021-01")
    query = submission.insert().from_select(
        [c.name for c in submission.c if c.name != "transaction_id"],
        _copied_as("2021-02"),
    )

    async with api.engine.connect() as slow:
        await slow.execute(query)
        await api.report(period="2021-03")
        async with api.engine.connect() as reader:
            await ledger.read_on(reader)
        early = ledger.pending
        await slow.commit()
    async with api.engine.connect() as reader:
        await ledger.read_on(reader)

    assert (early, ledger.pending) == (2, 3)


async def test_reports_that_nobody_announced_are_counted_at_the_next_look(api: ReadingApi) -> None:
    await api.report()
    await asyncio.sleep(0.4)

    assert _pending(api) == 1


def _copied_as(period: str):
    from sqlalchemy import func, literal, select

    changed = {"id": func.gen_random_uuid(), "period": literal(period)}
    return select(*(changed.get(c.name, c) for c in submission.c if c.name != "transaction_id"))


async def test_a_withdrawal_is_pending_until_the_snapshot_lacks_the_report(api: ReadingApi) -> None:
    number = await api.report()
    await api.publish(Value("370100000000", 1), submissions=[number])
    before = _pending(api)

    async with api.engine.begin() as connection:
        now = "pg_current_xact_id()::text::bigint"
        await connection.execute(text(f"update submission set state = 'withdrawn', transaction_id = {now}"))
    await api.until(lambda: _pending(api) == 1)
    await api.publish(Value("370100000000", 1), submissions=[])

    assert (before, _pending(api)) == (0, 0)
