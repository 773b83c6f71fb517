"""Lines that came together are taken in one transaction: nobody can tell but by the time that it takes."""

import asyncio
import json

import psycopg
import pytest

from services.catalog.divisions import DivisionCode
from services.core.accounts import Caller
from services.ingest.submissions.batches import Batch, results
from tests.builders.keys import CITY
from tests.builders.reports import NEIGHBOUR, TOWNSHIP, a_report, a_row
from tests.ingest.test_batches import NEXT, SOUND, lines, outcome, send

OTHER = a_report(division=NEIGHBOUR, rows=[a_row("370104010201")])
WRONG = a_report(division=NEIGHBOUR, rows=[a_row("370104010201", hours=-1)])
WAITING = "select pid from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"


@pytest.fixture
def batch(desk, stored):
    """What the desk's key sends, not over HTTP."""
    [(key_id,)] = stored.read("select id from api_key")
    return Batch(Caller(key_id, DivisionCode(CITY), frozenset(["report"])), "en", 100_000, dry_run=False)


async def parts(*together):
    """A body of which some reports come together."""
    for reports in together:
        yield lines(*reports)


async def test_a_wrong_line_spoils_none_of_those_that_came_with_it(desk, stored):
    found = await send(desk, WRONG | {"idempotency_key": "a"}, SOUND | {"idempotency_key": "b"}, OTHER)
    again = await send(desk, WRONG | {"idempotency_key": "a"}, SOUND | {"idempotency_key": "b"})

    assert [*map(outcome, found)] == [(1, 422, "submission_invalid"), (2, 201, None), (3, 201, None)]
    assert again == found[:2]
    assert (stored.count("submission"), stored.count("quarantine")) == (2, 1)


async def test_a_line_looks_back_at_the_period_that_came_with_it(desk):
    [_, result] = await send(
        desk, a_report(a_row(hours=1), period="2021-09"), a_report(a_row(hours=900), period="2021-10")
    )

    assert "hours_steady" in {warning["code"] for warning in result["submission"]["warnings"]}


async def test_of_two_lines_with_one_key_the_first_is_taken(desk, stored):
    found = await send(desk, SOUND | {"idempotency_key": "a"}, OTHER | {"idempotency_key": "a"})

    assert [*map(outcome, found)] == [(1, 201, None), (2, 422, "idempotency_key_reused")]
    assert stored.read("select division from submission") == [(TOWNSHIP,)]


async def test_what_the_database_refuses_for_one_line_is_told_of_that_line_alone(desk, database, stored):
    refused = f"alter table submission add constraint closed check (division <> '{NEIGHBOUR}') not valid"
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(refused.encode())
        try:
            found = await send(desk, SOUND, OTHER, NEXT)
        finally:
            connection.execute("alter table submission drop constraint closed")

    assert [*map(outcome, found)] == [(1, 201, None), (2, 500, "internal"), (3, 503, "line_not_tried")]
    assert stored.count("submission") == 1


async def test_of_many_senders_of_the_same_lines_one_is_taken_and_none_waits_for_ever(desk, stored):
    orders = [(SOUND, OTHER), (OTHER, SOUND)] * 4

    found = await asyncio.gather(*[send(desk, *order) for order in orders])
    corrected = await asyncio.gather(
        *[send(desk, *[report | {"base_revision": 1} for report in order]) for order in orders]
    )

    for answers, revision in ((found, 1), (corrected, 2)):
        statuses = sorted(result["status"] for results in answers for result in results)
        assert statuses == [201, 201] + [409] * 14
        assert stored.count(f"submission where revision = {revision}") == 2


async def test_lines_whose_connection_was_lost_are_told_so_at_once_and_may_be_sent_again(desk, database, stored):
    await send(desk, SOUND, OTHER)
    with psycopg.connect(database) as holder, psycopg.connect(database, autocommit=True) as watcher:
        holder.execute("select from submission for update")
        sending = asyncio.create_task(send(desk, NEXT, OTHER | {"base_revision": 1}))
        while not (waiting := watcher.execute(WAITING).fetchall()):
            await asyncio.sleep(0.01)
        watcher.execute("select pg_terminate_backend(%s)", waiting[0])
        async with asyncio.timeout(10):
            lost = await sending
        holder.rollback()

    again = await send(desk, NEXT, OTHER | {"base_revision": 1})

    assert [*map(outcome, lost)] == [(1, 503, "database_unavailable"), (2, 503, "line_not_tried")]
    assert [*map(outcome, again)] == [(1, 201, None), (2, 201, None)]
    assert stored.count("submission") == 4


async def test_a_period_that_was_opened_in_vain_is_opened_again(desk, database, stored):
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("alter table submission add constraint full_up check (false) not valid")
        try:
            await send(desk, SOUND, OTHER)
        finally:
            connection.execute("alter table submission drop constraint full_up")

    [result] = await send(desk, OTHER)

    assert result["status"] == 201
    assert stored.count(f"expected_report where division = '{NEIGHBOUR}'") == 1


async def test_what_is_unique_elsewhere_is_not_tried_for_ever(desk, database):
    await send(desk, SOUND, OTHER)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("create unique index once on submission_row (division)")
        try:
            async with asyncio.timeout(10):
                found = await send(desk, NEXT, OTHER | {"base_revision": 1})
        finally:
            connection.execute("drop index once")

    assert [*map(outcome, found)] == [(1, 500, "internal"), (2, 503, "line_not_tried")]


async def test_a_batch_that_is_given_up_ends_though_nobody_fetches_its_results(batch, app, engine):
    found = results(app.state.intake, engine, batch, parts(*[[SOUND]] * 12))
    await anext(found)
    await asyncio.sleep(0.5)

    async with asyncio.timeout(5):
        await found.aclose()


async def test_no_line_overtakes_one_that_was_given_up(batch, app, desk, engine, database, stored):
    await send(desk, SOUND)
    second, third = (a_report(base_revision=n, idempotency_key=f"k{n}") for n in (1, 2))
    with psycopg.connect(database) as holder, psycopg.connect(database, autocommit=True) as watcher:
        holder.execute("select from submission for update")
        found = results(app.state.intake, engine, batch, parts([second], [third]))
        fetching = asyncio.create_task(anext(found))
        while not watcher.execute(WAITING).fetchall():
            await asyncio.sleep(0.01)
        fetching.cancel()
        await asyncio.sleep(0.1)
        holder.rollback()
        await asyncio.wait([fetching])

    again = await send(desk, second, third)

    assert [*map(outcome, again)] == [(1, 201, None), (2, 201, None)]


async def test_a_line_is_tried_though_a_later_one_is_left_undecided_before_it(batch, app, desk, engine, database):
    await send(desk, SOUND)
    plan = {"form": "trial_plan", "period": "2021-Q3", "division": NEIGHBOUR, "idempotency_key": "k"}
    refused = f"alter table submission add constraint closed check (division <> '{NEIGHBOUR}') not valid"
    with psycopg.connect(database) as holder, psycopg.connect(database, autocommit=True) as connection:
        connection.execute(refused.encode())
        try:
            holder.execute("select from submission for update")
            holder.execute(
                "select pg_advisory_xact_lock(hashtextextended(%s || ' k', 7262))", [str(batch.caller.key_id)]
            )
            found = results(app.state.intake, engine, batch, parts([NEXT, OTHER], [plan]))
            fetching = asyncio.create_task(anext(found))
            await asyncio.sleep(0.5)  # the third is answered meanwhile, the first waits
            holder.rollback()
            told = [*map(json.loads, (await fetching).splitlines())]
            told += [json.loads(line) async for part in found for line in part.splitlines()]
        finally:
            connection.execute("alter table submission drop constraint closed")

    assert [*map(outcome, told)] == [(1, 201, None), (2, 500, "internal"), (3, 409, "request_in_progress")]
