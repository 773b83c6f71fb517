"""A running api before a real database and hand-made snapshots, and keys to ask it with."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from services.api.app import create_app
from services.api.open_cards import cards_version
from services.catalog.divisions import DivisionCode
from services.catalog.load import load_catalog
from services.core.accounts import Right, create_key
from services.core.clock import SteppedClock
from services.core.database import SNAPSHOTS_CHANNEL, SUBMISSIONS_CHANNEL, create_engine
from services.core.settings import Settings
from services.core.tables.cards import card, card_event
from services.core.tables.submissions import submission
from tests.builders.divisions import CITY, TREE
from tests.builders.snapshots import AS_OF, Value, a_snapshot

CATALOG = load_catalog()


@dataclass
class ReadingApi:
    """The app, what it stands on, and the few things a test does to it."""

    app: FastAPI
    engine: AsyncEngine
    clock: SteppedClock
    settings: Settings
    client: httpx.AsyncClient
    published: int = 0
    keys: dict[str, str] = field(default_factory=dict)

    async def get(
        self, path: str, scope: str = CITY, headers: dict[str, str] | None = None, **params: Any
    ) -> httpx.Response:
        """What a key of `scope` is answered."""
        given = {"authorization": f"Bearer {await self.key(scope)}"} | (headers or {})
        return await self.client.get(httpx.URL(f"/v1/{path}").copy_merge_params(params), headers=given)

    async def send(
        self, method: str, path: str, content: Any = None, scope: str = CITY, seen: str | None = None, **headers: str
    ) -> httpx.Response:
        """What a key of `scope` that may act is answered; `seen` is the ETag it has of the record."""
        headers["authorization"] = f"Bearer {await self.key(scope, 'read', 'act')}"
        if seen is not None:
            headers["if-match"] = seen
        return await self.client.request(method, f"/v1/{path}", json=content, headers=headers)

    async def key(self, scope: str, *rights: Right) -> str:
        """A key with these rights there, to read without any; the same one every time."""
        name = " ".join([scope, *rights])
        if name not in self.keys:
            async with self.engine.begin() as connection:
                token = await create_key(
                    connection, self.clock, name="test", division=DivisionCode(scope), rights=rights or ["read"]
                )
            self.keys[name] = token
        return self.keys[name]

    async def read(self, number: int, scope: str = CITY) -> httpx.Response:
        """A card as a key of `scope` that may act finds it."""
        headers = {"authorization": f"Bearer {await self.key(scope, 'read', 'act')}"}
        return await self.client.get(f"/v1/cards/{number}", headers=headers)

    async def act(
        self, number: int, scope: str, body: Any, *, seen: str | None = "", key: str | None = None
    ) -> httpx.Response:
        """A step by a key of `scope`, upon the card as it is, or as it was `seen`; None does not say."""
        etag = (await self.read(number, scope)).headers.get("etag", '"none"') if seen == "" else seen
        headers = {"authorization": f"Bearer {key or await self.key(scope, 'read', 'act')}"}
        headers |= {} if etag is None else {"if-match": etag}
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        return await self.client.post(f"/v1/cards/{number}/events", content=content, headers=headers)

    async def publish(self, *values: Value, submissions: Sequence[UUID] = (), **made: Any) -> None:
        """A further snapshot, made as `a_snapshot` says, and announced; returns when it is served."""
        self.published += 1
        ids = [str(number) for number in submissions]
        a_snapshot(self.settings.snapshot_dir, self.published, values, submissions=ids, **made)
        await self.notify(SNAPSHOTS_CHANNEL)
        await self.until(lambda: self.app.state.board.served.snapshot.name.endswith(str(self.published)))

    async def notify(self, channel: str) -> None:
        """Announce something."""
        async with self.engine.begin() as connection:
            await connection.exec_driver_sql(f"notify {channel}, 'test'")

    async def until(self, holds: Any) -> None:
        """Wait until it holds; AssertionError after five seconds."""
        for _ in range(500):
            if self.app.state.board.served is not None and holds():
                return
            await asyncio.sleep(0.01)
        raise AssertionError("it never came to hold")

    async def report(self, period: str = "2021-11", revision: int = 1, division: str = CITY) -> UUID:
        """A submission as ingest commits and announces it."""
        key = await self.key(CITY)
        row = {
            "id": uuid4(), "form": "meeting_day", "form_version": 1, "catalog_version": "test",
            "period": period, "division": division, "revision": revision, "nil": False, "row_count": 0,
            "content_hash": "", "received_at": AS_OF, "on_time": True, "warnings": [], "key_id": 1,
        }  # fmt: skip
        assert key
        async with self.engine.begin() as connection:
            await connection.execute(submission.insert().values(row))
            await connection.exec_driver_sql(f"notify {SUBMISSIONS_CHANNEL}, 'test'")
        return row["id"]

    async def raise_card(
        self, division: str, colour: str = "red", status: str = "raised", due_on: str = "2021-12-20", **changes: Any
    ) -> int:
        """A card as judge raises and announces it."""
        evidence, day = evidence_about(division), date.fromisoformat(due_on)
        values = {
            "rule": f"rule_{uuid4().hex[:8]}", "division": division, "level": TREE[division][1], "colour": colour,
            "status": status, "period": "2021-11", "raised_at": AS_OF, "due_on": day,
            "acknowledge_by": date(2021, 12, 11), "evidence": evidence,
        } | changes  # fmt: skip
        async with self.engine.begin() as connection:
            number = (await connection.execute(card.insert().values(values).returning(card.c.id))).scalar_one()
            event = {
                "card_id": number, "event": "raised", "at": AS_OF, "colour": colour, "status": "raised",
                "actor": "system", "due_on": day, "evidence": evidence,
            }  # fmt: skip
            await connection.execute(card_event.insert().values(event))
            version = await cards_version(connection)
            await connection.exec_driver_sql(f"notify {SNAPSHOTS_CHANNEL}, 'test'")
        await self.until(lambda: self.app.state.board.served.directory.cards.version >= version)
        return int(number)


def evidence_about(division: str) -> dict[str, Any]:
    """What a card about a division rests on."""
    text = {"zh": "连续两月未开展", "en": "missed two months"}
    return {
        "rule": {"rule": "meeting_missed", "version": 1, "title": text, "condition": "value = 0", "text": text},
        "text": text, "metric": "meeting_held_rate", "value": 0, "previous": 0.5, "rank": None, "places": None,
        "reported": 1, "expected": 1, "snapshot": "snapshot-000001", "streak_periods": ["2021-11"],
        "submissions": [
            {
                "id": "s1", "form": "meeting_day", "period": "2021-11", "division": division, "revision": 1,
                "received_at": AS_OF.isoformat(), "on_time": True,
            }
        ],
    }  # fmt: skip


@asynccontextmanager
async def a_reading_api(address: str, folder: Path) -> AsyncIterator[ReadingApi]:
    """The api over `address`, with its lifespan; no snapshot yet."""
    settings = Settings(data_dir=folder, refresh_poll_seconds=0.2, simulated=True, hot_periods=4)
    clock = SteppedClock(datetime.fromisoformat("2021-12-10T10:00:00+08:00"))
    engine = create_engine(address)
    app = create_app(settings=settings, engine=engine, database_url=address, clock=clock, catalog=CATALOG)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://api") as client,
    ):
        yield ReadingApi(app, engine, clock, settings, client)
    await engine.dispose()


@asynccontextmanager
async def a_listener(api: ReadingApi, scope: str = CITY) -> AsyncIterator[asyncio.Queue[str]]:
    """The chunks of /v1/events as they come; the reader leaves at the end. "" is the end of the stream."""
    chunks: asyncio.Queue[str] = asyncio.Queue()
    left = asyncio.Event()

    async def receive() -> dict[str, Any]:
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            chunks.put_nowait(message["body"].decode())

    token = f"Bearer {await api.key(scope)}".encode()
    request = {
        "type": "http", "method": "GET", "path": "/v1/events", "query_string": b"", "root_path": "",
        "headers": [(b"authorization", token)],
    }  # fmt: skip
    answering = asyncio.create_task(api.app(request, receive, send))
    try:
        yield chunks
    finally:
        left.set()
        await asyncio.wait_for(answering, 2)


async def until_it_says(chunks: asyncio.Queue[str], words: str) -> str:
    """The next chunk with these words; TimeoutError after five seconds."""
    async with asyncio.timeout(5):
        while words not in (chunk := await chunks.get()):
            pass
    return chunk
