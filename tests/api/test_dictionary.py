"""The catalog as the api tells it, periods, divisions, health."""

import pytest

from services.api.dictionary.describe import describe_catalog
from tests.builders.divisions import CITY, LICHENG
from tests.builders.reading_api import CATALOG, ReadingApi

METRICS = {m.metric: m for system in describe_catalog(CATALOG) for m in system.metrics}


async def test_every_system_of_the_catalog_is_told(api: ReadingApi) -> None:
    answer = (await api.get("catalog")).json()

    assert [s["system"] for s in answer["systems"]] == [s.system for s in CATALOG.systems]
    assert answer["version"] == CATALOG.version


@pytest.mark.parametrize(
    ("metric", "periodicity", "levels"),
    [
        ("meeting_held_rate", "month", ["village", "township", "county", "city"]),
        ("key_task_progress_rate", "month", ["township", "county", "city"]),
        ("star_score", "year", ["village", "township", "county", "city"]),
    ],
)
def test_a_metric_says_when_and_where_it_has_values(metric: str, periodicity: str, levels: list[str]) -> None:
    assert (METRICS[metric].periodicity, METRICS[metric].levels) == (periodicity, levels)


async def test_periods_stand_by_their_first_day(api: ReadingApi) -> None:
    answer = (await api.get("periods")).json()

    assert [(p["period"], p["last_on"]) for p in answer["periods"]] == [
        ("2021-10", "2021-10-31"), ("2021-11", "2021-11-30"),
    ]  # fmt: skip
    assert answer["simulated"] is True


async def test_a_division_says_what_it_is_and_how_many_villages_report(api: ReadingApi) -> None:
    division = (await api.get(f"divisions/{LICHENG}")).json()["division"]

    assert (division["parent"], division["villages"], division["valid_to"]) == (CITY, 4, None)


async def test_readiness_tells_the_truth(api: ReadingApi) -> None:
    answer = await api.client.get("/readyz")

    assert (answer.status_code, answer.json()["snapshot"], answer.json()["age_seconds"]) == (
        200, "snapshot-000001", 349_200,
    )  # fmt: skip


async def test_without_a_snapshot_it_lives_but_is_not_ready(empty_api: ReadingApi) -> None:
    assert (await empty_api.client.get("/healthz")).status_code == 200
    assert (await empty_api.client.get("/readyz")).status_code == 503
