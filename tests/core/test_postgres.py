"""The embedded server: starts by itself, keeps what it was given, stays away where another is set."""

import subprocess
import sys

import psycopg

from services.core.postgres import running_postgres
from services.core.settings import Settings


def test_it_starts_again_with_what_it_kept(tmp_path):
    settings = Settings(data_dir=tmp_path / "not" / "there", database_url=None)
    with running_postgres(settings) as address, psycopg.connect(address) as connection:
        connection.execute("create table kept as select 7 as number")

    with running_postgres(settings) as address, psycopg.connect(address) as connection:
        assert connection.execute("select number from kept").fetchone() == (7,)
        assert connection.info.server_version >= 150_000


_BESIDE = """
import sys
from pathlib import Path
import psycopg
from services.core.postgres import running_postgres
from services.core.settings import Settings
with running_postgres(Settings(data_dir=Path(sys.argv[1]), database_url=None)) as address:
    psycopg.connect(address).execute("create table kept as select 7 as number").connection.commit()
"""


def test_a_process_beside_shares_it_and_leaves_it_running(tmp_path):
    settings = Settings(data_dir=tmp_path, database_url=None)
    with running_postgres(settings) as address:
        subprocess.run([sys.executable, "-c", _BESIDE, str(tmp_path)], check=True)
        with psycopg.connect(address) as connection:
            assert connection.execute("select number from kept").fetchone() == (7,)

    assert not (settings.postgres_dir / "postmaster.pid").exists()


def test_a_database_that_is_set_is_used_and_none_is_started(tmp_path):
    with running_postgres(Settings(data_dir=tmp_path, database_url="postgresql://elsewhere/rorc")) as address:
        assert address == "postgresql://elsewhere/rorc"

    assert list(tmp_path.iterdir()) == []
