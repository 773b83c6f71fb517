"""A period opens with its first day: who must report what by when is frozen then."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import psycopg
import pytest

from services.catalog.periods import Period
from services.core.database import driver_of
from services.ingest.deadlines.opening import deadlines_of, open_period, open_present_periods
from tests.builders.moments import at
from tests.builders.reports import COMMUNITY, COUNTY, TOWNSHIP, VILLAGES, a_report, a_row

URL = "/v1/submissions"


async def opened(engine, clock, form, period):
    async with engine.begin() as connection:
        return await open_period(driver_of(connection), clock, form, Period.parse(period))


async def test_a_township_owes_a_row_for_each_of_its_villages_and_none_for_communities(
    engine, clock, catalog, stored
):
    await opened(engine, clock, catalog.forms["trial_visit"], "2021-10")

    [(units,)] = stored.read(f"select units from expected_report where division = '{TOWNSHIP}'")
    assert (units, COMMUNITY in units) == (list(VILLAGES), False)


async def test_every_township_with_villages_reports_and_no_other(engine, clock, catalog, stored):
    reporters = await opened(engine, clock, catalog.forms["trial_visit"], "2021-10")

    assert reporters == 111
    assert stored.read("select count(distinct unnest) from expected_report, unnest(units)") == [(4691,)]


async def test_a_form_of_townships_is_reported_by_the_same_townships_for_themselves(engine, clock, catalog, stored):
    reporters = await opened(engine, clock, catalog.forms["trial_plan"], "2021-Q3")

    assert reporters == 111
    assert stored.read("select count(*) from expected_report where units = array[division]") == [(111,)]


async def test_a_form_of_counties_is_reported_by_counties(engine, clock, catalog, stored):
    await opened(engine, clock, catalog.forms["trial_study"], "2021-H1")

    kept = stored.read(f"select units from expected_report where division = '{COUNTY}'")
    assert kept == [([COUNTY],)]
    assert stored.read("select distinct right(division, 6) from expected_report") == [("000000",)]


def test_deadlines_are_the_ends_of_their_days_in_shanghai(catalog):
    deadlines = deadlines_of(catalog.forms["trial_visit"], Period.parse("2021-10"))

    assert deadlines.due_at.isoformat() == "2021-11-06T00:00:00+08:00"
    assert deadlines.on_time_until.isoformat() == "2021-11-09T00:00:00+08:00"
    assert deadlines.closes_at.isoformat() == "2022-01-30T00:00:00+08:00"


async def test_opening_a_period_again_changes_nothing(engine, clock, catalog, stored):
    form = catalog.forms["trial_visit"]
    await opened(engine, clock, form, "2021-10")
    before = stored.read("select * from expected_report order by division")
    clock.set(at("2021-11-20 00:00"))

    assert await opened(engine, clock, form, "2021-10") == 0
    assert stored.read("select * from expected_report order by division") == before


async def test_opening_a_period_many_times_at_once_opens_it_once(engine, clock, catalog, stored):
    form = catalog.forms["trial_visit"]

    counts = await asyncio.gather(*[opened(engine, clock, form, "2021-10") for _ in range(6)])

    assert sum(counts) == stored.count("expected_report") == 111


async def test_a_village_that_is_registered_later_changes_no_open_period(desk, database, stored):
    await desk.post(URL, json=a_report())
    with a_new_village(database, "370104009298", valid_from=date(2021, 1, 1)):
        answer = await desk.post(URL, json=a_report(a_row("370104009298"), base_revision=1))

    assert [e["code"] for e in answer.json()["errors"]] == ["village_elsewhere"]


@pytest.mark.parametrize(("valid_from", "counts"), [(date(2021, 10, 1), 4), (date(2021, 10, 2), 3)])
async def test_villages_count_that_are_there_on_the_first_day(
    valid_from, counts, engine, clock, catalog, database, stored
):
    with a_new_village(database, "370104009298", valid_from=valid_from):
        await opened(engine, clock, catalog.forms["trial_visit"], "2021-10")

    assert stored.read(f"select cardinality(units) from expected_report where division = '{TOWNSHIP}'") == [(counts,)]


async def test_the_first_report_opens_its_period_for_everybody(desk, stored):
    await desk.post(URL, json=a_report())

    assert stored.read("select form, period, count(*) from expected_report group by 1, 2") == [
        ("trial_visit", "2021-10", 111)
    ]


async def test_a_closed_period_is_not_opened_by_a_late_report(desk, stored):
    await desk.post(URL, json=a_report(period="2020-10"))

    assert stored.count("expected_report") == 0


async def test_a_period_that_was_put_off_takes_reports_again(desk, database, clock):
    await desk.post(f"{URL}", json=a_report(division="370104010000", rows=[a_row("370104010201")]))
    with psycopg.connect(database) as connection:
        connection.execute("update expected_report set closes_at = '2022-06-01'")
    clock.set(at("2022-03-01 00:00"))

    answer = await desk.post(URL, json=a_report())

    assert (answer.status_code, answer.json()["on_time"]) == (201, False)


async def test_on_a_new_installation_only_the_present_period_of_every_form_opens(engine, clock, catalog, stored):
    forms = [form for form in catalog.reported_forms.values() if form.form.startswith("trial_")]

    await open_present_periods(engine, clock, forms)

    assert sorted(stored.read("select distinct form, period from expected_report")) == [
        ("trial_plan", "2021-Q4"), ("trial_study", "2021-H2"), ("trial_visit", "2021-11"),
    ]  # fmt: skip


async def test_periods_that_began_while_the_service_was_down_open_when_it_is_back(engine, clock, catalog, stored):
    forms = [catalog.forms["trial_visit"]]
    await open_present_periods(engine, clock, forms)
    clock.set(at("2022-02-03 09:00"))

    await open_present_periods(engine, clock, forms)

    periods = [period for (period,) in stored.read("select distinct period from expected_report order by 1")]
    assert periods == ["2021-11", "2021-12", "2022-01", "2022-02"]


async def test_a_running_service_opens_periods_at_its_start(app, catalog, stored):
    async with app.router.lifespan_context(app):
        async with asyncio.timeout(20):
            expected = len(catalog.reported_forms)
            while stored.count("(select distinct form, period from expected_report) as p") < expected:
                await asyncio.sleep(0.05)

    asked = {form for (form,) in stored.read("select distinct form from expected_report")}
    assert asked == set(catalog.reported_forms)


@contextmanager
def a_new_village(address: str, code: str, *, valid_from: date) -> Iterator[None]:
    """A village below TOWNSHIP, in the register for a while."""
    insert = (
        "insert into division (scheme, code, name, level, kind, parent_id, valid_from)"
        " select 'nbs', %s, '新村', 'village', 'village', id, %s from division where code = %s"
    )
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(insert, [code, valid_from, TOWNSHIP])
        try:
            yield
        finally:
            connection.execute("delete from division where code = %s", [code])


async def test_a_period_is_announced_when_it_opens_and_not_when_somebody_reports_who_need_not(desk, database):
    heard = []
    with psycopg.connect(database, autocommit=True) as listener:
        listener.execute("listen rorc_submissions")
        for report in (a_report(a_row(hours=-1)), a_report(division=COUNTY)):
            assert (await desk.post("/v1/submissions", json=report)).status_code == 422
            heard.append([notice.payload for notice in listener.notifies(timeout=0.5)])

    assert heard == [["trial_visit 2021-10"], []]
