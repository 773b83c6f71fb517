"""One place for the environment, one for the clock, few for a commit; and names that mislead nobody."""

import re
import sys
from importlib.metadata import packages_distributions

import pytest

from tests.house.sources import PRODUCT, ROOT, named, python_files, uses

ENVIRONMENT = ("os.environ", "os.getenv", "os.environb", "os.putenv")
CLOCK = (
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns", "time.localtime",
    "time.gmtime", "time.strftime", "time.ctime",
)  # fmt: skip
COMMITS = {
    "migrations/env.py": "the lock is taken outside the steps, each of which is a transaction",
    "services/core/scopes.py": "a worker's connection begins by saying for all its transactions who it is",
    "services/analytics/refresh.py": "a refresh is the worker's edge: what it read, and what it judged",
}


def guilty(forbidden: tuple[str, ...], allowed: set[str]) -> dict[str, set[str]]:
    files = {named(path): path.read_text("utf-8") for path in python_files(*PRODUCT)}
    found = {name: uses(source, forbidden) for name, source in files.items() if name not in allowed}
    return {name: what for name, what in found.items() if what}


def test_only_settings_read_the_environment():
    assert guilty(ENVIRONMENT, {"services/core/settings.py"}) == {}


def test_only_the_clock_asks_the_machine_for_the_time():
    assert guilty(CLOCK, {"services/core/clock.py"}) == {}


@pytest.mark.parametrize("path", sorted((ROOT / "services").rglob("*.sql")), ids=named)
def test_no_query_asks_the_database_for_the_time(path):
    assert not re.search(r"\bnow\(\)|current_(date|timestamp)|localtime", path.read_text("utf-8"), re.IGNORECASE)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import os\nos.environ['X']", {"os.environ"}), ("from os import getenv", {"os.getenv"}),
        ("import datetime\ndatetime.datetime.now()", {"datetime.now"}), ("from time import time", {"time.time"}),
        ("from datetime import datetime\ndatetime.now()", {"datetime.now"}), ("clock.now()", set()),
        ("import time\ntime.monotonic()", set()), ("import os\nos.replace('a', 'b')", set()),
    ],
)  # fmt: skip
def test_the_law_tells_good_from_bad(source, found):
    assert uses(source, (*ENVIRONMENT, *CLOCK)) == found


def committing() -> set[str]:
    return {named(path) for path in python_files(*PRODUCT) if ".commit()" in path.read_text("utf-8")}


def test_transactions_are_committed_at_the_edge_only():
    assert committing() - set(COMMITS) == set()


def test_an_edge_that_no_longer_commits_is_taken_from_the_list():
    assert set(COMMITS) - committing() == set()


def dependencies() -> set[str]:
    """The names that the product's own requirements are imported by."""
    pinned = re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements.txt").read_text("utf-8"), re.MULTILINE)
    wanted = {_plain(name) for name in pinned}
    return {
        name for name, owners in packages_distributions().items() if wanted & {_plain(owner) for owner in owners}
    }  # fmt: skip


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def misleading(names: set[str]) -> set[str]:
    return names & (set(sys.stdlib_module_names) | dependencies()) - {"__init__", "__main__"}


def test_no_module_has_the_name_of_another():
    modules = {path.stem for path in python_files(*PRODUCT)} | {
        path.name for folder in PRODUCT for path in (ROOT / folder).rglob("*") if (path / "__init__.py").exists()
    }

    assert misleading(modules) == set()


def test_names_of_the_standard_library_and_of_dependencies_would_be_noticed():
    assert misleading({"logging", "duckdb", "yaml", "drilldown"}) == {"logging", "duckdb", "yaml"}


def test_core_is_no_cellar():
    modules = [path for path in python_files("services/core") if path.name != "__init__.py"]
    assert len(modules) <= 20
