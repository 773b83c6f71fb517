"""What was known then: kept snapshots are listed, found by name or moment, and opened when they are asked for."""

import gc
import weakref
from datetime import datetime, timedelta

import pytest

from tests.builders.divisions import CITY, LICHENG
from tests.builders.reading_api import ReadingApi
from tests.builders.snapshots import AS_OF, Value

PATHS = (
    f"drilldown/{CITY}?period=2021-11",
    f"values?metric=meeting_held_rate&period=2021-11&division={CITY}",
    f"rankings?metric=meeting_held_rate&period=2021-11&division={CITY}",
    f"explain/meeting_held_rate?period=2021-11&division={CITY}",
)
DRILLDOWN = PATHS[0]


def on_day(number: int) -> datetime:
    return AS_OF + timedelta(days=number - 1)


@pytest.fixture
async def days(empty_api: ReadingApi) -> ReadingApi:
    """The api with a snapshot of each of four days; the city's value is the number of the day."""
    for number in range(1, 5):
        await empty_api.publish(Value(CITY, number), as_of=on_day(number))
    return empty_api


async def read_at(api: ReadingApi, as_of: str) -> tuple[str, float]:
    """The snapshot that answers, and what it says."""
    answer = (await api.get(DRILLDOWN, as_of=as_of)).json()
    return answer["snapshot"], answer["own"][0]["value"]


async def test_the_kept_snapshots_are_listed_the_newest_first(days: ReadingApi) -> None:
    answer = (await days.get("snapshots", LICHENG)).json()

    assert answer == {
        "snapshots": [
            {"name": f"snapshot-{number:06}", "as_of": on_day(number).isoformat()} for number in (4, 3, 2, 1)
        ]
    }


@pytest.mark.parametrize("path", PATHS)
async def test_every_reading_can_be_had_as_it_was(days: ReadingApi, path: str) -> None:
    now, then = [(await days.get(path, **asked)).json() for asked in ({}, {"as_of": "snapshot-000002"})]

    assert (now["snapshot"], then["snapshot"]) == ("snapshot-000004", "snapshot-000002")
    assert then["as_of"] == on_day(2).isoformat()


@pytest.mark.parametrize(
    ("as_of", "number"),
    [
        ("snapshot-000002", 2),
        ("snapshot-2", 2),
        ("snapshot-000099", 4),
        ("2021-12-07T09:00:00+08:00", 2),
        ("2021-12-07T08:59:59+08:00", 1),
        ("2021-12-07T01:00:00Z", 2),
        ("2021-12-07T12:00", 2),
        ("2021-12-07", 2),
        ("2031-01-01", 4),
    ],
)
async def test_the_newest_that_is_not_after_it_answers(days: ReadingApi, as_of: str, number: int) -> None:
    assert await read_at(days, as_of) == (f"snapshot-{number:06}", number)


async def test_the_plus_of_an_offset_may_stand_unescaped(days: ReadingApi) -> None:
    answer = await days.get(f"{DRILLDOWN}&as_of=2021-12-07T09:00:00+08:00")

    assert answer.json()["snapshot"] == "snapshot-000002"


@pytest.mark.parametrize("as_of", ["snapshot-000000", "2021-12-01"])
async def test_before_all_that_is_kept_it_says_what_is(days: ReadingApi, as_of: str) -> None:
    answer = await days.get(DRILLDOWN, as_of=as_of)

    assert (answer.status_code, answer.json()["code"]) == (404, "snapshot_unknown")
    assert "snapshot-000001 (2021-12-06T09:00:00+08:00)" in answer.json()["text"]["zh"]


@pytest.mark.parametrize("as_of", ["yesterday", "snapshot-one", "snapshot-" + "9" * 5000, ""])
async def test_what_is_neither_a_name_nor_a_moment_is_refused(days: ReadingApi, as_of: str) -> None:
    answer = await days.get(DRILLDOWN, as_of=as_of)

    assert (answer.status_code, answer.json()["where"]) == (422, "query/as_of")


async def test_a_snapshot_that_was_removed_is_not_kept_any_more(days: ReadingApi) -> None:
    await read_at(days, "snapshot-000003")
    (days.settings.snapshot_dir / "snapshot-000002.duckdb").unlink()

    assert await read_at(days, "snapshot-000002") == ("snapshot-000001", 1)
    assert len((await days.get("snapshots")).json()["snapshots"]) == 3


async def test_a_damaged_file_is_not_listed(days: ReadingApi) -> None:
    (days.settings.snapshot_dir / "snapshot-000003.duckdb").write_bytes(b"no database")

    assert await read_at(days, "snapshot-000003") == ("snapshot-000002", 2)


async def test_no_more_than_two_old_snapshots_are_open(days: ReadingApi) -> None:
    await read_at(days, "snapshot-000001")
    kept = days.app.state.kept
    first = weakref.ref(next(iter(kept._open.values())).snapshot)

    for number in (2, 3):
        await read_at(days, f"snapshot-{number:06}")
    gc.collect()

    assert (list(kept._open), first()) == (["snapshot-000002", "snapshot-000003"], None)


async def test_an_old_answer_is_remembered_and_has_a_tag(days: ReadingApi, monkeypatch) -> None:
    first = await days.get(DRILLDOWN, as_of="snapshot-000002")
    monkeypatch.delattr(type(days.app.state.kept), "at")

    again = await days.get(DRILLDOWN, as_of="snapshot-000002", headers={"if-none-match": first.headers["etag"]})

    assert again.status_code == 304


async def test_what_came_later_is_pending_for_an_old_snapshot(empty_api: ReadingApi) -> None:
    await empty_api.publish(Value(CITY, 1), as_of=on_day(1))
    number = await empty_api.report()
    await empty_api.publish(Value(CITY, 2), as_of=on_day(2), submissions=[number])

    now, then = [(await empty_api.get(DRILLDOWN, **a)).json() for a in ({}, {"as_of": "snapshot-000001"})]

    assert (now["pending"], then["pending"]) == (0, 1)


async def test_an_old_snapshot_is_told_within_the_scope_alone(days: ReadingApi) -> None:
    answer = await days.get(DRILLDOWN, LICHENG, as_of="snapshot-000002")

    assert answer.json()["code"] == "parameter_unknown_division"
