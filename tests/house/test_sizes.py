"""No file over 400 lines, no function over 40; what is longer stands in a list that may only get shorter."""

import ast

import pytest

from tests.house.sources import PRODUCT, named, python_files

LONGEST_FILE = 400
LONGEST_FUNCTION = 40
EXCEPTIONS = {
    "migrations/versions/0001_spine.py:upgrade": "a migration is a list of statements in the order they run",
}
"""Why something may be longer. Nothing is added for convenience, and what is no longer needed is taken out."""


def too_long(name: str, source: str) -> set[str]:
    found = {name} if source.count("\n") > LONGEST_FILE else set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert node.end_lineno is not None
            if node.end_lineno - node.lineno >= LONGEST_FUNCTION:
                found.add(f"{name}:{node.name}")
    return found


def found_everywhere() -> set[str]:
    files = python_files(*PRODUCT, "tests")
    return {long for path in files for long in too_long(named(path), path.read_text("utf-8"))}


def test_files_and_functions_stay_short():
    assert found_everywhere() - set(EXCEPTIONS) == set()


def test_an_exception_that_is_no_longer_needed_is_taken_out():
    assert set(EXCEPTIONS) - found_everywhere() == set()


def test_every_exception_has_a_reason():
    assert all(len(reason) > 20 for reason in EXCEPTIONS.values())


@pytest.mark.parametrize(
    ("lines", "found"),
    [(40, set()), (41, {"a.py:long"}), (400, {"a.py:long"}), (401, {"a.py", "a.py:long"})],
)
def test_the_law_counts_lines(lines, found):
    source = "def long():\n" + "    x = 1\n" * (lines - 1)

    assert too_long("a.py", source) == found
