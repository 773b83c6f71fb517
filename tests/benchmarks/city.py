"""The demo city that all benchmarks run over: loaded once, kept in var/bench, its server set up for work."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import psutil
from sqlalchemy import make_url

from services.analytics.refresh import Refresher
from services.catalog.load import Catalog, load_catalog
from services.cli import prepare
from services.core.accounts import Right, create_key
from services.core.clock import Clock
from services.core.database import connect, create_engine
from services.core.postgres import running_postgres
from services.core.settings import Settings
from services.demo.show import CITY
from services.demo.timeline import ENDS

_SERVER_SETTINGS = {"shared_buffers": "512MB", "effective_cache_size": "2GB", "max_wal_size": "4GB"}
"""What whoever looks after a server sets first; they serve ours and the baselines alike."""


@dataclass(frozen=True)
class City:
    """The loaded city; `address` is its database, running for as long as the benchmarks do."""

    settings: Settings
    address: str
    catalog: Catalog = field(default_factory=load_catalog)

    @property
    def folder(self) -> Path:
        return self.settings.data_dir

    @property
    def snapshot(self) -> Path:
        """The newest snapshot file."""
        return max(self.settings.snapshot_dir.glob("snapshot-*.duckdb"), key=lambda path: path.name)

    @property
    def now(self) -> datetime:
        """A moment just after the last thing that was reported."""
        with connect(self.address) as connection:
            row = connection.execute("select max(received_at) from submission").fetchone()
        return max(ENDS, row[0] + timedelta(seconds=1)) if row and row[0] else ENDS

    @property
    def server(self) -> psutil.Process:
        """The database server."""
        return psutil.Process(int((self.settings.postgres_dir / "postmaster.pid").read_text().split()[0]))

    def address_of(self, database: str) -> str:
        """Another database of the same server."""
        return str(make_url(self.address).set(database=database).render_as_string(hide_password=False))

    def key(self, *rights: Right, address: str | None = None) -> str:
        """A new key for the whole city, in its database or another."""

        async def create() -> str:
            engine = create_engine(address or self.address)
            async with engine.begin() as connection:
                made = await create_key(connection, Clock(), name="bench", division=CITY, rights=rights)
            await engine.dispose()
            return made

        return asyncio.run(create())

    def environment(self, *, clock: datetime, address: str | None = None) -> dict[str, str]:
        """For a process of the product over the city, or over another database."""
        return {
            "RORC_DATA_DIR": str(self.folder),
            "RORC_DATABASE_URL": address or self.address,
            "RORC_CLOCK": clock.isoformat(),
            "RORC_REQUESTS_A_MINUTE": "0",
            "RORC_REQUIRE_SIGN_IN": "false",
        }


@contextmanager
def demo_city() -> Iterator[City]:
    """The city, loaded if it is not there and brought up to date if it is, with its database running."""
    bench = (Settings().data_dir / "bench").resolve()
    settings = Settings(data_dir=bench / "demo", database_url=None, clock=ENDS)
    if not (settings.data_dir / "demo.json").exists():
        environment = {**os.environ, "RORC_DATA_DIR": str(bench)}
        subprocess.run([sys.executable, "-m", "services.cli", "demo", "--once"], env=environment, check=True)
    with running_postgres(settings) as address:
        _set_up(address)
    with running_postgres(settings) as address:
        prepare(address)
        city = City(settings, address)
        Refresher(settings, address, city.catalog, Clock(city.now)).refresh()
        yield city


def _set_up(address: str) -> None:
    """Taken up at the next start."""
    with connect(address, autocommit=True) as connection:
        for name, value in _SERVER_SETTINGS.items():
            connection.execute(f"alter system set {name} = '{value}'".encode())
