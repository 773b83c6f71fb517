"""Logs are events with fields: JSON for machines, lines for people."""

import json
from collections.abc import Iterator

import pytest
import structlog

from services.core.telemetry import configure_logs, log_of


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def test_an_event_is_one_line_of_json_with_its_fields(capsys):
    configure_logs("json")
    log_of("ingest").warning("database_unavailable", path="/v1/submissions", 单位="历城区")
    log_of("ingest").debug("not for the log")

    [line] = capsys.readouterr().err.splitlines()
    event = json.loads(line)
    assert event.pop("timestamp").endswith("Z")
    assert event == {
        "event": "database_unavailable", "level": "warning", "room": "ingest", "path": "/v1/submissions",
        "单位": "历城区",
    }  # fmt: skip


def test_an_exception_stands_in_its_event(capsys):
    configure_logs("json")
    try:
        raise ValueError("why")
    except ValueError as error:
        log_of("problems").error("unexpected", exc_info=error)

    [line] = capsys.readouterr().err.splitlines()
    assert "ValueError: why" in json.loads(line)["exception"]


def test_people_read_the_same_without_braces(capsys):
    configure_logs("text")
    log_of("analytics").info("published", snapshot="snapshot-000001")

    said = capsys.readouterr()
    assert "published" in said.err and "snapshot-000001" in said.err and "{" not in said.err
    assert said.out == ""


def test_people_see_where_it_failed_and_no_values(capsys):
    configure_logs("text")
    secret = "rorc_aabbccdd_secret"
    try:
        raise ValueError(f"{len(secret)} characters")
    except ValueError as error:
        log_of("problems").error("unexpected", exc_info=error)

    said = capsys.readouterr().err
    assert "ValueError: 20 characters" in said and "test_telemetry" in said
    assert "aabbccdd" not in said
