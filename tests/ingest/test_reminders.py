"""Who has not reported is reminded three days before, the day before, on the day and when it is late; once each."""

import asyncio

import psycopg
import pytest

from services.catalog.periods import Period
from services.core.database import REMINDERS_CHANNEL, driver_of
from services.ingest.deadlines.opening import open_period
from services.ingest.deadlines.reminders import write_reminders
from tests.builders.moments import at
from tests.builders.reports import COUNTY, NEIGHBOUR, TOWNSHIP, VILLAGES, a_report

URL = "/v1/calendar/reminders"


@pytest.fixture
async def november(engine, clock, catalog):
    """Visits of November are asked for, up to the 5th of December."""
    async with engine.begin() as connection:
        await open_period(driver_of(connection), clock, catalog.forms["trial_visit"], Period.parse("2021-11"))


async def on(engine, clock, moment):
    clock.set(at(moment))
    return await write_reminders(engine, clock)


async def kinds(desks, division=TOWNSHIP, **asked):
    answer = await desks.get(URL, COUNTY, division=division, **asked)
    assert answer.status_code == 200, answer.text
    return [reminder["kind"] for reminder in answer.json()["reminders"]]


async def test_each_kind_comes_on_its_day_and_once(desks, engine, clock, november):
    counts = [
        await on(engine, clock, moment)
        for moment in (
            "2021-12-01 23:59", "2021-12-02 00:00", "2021-12-02 01:00", "2021-12-03 09:00", "2021-12-04 00:00",
            "2021-12-05 00:00", "2021-12-05 23:59", "2021-12-06 00:00", "2021-12-20 00:00",
        )
    ]  # fmt: skip

    assert counts == [0, 111, 0, 0, 111, 111, 0, 111, 0]
    assert await kinds(desks) == ["late", "t", "t-1", "t-3"]


async def test_of_several_that_were_missed_only_the_newest_is_written(desks, engine, clock, november):
    await on(engine, clock, "2021-12-05 10:00")
    await on(engine, clock, "2022-01-10 10:00")

    assert await kinds(desks) == ["late", "t"]


async def test_whoever_has_reported_is_not_reminded_until_the_report_is_withdrawn(desks, engine, clock, november):
    receipt = await desks.send(a_report(period="2021-11"))
    await on(engine, clock, "2021-12-02 10:00")
    before = await kinds(desks), await kinds(desks, NEIGHBOUR)
    await desks.take(receipt["id"], "withdrawn", TOWNSHIP)
    await on(engine, clock, "2021-12-04 10:00")

    assert before == ([], ["t-3"])
    assert await kinds(desks) == ["t-1"]


async def test_nobody_is_reminded_of_what_has_closed_unless_it_is_open_again(desks, engine, clock, november):
    closed = await on(engine, clock, "2022-03-05 09:00")
    reopening = {"form": "trial_visit", "period": "2021-11", "division": TOWNSHIP, "reason": "停电"}
    await desks.post("/v1/calendar/reopenings", reopening | {"until": "2022-03-09T00:00:00+08:00"}, COUNTY)

    assert (closed, await write_reminders(engine, clock)) == (0, 1)


async def test_a_reminder_says_of_what_and_shows_in_the_calendar(desks, engine, clock, november):
    await on(engine, clock, "2021-12-02 10:00")

    [told] = (await desks.get(URL, TOWNSHIP)).json()["reminders"]
    [item] = (await desks.get("/v1/calendar", TOWNSHIP)).json()["calendar"]

    assert told | {"id": 0} == {
        "id": 0, "form": "trial_visit", "title": {"zh": "走访", "en": "Visits"}, "period": "2021-11",
        "division": item["division"], "kind": "t-3", "due_on": "2021-12-05", "at": "2021-12-02T10:00:00+08:00",
    }  # fmt: skip
    assert item["reminders"] == ["t-3"]


async def test_reminders_can_be_read_from_a_moment_on_and_page_by_page(desks, engine, clock, november):
    await on(engine, clock, "2021-12-02 10:00")
    await on(engine, clock, "2021-12-04 10:00")

    assert await kinds(desks, since="2021-12-03") == await kinds(desks, since="2021-12-04T10:00:00+08:00") == ["t-1"]
    assert await kinds(desks, since="2021-12-04T10:00:01+08:00") == []
    page = await desks.get(URL, TOWNSHIP, limit=1)
    behind = await desks.get(page.links["next"]["url"], TOWNSHIP)
    assert [r["kind"] for r in page.json()["reminders"] + behind.json()["reminders"]] == ["t-1", "t-3"]
    assert (await desks.get(URL, since="soon")).status_code == 422


async def test_a_village_sees_the_reminders_of_its_township(desks, engine, clock, november):
    await on(engine, clock, "2021-12-02 10:00")

    found = (await desks.get(URL, VILLAGES[0])).json()["reminders"]

    assert [reminder["division"]["code"] for reminder in found] == [TOWNSHIP]


async def test_reminders_are_announced_form_by_form(engine, clock, database, november):
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as listener:
        await listener.execute(f"listen {REMINDERS_CHANNEL}".encode())
        await on(engine, clock, "2021-12-02 10:00")

        heard = [notice.payload async for notice in listener.notifies(timeout=5, stop_after=1)]

    assert heard == ["trial_visit 2021-11 t-3"]


async def test_a_running_service_reminds_by_itself(app, clock, stored, november):
    clock.set(at("2021-12-02 10:00"))

    async with app.router.lifespan_context(app), asyncio.timeout(20):
        while not stored.count("reminder where form = 'trial_visit'"):
            await asyncio.sleep(0.05)
