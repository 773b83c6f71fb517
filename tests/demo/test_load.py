"""The load opens periods as time would, each on its first day, whether the simulation fills the form or not."""

from pathlib import Path

import psycopg
import pytest
from rich.console import Console
from rich.progress import Progress

from services.core.clock import SteppedClock
from services.core.database import create_engine
from services.core.settings import Settings
from services.demo.load import CityLoad, serving_ingest
from services.demo.timeline import ENDS
from tests.builders.keys import a_key
from tests.builders.small_city import the_systems

CATALOG = the_systems("county_product", "stock", "supervision")
OPENED = """select period, (min(opened_at) at time zone 'Asia/Shanghai')::text, count(*)
from expected_report where form = %s group by period order by period"""


@pytest.fixture
async def loaded(database: str, tmp_path: Path) -> str:
    """The address of a database into which a small catalog's simulation was loaded."""
    settings = Settings(data_dir=tmp_path, database_url=database)
    clock, engine = SteppedClock(ENDS), create_engine(database)
    key = await a_key(engine, clock, rights=("report", "act"))
    async with serving_ingest(settings, engine, CATALOG, clock) as ingest:
        with Progress(console=Console(quiet=True)) as progress:
            await CityLoad(settings, database, CATALOG, engine, clock, progress).run(ingest, key)
    await engine.dispose()
    return database


ANSWERED = """select count(*) filter (where not in_time), count(*) filter (where issued_at > replied_at), count(*)
from supervision_order where extract(year from issued_at) = 2021"""


async def test_periods_open_and_orders_are_answered_as_the_years_pass(loaded):
    with psycopg.connect(loaded) as connection:
        filled = connection.execute(OPENED, ["county_product"]).fetchall()
        unfilled = connection.execute(OPENED, ["stock"]).fetchall()
        reports = connection.execute(
            "select form, period, count(*) from submission group by 1, 2 order by 2"
        ).fetchall()
        answered = connection.execute(ANSWERED).fetchone()

    assert answered is not None
    late, before_it_was_issued, orders = answered
    assert 0 < late < orders and before_it_was_issued == 0
    assert filled == [
        ("2021-H1", "2021-01-01 00:00:00", 12), ("2021-H2", "2021-07-01 00:00:00", 12),
        ("2022-H1", "2022-01-01 00:00:00", 12),
    ]  # fmt: skip
    assert [period for period, _, _ in unfilled] == [*(f"2021-{month:02}" for month in range(1, 13)), "2022-01"]
    assert reports == [("county_product", "2021-H1", 12), ("county_product", "2021-H2", 12)]
