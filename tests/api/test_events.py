"""Word of what changes."""

import asyncio

import pytest

from services.api import events as room
from services.api.board import Board
from tests.builders.divisions import CITY
from tests.builders.reading_api import ReadingApi, a_listener, until_it_says
from tests.builders.snapshots import Value


async def test_who_comes_hears_first_how_things_stand(api: ReadingApi) -> None:
    async with a_listener(api) as chunks:
        said = await until_it_says(chunks, "event: snapshot")

    assert 'data: {"snapshot":"snapshot-000001","as_of":"2021-12-06T09:00:00+08:00"}' in said
    assert 'event: pending\ndata: {"pending":0}' in said


async def test_a_new_snapshot_is_announced(api: ReadingApi) -> None:
    async with a_listener(api) as chunks:
        await until_it_says(chunks, "snapshot-000001")
        await api.publish(Value(CITY, 1))

        said = await until_it_says(chunks, "snapshot-000002")

    assert "pending" not in said


async def test_what_becomes_pending_is_announced(api: ReadingApi) -> None:
    async with a_listener(api) as chunks:
        await until_it_says(chunks, "snapshot-000001")
        await api.report()

        said = await until_it_says(chunks, '{"pending":1}')

    assert "snapshot" not in said


async def test_a_silent_stream_shows_that_it_is_alive(monkeypatch: pytest.MonkeyPatch, api: ReadingApi) -> None:
    monkeypatch.setattr(room, "HEARTBEAT_SECONDS", 0.01)

    async with a_listener(api) as chunks:
        assert await until_it_says(chunks, ": still here")


async def test_before_the_first_snapshot_the_stream_is_open_and_waits(empty_api: ReadingApi) -> None:
    async with a_listener(empty_api) as chunks:
        await until_it_says(chunks, "retry:")
        await empty_api.publish(Value(CITY, 1))

        assert await until_it_says(chunks, "snapshot-000001")


async def test_streams_end_when_the_api_ends() -> None:
    board = Board()
    stream = room.events(board)
    await anext(stream)
    waiting = asyncio.ensure_future(anext(stream, b"the end"))
    await asyncio.sleep(0.01)

    board.end()

    assert await asyncio.wait_for(waiting, 1) == b"the end"
