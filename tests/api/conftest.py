"""The api of these tests: running, with one snapshot of November and October."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.builders.divisions import (
    CHANGQING,
    CITY,
    FIVE,
    FOUR,
    HONGJIALOU,
    LICHENG,
    ONE,
    SHANDALU,
    THREE,
    TWO,
    WENCHANG,
)
from tests.builders.reading_api import ReadingApi, a_reading_api
from tests.builders.snapshots import Due, Value

NOVEMBER = (
    Value(CITY, 0.75, previous=0.5),
    Value(LICHENG, 0.75, rank=1, places=2),
    Value(CHANGQING, 0.5, rank=2, places=2),
    Value(SHANDALU, 0.5, rank=2, places=2, city_rank=2),
    Value(HONGJIALOU, 1, rank=1, places=2, city_rank=1),
    Value(WENCHANG, 0.5, rank=1, places=1, city_rank=2),
    Value(ONE, 0.5, rank=1, places=2, county_rank=2, city_rank=2),
    Value(TWO, 0.5, rank=1, places=2, county_rank=2, city_rank=2),
    Value(THREE, None),
    Value(FOUR, 1, rank=1, places=1, county_rank=1, city_rank=1),
    Value(FIVE, 0, rank=1, places=1, county_rank=1, city_rank=4),
)
OCTOBER = (Value(CITY, 0.5, period="2021-10"), Value(ONE, 0, period="2021-10"))
COMPLIANCE = (
    Due(CITY, 3, 2, 1, late=1, missing=1, corrected=1),
    Due(LICHENG, 2, 2, 1, late=1, corrected=1),
    Due(CHANGQING, 1, 0, 0, missing=1),
    Due(CITY, 3, 3, 3, form="pledge"),
    Due(CITY, 3, 0, 0, awaited=3, period="2021-12"),
)


@pytest.fixture
async def empty_api(database: str, tmp_path: Path) -> AsyncIterator[ReadingApi]:
    """The api before the first snapshot."""
    async with a_reading_api(database, tmp_path) as api:
        yield api


@pytest.fixture
async def api(empty_api: ReadingApi) -> ReadingApi:
    """The api with its first snapshot."""
    await empty_api.publish(*NOVEMBER, *OCTOBER, compliance=COMPLIANCE)
    return empty_api
