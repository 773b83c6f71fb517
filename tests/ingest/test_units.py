"""Which divisions a report is about: what a clerk finds on the sheet, before anything is typed."""

import pytest

from services.catalog.periods import Period
from services.core.database import driver_of
from services.ingest.deadlines.opening import open_period
from tests.builders.keys import a_key
from tests.builders.moments import at
from tests.builders.reports import COUNTY, NEIGHBOUR, TOWNSHIP, VILLAGES


@pytest.fixture
async def october(engine, clock, catalog):
    """Visits of October are asked for."""
    clock.set(at("2021-11-05 09:00"))
    async with engine.begin() as connection:
        await open_period(driver_of(connection), clock, catalog.forms["trial_visit"], Period.parse("2021-10"))


async def units(client, division, period="2021-10", form="trial_visit"):
    return await client.get(f"/v1/forms/{form}/units", params={"division": division, "period": period})


async def test_a_report_is_about_every_village_of_its_township_by_name(desk, october):
    told = (await units(desk, TOWNSHIP)).json()["units"]

    assert set(VILLAGES) <= {unit["code"] for unit in told}
    assert all(unit["name"] not in ("", unit["code"]) for unit in told)
    assert [unit["code"] for unit in told] == sorted(unit["code"] for unit in told)


@pytest.mark.parametrize(("division", "period"), [(TOWNSHIP, "2021-09"), (COUNTY, "2021-10"), (TOWNSHIP, "x\0")])
async def test_where_nothing_is_due_there_is_nothing_to_fill(desk, october, division, period):
    assert (await units(desk, division, period)).status_code in (404, 422)


async def test_outside_the_scope_nothing_is_told(client, engine, clock, october):
    key = await a_key(engine, clock, division=NEIGHBOUR, rights=["read"])
    client.headers["authorization"] = f"Bearer {key}"

    answer = await units(client, TOWNSHIP)

    assert answer.json()["code"] == "parameter_unknown_division"
