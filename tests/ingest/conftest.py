"""The ingest service over a real database, and a desk to send reports from."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from services.catalog.load import Catalog, load_catalog
from services.core.clock import SteppedClock
from services.core.database import create_engine
from services.core.sealing import Seal, seal_of
from services.core.settings import Settings
from services.ingest.app import create_app
from services.ingest.quarantine.keeping import SEALED_AS
from tests.builders.desks import Desks
from tests.builders.keys import a_key
from tests.builders.moments import at


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog(Path(__file__).parent / "systems")


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(at("2021-11-05 09:00"))


@pytest.fixture
async def engine(database: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database)
    yield engine
    await engine.dispose()


@pytest.fixture
def app(engine: AsyncEngine, clock: SteppedClock, catalog: Catalog, tmp_path: Path) -> FastAPI:
    settings = Settings(max_body_bytes=100_000, data_dir=tmp_path)
    return create_app(settings=settings, engine=engine, clock=clock, catalog=catalog)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """HTTP without a key."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://ingest") as client:
        yield client


@pytest.fixture
async def desk(client: httpx.AsyncClient, engine: AsyncEngine, clock: SteppedClock) -> httpx.AsyncClient:
    """HTTP with a key that may report for the whole city."""
    client.headers["authorization"] = f"Bearer {await a_key(engine, clock)}"
    return client


@pytest.fixture
def stored(database: str, tmp_path: Path) -> "Stored":
    return Stored(database, seal_of(Settings(data_dir=tmp_path)))


class Stored:
    """What the database holds."""

    def __init__(self, address: str, seal: Seal) -> None:
        self._address = address
        self._seal = seal

    def read(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self._address) as connection:
            return connection.execute(query.encode()).fetchall()

    def refused(self) -> list[bytes]:
        """The refused bodies, as they were sent."""
        sealed = self.read("select body from quarantine order by id")
        return [self._seal.open(body, SEALED_AS) for (body,) in sealed]

    def count(self, table: str) -> int:
        return int(self.read(f"select count(*) from {table}")[0][0])


@pytest.fixture
def desks(client: httpx.AsyncClient, engine: AsyncEngine, clock: SteppedClock) -> Desks:
    """HTTP in the name of any division."""
    return Desks(client, engine, clock)
