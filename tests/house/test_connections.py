"""Every connection of a service knows who acts, and where: there is one way to one, services/core/scopes.py."""

import ast

import pytest

from tests.house.sources import named, python_files

HOME = "services/core/scopes.py"
EXCEPTIONS = {
    "services/cli.py": "the register is the owner's to change, as the tables are",
    "services/ingest/readiness.py": "asks whether there are tables at all; before them there is no role either",
    "services/api/health.py": "asks whether the database answers, and reads no table",
}
"""Files that open one by themselves, each with the reason."""


def bare_connections(source: str) -> int:
    """How often an engine is asked for a connection."""
    return sum(
        isinstance(node, ast.Attribute)
        and node.attr in ("begin", "connect")
        and "engine" in ast.unparse(node.value).lower()
        for node in ast.walk(ast.parse(source))
    )


def files_with_one() -> set[str]:
    paths = python_files("services")
    return {named(path) for path in paths if bare_connections(path.read_text("utf-8"))}


def test_every_connection_is_opened_in_a_scope():
    assert files_with_one() - {HOME} - set(EXCEPTIONS) == set()


def test_an_exception_that_is_no_longer_needed_is_taken_out():
    assert set(EXCEPTIONS) <= files_with_one()


def test_plain_connections_are_for_workers_that_take_the_role_first():
    paths = [path for path in python_files("services") if "connect(" in path.read_text("utf-8")]

    plain = {
        named(path)
        for path in paths
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("connect", "psycopg.connect")
    }
    assert plain == {HOME, "services/core/database.py", "services/analytics/worker.py", "services/demo/show.py"}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("engine.begin()", 1), ("self._engine.connect()", 1), ("_engine(request).begin()", 1),
        ("request.app.state.engine.connect()", 1), ("acting(engine, caller)", 0), ("duckdb.connect()", 0),
    ],
)  # fmt: skip
def test_the_law_tells_a_bare_connection(source, found):
    assert bare_connections(source) == found
