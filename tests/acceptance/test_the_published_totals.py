"""`rorc demo report`: every published total comes out of the warehouse of the loaded city."""

import os
import subprocess
import sys
from pathlib import Path

from services.demo.published import read_published
from tests.builders.demo_city import DemoCity


def report(folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "RORC_DATA_DIR": str(folder), "COLUMNS": "250"}
    return subprocess.run(
        [sys.executable, "-m", "services.cli", "demo", "report"],
        env=environment, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip


def test_every_published_total_is_reproduced_while_the_city_is_served(demo_city: DemoCity):
    totals = read_published()

    printed = report(demo_city.folder)

    rows = [line for line in printed.stdout.splitlines() if "✓" in line or "✗" in line]
    assert [total.metric for total in totals if not any(total.metric in row for row in rows)] == []
    assert [row for row in rows if "✗" in row] == []
    assert f"{len(totals)} / {len(totals)}" in printed.stdout
    assert printed.returncode == 0


def test_the_summary_says_how_many_are_reproduced(demo_city: DemoCity):
    totals = read_published()

    assert f"{len(totals)} / {len(totals)}" in demo_city.printed()


def test_without_a_loaded_city_the_report_says_what_to_do(tmp_path):
    printed = report(tmp_path)

    assert printed.returncode == 1
    assert "rorc demo --once" in printed.stdout
