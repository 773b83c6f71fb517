"""What the simulated offices do at the center: as much as was published, in order, and taken by the api's desks."""

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from services.analytics.publish import published
from services.analytics.refresh import Refresher
from services.catalog.periods import Period
from services.core.accounts import KeyRing
from services.core.clock import SteppedClock
from services.core.database import create_engine, driver_of
from services.core.settings import Settings
from services.demo.records.meetings import meetings
from services.demo.records.orders import contact_points, orders
from services.demo.records.steps import Office, steps_of, take_steps
from services.demo.systems.rectification import cases
from services.demo.timeline import ENDS
from services.ingest.deadlines.opening import open_period
from tests.builders.keys import a_key
from tests.builders.simulated_reports import keeps
from tests.builders.simulated_reports import published as published_of
from tests.builders.small_city import CATALOG, CITY, read_file, the_systems

ABOUT_VILLAGES = {metric for metric, found in CATALOG.metrics.items() if found.form == "rectification"}
SUPERVISED = the_systems("rectification", "supervision")
YEARS = ("2019", "2020", "2021")


def test_orders_and_letters_go_to_the_townships_of_listed_villages_while_their_case_lasts():
    lasting = {(f"{case.village.code[:9]}000", case.listed_on, case.accepted_on) for case in cases().values()}

    for plan in (plan for plan in orders() if plan.metric in ABOUT_VILLAGES):
        day = plan.issued_at.date()
        assert [case for case in lasting if case[0] == plan.addressee and case[1] <= day <= case[2]]


def test_as_many_orders_and_contact_points_are_simulated_as_were_published():
    about = [p for p in orders() if p.metric in ABOUT_VILLAGES and p.kind != "site_inspection" and p.issued_at < ENDS]
    totals = {"weak_village_orders": len(about), "contact_townships": len({p.township for p in contact_points()})}

    listed = published_of("supervision")

    assert {metric: keeps(listed[metric], total) for metric, total in totals.items()} == dict.fromkeys(listed, True)


def test_replies_come_in_time_late_or_not_yet():
    known = [plan for plan in orders() if plan.issued_at < ENDS]
    answered = [plan for plan in known if plan.steps and plan.steps[0][0] < ENDS]
    in_time = [plan for plan in answered if plan.steps[0][0].date() <= plan.due_on]

    assert 0.8 < len(in_time) / len(answered) < 1
    assert any(plan.due_on < ENDS.date() for plan in known if plan not in answered)


def test_every_holder_has_its_meetings_and_few_are_missed():
    held = Counter((plan.kind, plan.holder == CITY) for plan in meetings() if plan.period < "2022")

    assert (held["work_meeting", True], held["quarterly_analysis", True]) == (36, 12)
    assert 12 * 36 * 0.96 < held["work_meeting", False] < 12 * 36
    assert 12 * 12 * 0.9 < held["quarterly_analysis", False] < 12 * 12
    assert 12 * 6 * 0.9 < held["committee_study", False] <= 12 * 6


def test_steps_stand_in_order_and_before_the_end():
    steps = steps_of(CATALOG)

    assert all(before.at <= after.at < ENDS for before, after in pairwise(steps))


def test_a_catalog_that_reads_no_records_has_none():
    assert steps_of(the_systems("county_product")) == []


@pytest.fixture
async def kept(database: str, tmp_path: Path) -> Path:
    """The snapshot of a city of which only orders and contact points are known."""
    settings = Settings(data_dir=tmp_path, database_url=database)
    clock, engine = SteppedClock(ENDS), create_engine(database)
    caller = await KeyRing(engine, clock).caller(f"Bearer {await a_key(engine, clock, rights=['act'])}")
    office = Office(caller, SUPERVISED, clock)
    async with engine.begin() as connection:
        for step in steps_of(SUPERVISED):
            clock.set(step.at)
            await take_steps(office, connection, [step])
        for period in ("2019-Q1", "2021-Q4"):
            form = SUPERVISED.forms["rectification"]
            await open_period(driver_of(connection), clock, form, Period.parse(period))
    await engine.dispose()
    Refresher(settings, database, SUPERVISED, SteppedClock(ENDS)).refresh()
    return settings.snapshot_dir / f"{published(settings.snapshot_dir)[-1]}.duckdb"


async def test_the_published_totals_come_out_of_the_warehouse(kept: Path):
    question = f"select period, value from marts.metric_values where division = '{CITY}' and metric = "

    found = {metric: dict(read_file(kept, f"{question}'{metric}'")) for metric in published_of("supervision")}

    totals = published_of("supervision")
    assert keeps(totals["weak_village_orders"], sum(found["weak_village_orders"][year] for year in YEARS))
    assert keeps(totals["contact_townships"], found["contact_townships"]["2021"])
