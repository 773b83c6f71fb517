"""New snapshots are served without a restart, whole or not at all."""

import asyncio
import gc
import weakref

import duckdb

from services.api.snapshot import Snapshot, newest_snapshot
from tests.builders.divisions import CITY
from tests.builders.reading_api import ReadingApi
from tests.builders.snapshots import Value, a_snapshot

PATH = f"drilldown/{CITY}?period=2021-11"


async def test_before_the_first_snapshot_the_api_says_so(empty_api: ReadingApi) -> None:
    answer = await empty_api.get("periods")

    assert (answer.status_code, answer.json()["code"]) == (503, "snapshot_missing")


async def test_a_new_snapshot_is_served_without_a_restart(api: ReadingApi) -> None:
    await api.publish(Value(CITY, 0.9))

    answer = (await api.get(PATH)).json()

    assert (answer["snapshot"], answer["own"][0]["value"]) == ("snapshot-000002", 0.9)


async def test_a_snapshot_nobody_announced_is_found(api: ReadingApi) -> None:
    a_snapshot(api.settings.snapshot_dir, 2, [Value(CITY, 0.9)])

    await api.until(lambda: api.app.state.board.served.snapshot.name == "snapshot-000002")


async def test_no_request_fails_and_none_is_mixed_while_snapshots_change(api: ReadingApi) -> None:
    seen: list[tuple[int, str, float]] = []

    async def ask() -> None:
        while api.published < 6:
            answer = await api.get(PATH)
            body = answer.json()
            seen.append((answer.status_code, body["snapshot"], body["own"][0]["value"]))
            await asyncio.sleep(0.001)

    readers = [asyncio.create_task(ask()) for _ in range(4)]
    for number in range(2, 7):
        await api.publish(Value(CITY, number))
    await asyncio.gather(*readers)

    assert {status for status, _, _ in seen} == {200}
    assert all(name == "snapshot-000001" or name == f"snapshot-{int(value):06}" for _, name, value in seen)


async def test_what_was_read_from_the_old_snapshot_is_in_memory_before_the_new_one_is_served(api: ReadingApi) -> None:
    await api.get(PATH)

    await api.publish(Value(CITY, 0.9))

    assert list(api.app.state.board.served.snapshot._slices) == ["2021-11"]


async def test_a_half_written_file_is_never_opened(api: ReadingApi) -> None:
    (api.settings.snapshot_dir / "snapshot-000002.duckdb.part").write_bytes(b"half of it")

    assert newest_snapshot(api.settings.snapshot_dir).name == "snapshot-000001.duckdb"


def test_the_highest_number_is_the_newest_however_many_digits_it_has(tmp_path) -> None:
    for number in (9, 999_999, 1_000_000):
        (tmp_path / f"snapshot-{number:06}.duckdb").touch()

    assert newest_snapshot(tmp_path).name == "snapshot-1000000.duckdb"


async def test_a_damaged_file_leaves_the_last_good_snapshot(api: ReadingApi) -> None:
    (api.settings.snapshot_dir / "snapshot-000002.duckdb").write_bytes(b"no database")
    await asyncio.sleep(0.5)

    assert (await api.get(PATH)).json()["snapshot"] == "snapshot-000001"


async def test_the_old_snapshot_is_let_go(api: ReadingApi) -> None:
    await api.get(PATH)
    old = weakref.ref(api.app.state.board.served.snapshot)

    await api.publish(Value(CITY, 0.9))
    await api.get(PATH)
    gc.collect()

    assert old() is None


async def test_no_more_periods_are_held_than_the_setting_says(tmp_path) -> None:
    values = [Value(CITY, 1, period=f"2021-{month:02}") for month in range(1, 13)]
    snapshot = Snapshot(a_snapshot(tmp_path, 1, values), hot_periods=2)

    for value in values:
        await snapshot.slice_of(value.period)

    assert list(snapshot._slices) == ["2021-11", "2021-12"]


async def test_a_period_is_loaded_once_however_many_ask(tmp_path, monkeypatch) -> None:
    snapshot = Snapshot(a_snapshot(tmp_path, 1, [Value(CITY, 1)]), hot_periods=2)

    slices = await asyncio.gather(*(snapshot.slice_of("2021-11") for _ in range(20)))

    assert len({id(found) for found in slices}) == 1


async def test_values_of_an_unknown_division_do_not_get_in(api: ReadingApi) -> None:
    path = a_snapshot(api.settings.snapshot_dir / "aside", 2, [Value(CITY, 9)])
    with duckdb.connect(path) as connection:
        connection.execute("update marts.metric_values set division = '370188000000'")
    await api.get(PATH)

    path.rename(api.settings.snapshot_dir / path.name)
    await asyncio.sleep(0.5)

    assert (await api.get(PATH)).json()["snapshot"] == "snapshot-000001"


async def test_what_a_new_snapshot_has_unchanged_is_taken_over_and_what_changed_is_read_anew(tmp_path) -> None:
    older = Snapshot(a_snapshot(tmp_path, 1, [Value(CITY, 1), Value(CITY, 5, metric="star_score")]), hot_periods=2)
    held = await older.slice_of("2021-11")
    path = a_snapshot(tmp_path, 2, [Value(CITY, 2), Value(CITY, 5, metric="star_score")])
    with duckdb.connect(path) as connection:
        connection.execute("update marts.changes set snapshot = 'snapshot-000001' where metric = 'star_score'")

    newer = Snapshot(path, hot_periods=2)
    newer.take_over(older)
    found = await newer.slice_of("2021-11")

    assert found.metrics["star_score"] is held.metrics["star_score"]
    assert [reading.value for reading in found.own(CITY)] == [2, 5]
    assert [reading.value for reading in held.own(CITY)] == [1, 5]


async def test_nothing_is_taken_over_when_the_divisions_are_others(tmp_path) -> None:
    older = Snapshot(a_snapshot(tmp_path, 1, [Value(CITY, 1)]), hot_periods=2)
    held = await older.slice_of("2021-11")
    path = a_snapshot(tmp_path, 2, [Value(CITY, 1)])
    with duckdb.connect(path) as connection:
        connection.execute("update marts.divisions set name = '新名' where code = ?", [CITY])
        connection.execute("update marts.changes set snapshot = 'snapshot-000001'")

    newer = Snapshot(path, hot_periods=2)
    newer.take_over(older)
    found = await newer.slice_of("2021-11")

    assert found.metrics["meeting_held_rate"] is not held.metrics["meeting_held_rate"]
