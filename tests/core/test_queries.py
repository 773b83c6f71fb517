"""Named queries: each from its name to the next, comments kept."""

import pytest

from services.core.database import load_queries


def test_queries_are_found_by_name(tmp_path, monkeypatch):
    package = tmp_path / "some_queries"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "queries.sql").write_text("-- header\n-- name: one\n-- why\nselect 1\n\n-- name: two_more\nselect 2\n")
    monkeypatch.syspath_prepend(tmp_path)

    assert load_queries("some_queries") == {"one": "-- why\nselect 1", "two_more": "select 2"}


def test_a_package_without_queries_is_an_error():
    with pytest.raises(FileNotFoundError):
        load_queries("services.catalog")
