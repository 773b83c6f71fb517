"""A demo city that an earlier version loaded."""

import json
import os
import subprocess
import sys

import psycopg

from migrations.run import upgrade
from services.core.postgres import running_postgres
from services.core.settings import Settings
from services.core.tables import REVISION

NOTE = {"submissions": 0, "rows": 0, "corrections": 0, "seconds": {}, "keys": {}}


def test_a_demo_city_of_an_earlier_version_is_brought_up_to_date(tmp_path):
    demo = Settings(data_dir=tmp_path / "demo", database_url=None)
    with running_postgres(demo) as address:
        upgrade(address, f"{int(REVISION) - 1:04}")
        (demo.data_dir / "demo.json").write_text(json.dumps(NOTE))

        subprocess.run(  # there is no figure in it to be shown: all that counts is how far it comes
            [sys.executable, "-m", "services.cli", "demo", "--once"],
            env={**os.environ, "RORC_DATA_DIR": str(tmp_path)}, capture_output=True, timeout=60, check=False,
        )  # fmt: skip

        with psycopg.connect(address) as connection:
            assert connection.execute("select version_num from alembic_version").fetchone() == (REVISION,)
