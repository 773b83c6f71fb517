"""The machines that tests share: one real PostgreSQL a session, migrated, with the register in it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest

from migrations.run import upgrade
from services.core.database import create_engine
from services.core.postgres import running_postgres
from services.core.register import load_register
from services.core.settings import Settings

_KEPT = "division, alembic_version"


@pytest.fixture(scope="session")
async def postgres(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The address of a database with all tables and all divisions."""
    folder: Path = tmp_path_factory.mktemp("postgres")
    with running_postgres(Settings(data_dir=folder, database_url=None)) as address:
        await asyncio.to_thread(upgrade, address)
        engine = create_engine(address)
        async with engine.begin() as connection:
            await load_register(connection)
        await engine.dispose()
        yield address


@pytest.fixture
def database(postgres: str) -> str:
    """The same address, with nothing in it but the divisions."""
    with psycopg.connect(postgres) as connection:
        kept = [name.strip() for name in _KEPT.split(",")]
        tables = connection.execute(
            "select tablename from pg_tables where schemaname = 'public' and tablename <> all(%s)", [kept]
        ).fetchall()
        names = ", ".join(f'"{name}"' for (name,) in tables)
        connection.execute(f"truncate {names} restart identity cascade".encode())
    return postgres
