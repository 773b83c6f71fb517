"""Settings: from the environment, and handed on to a process beside this one."""

import os
from datetime import datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from services.core.settings import Settings, environment_of
from tests.builders.moments import at


@pytest.fixture
def environment(monkeypatch):
    """The environment without any of our variables, and a function that sets it."""
    for name in [name for name in os.environ if name.startswith("RORC_")]:
        monkeypatch.delenv(name)

    def put(values: dict[str, str]) -> None:
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return put


def test_without_variables_the_defaults_hold(environment):
    settings = Settings()

    assert (settings.data_dir, settings.database_url, settings.host, settings.port) == (
        Path("var"), None, "127.0.0.1", 8000
    )  # fmt: skip
    assert settings.snapshot_dir == Path("var/snapshots")


def test_variables_are_read_with_their_types(environment):
    environment({
        "RORC_PORT": "9000", "RORC_CLOCK": "2022-01-25T09:30:00+08:00", "RORC_SIMULATED": "true",
        "RORC_DASHBOARDS_KEY": "rorc_x_secret", "RORC_NO_SUCH": "1", "RORC_LOG_FORMAT": "json",
        "RORC_OIDC_CLIENT_SECRET": "between-us",
    })  # fmt: skip

    settings = Settings()
    assert (settings.port, settings.clock, settings.simulated) == (9000, at("2022-01-25 09:30"), True)
    assert "rorc_x" not in repr(settings) and "between-us" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"), [("RORC_PORT", "many"), ("RORC_LOG_FORMAT", "xml"), ("RORC_CLOCK", "noon")]
)
def test_a_value_that_does_not_fit_is_refused(name, value, environment):
    environment({name: value})

    with pytest.raises(ValidationError, match=name.removeprefix("RORC_").lower()):
        Settings()


@pytest.mark.parametrize(
    ("issuer", "is_taken"),
    [
        ("https://id.example/realms/city", True), ("http://127.0.0.1:8080", True), ("http://[::1]:8080", True),
        ("http://localhost:8080", True), ("http://id.example", False), ("http://127.0.0.1.id.example", False),
        ("id.example", False), ("https://", False), ("file:///etc/passwd", False), ("https://[id", False),
    ],
)  # fmt: skip
def test_a_provider_is_asked_by_https_unless_it_is_on_this_machine(issuer, is_taken, environment):
    environment({"RORC_OIDC_ISSUER": issuer})

    if is_taken:
        assert Settings().oidc_issuer == issuer
    else:
        with pytest.raises(ValidationError, match="oidc_issuer"):
            Settings()


def test_settings_do_not_change():
    with pytest.raises(ValidationError):
        Settings().port = 1


def test_a_process_beside_has_the_same_settings(environment, tmp_path):
    given = Settings(
        data_dir=tmp_path, catalog_dir=tmp_path / "more", clock=at("2022-01-25 09:30"), simulated=True, port=8001,
        max_body_bytes=1000, quarantine_days=5, refresh_debounce_ms=5, refresh_poll_seconds=0.5,
        keep_snapshots=7, hot_periods=3,
        api_url="http://127.0.0.1:8002", ingest_url="http://127.0.0.1:8003", dashboards_key="rorc_x_y",
        log_format="json", host="127.0.0.2", oidc_issuer="https://id.example", oidc_client_secret="x",
    )  # fmt: skip
    environment({"RORC_KEEP_SNAPSHOTS": "1"})

    environment(environment_of(given, database_url="postgresql://here", clock=at("2022-02-01 00:00")))
    assert Settings() == given.model_copy(
        update={"database_url": "postgresql://here", "clock": datetime.fromisoformat("2022-02-01T00:00+08:00")}
    )


def test_a_process_beside_has_no_clock_when_there_is_none(environment, tmp_path):
    told = environment_of(Settings(data_dir=tmp_path), database_url="postgresql://here", clock=at("2022-02-01 00:00"))

    assert "RORC_CLOCK" not in told
    assert told["PATH"] == os.environ["PATH"]
