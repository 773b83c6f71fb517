"""Adding a work system is adding a file: from its report to its value over HTTP, without a line of code."""

from pathlib import Path

import httpx
import pytest

from services.api.app import create_app
from services.catalog.load import load_catalog
from tests.analytics.conftest import CityMaker
from tests.builders.keys import a_key
from tests.builders.small_city import CITY, F1, FORD, SmallCity

NEW_SYSTEM = """
system: wells
number: 93
title: {zh: 水井, en: Wells}
description: {zh: 水井。, en: Wells.}
forms:
  - form: wells
    title: {zh: 水井, en: Wells}
    periodicity: quarter
    grain: village
    due: {days: 5, close_days: 90}
    fields:
      - {field: wells, title: {zh: 口数, en: Wells}, type: integer, maximum: 50}
      - {field: clean, title: {zh: 合格, en: Clean}, type: integer, maximum: 50}
metrics:
  - metric: clean_wells
    title: {zh: 水井合格率, en: Clean wells}
    description: {zh: 合格水井占比。, en: Clean wells as a share of all.}
    form: wells
    unit: percent
    format: share
    direction: higher
    divisions: ratio
    periods: last
    formulas: [{numerator: clean, denominator: wells}]
cards:
  - rule: wells_not_clean
    title: {zh: 水井不合格, en: Wells not clean}
    text: {zh: "{division}合格率{value}。", en: "{division}: {value} clean."}
    metric: clean_wells
    level: village
    periodicity: quarter
    yellow: {when: value < 0.5}
    deadline_days: 10
    escalate_days: 5
"""


@pytest.fixture
def wells_city(city_maker: CityMaker, tmp_path: Path):
    """A city whose catalog has one file more."""
    (tmp_path / "wells.yaml").write_text(NEW_SYSTEM, "utf-8")
    with city_maker(load_catalog(tmp_path)) as city:
        yield city


async def answered(city: SmallCity, path: str) -> httpx.Response:
    """What the api answers over the city's newest snapshot."""
    app = create_app(
        settings=city.settings, engine=city.engine, database_url=city.address, clock=city.clock, catalog=city.catalog
    )
    headers = {"authorization": f"Bearer {await a_key(city.engine, city.clock)}"}
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api", headers=headers)
    async with app.router.lifespan_context(app), client:
        return await client.get(path)


def test_a_system_that_is_one_file_is_reported_computed_judged_and_served(wells_city: SmallCity):
    wells_city.report("wells", "2021-Q4", FORD, [{"division": F1, "wells": 8, "clean": 2}])
    wells_city.refresh()

    path = f"/v1/values?metric=clean_wells&period=2021-Q4&division={CITY}"
    answer = wells_city.runner.run(answered(wells_city, path))

    assert answer.status_code == 200, answer.text
    reading = answer.json()["readings"][0]
    assert (reading["value"], reading["reported"], reading["expected"]) == (0.25, 1, 8)
    assert wells_city.ask("select rule, division, colour from card") == [("wells_not_clean", F1, "yellow")]
