"""Every setting of the product, typed, read once from `RORC_…` variables and handed in."""

import os
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings of all services. Each stands with its meaning in docs/operations.md."""

    model_config = SettingsConfigDict(env_prefix="RORC_", frozen=True, extra="ignore")

    data_dir: Path = Field(
        Path("var"), description="Folder of the embedded database, the warehouse and its snapshots."
    )
    database_url: str | None = Field(
        None,
        description="postgresql:// address of PostgreSQL 15 or later; without it the embedded server is used.",
    )
    catalog_dir: Path | None = Field(None, description="Folder with further system files, read beside our own.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, description="Port to listen on.")
    clock: datetime | None = Field(
        None, description="A moment to start the clock at, for demonstrations; without it the machine's own."
    )
    simulated: bool = Field(False, description="Whether figures are simulated; every page then says so.")
    max_body_bytes: int = Field(8 * 2**20, description="Largest submission that is read, in bytes.")
    trusted_proxies: str = Field(
        "127.0.0.1",
        description="Addresses of proxies, by commas, that are believed who asks and whether by https; * is all.",
    )
    body_timeout_seconds: float = Field(
        30.0, description="How long a sender is waited for, in seconds; longer by a second for every 200 bytes."
    )
    quarantine_days: int = Field(90, gt=0, description="For how many days a refused body is kept, to be looked into.")
    refresh_debounce_ms: int = Field(
        40, description="How long analytics waits for more submissions, in milliseconds."
    )
    refresh_poll_seconds: float = Field(
        5.0, description="How often analytics and api look for news nobody announced."
    )
    warehouse_memory: str = Field("2GB", description="Most memory that building the warehouse may take.")
    keep_snapshots: int = Field(3, description="How many snapshots are kept beside the newest.")
    keep_period_snapshots: int = Field(
        6, description="For how many closed months the last snapshot of the month is kept as well."
    )
    hot_periods: int = Field(12, description="How many periods the api holds in memory for fast reads.")
    sealing_keys: SecretStr | None = Field(
        None,
        description="Keys that seal personal fields, with commas between: the first seals, all open. "
        "Without them one is kept in the data folder.",
    )
    api_url: str | None = Field(None, description="Address of the api, for dashboards that run by themselves.")
    ingest_url: str | None = Field(
        None, description="Address of ingest, for such dashboards; without it `RORC_API_URL` answers for both."
    )
    dashboards_key: SecretStr | None = Field(
        None, description="The api key that dashboards read with where nobody need sign in."
    )
    require_sign_in: bool = Field(
        True, description="Whether pages are shown to nobody who has not signed in; the demo lets visitors see them."
    )
    session_hours: float = Field(12.0, description="How long a person's session lasts at most, in hours.")
    session_idle_minutes: float = Field(120.0, description="How long a session lasts unused, in minutes.")
    failed_sign_ins: int = Field(5, description="How many sign-ins may fail one after the other before the lock.")
    lock_minutes: float = Field(15.0, description="How long an account is locked after that, in minutes.")
    sign_ins_a_minute: int = Field(
        10, description="How many sign-ins a minute are taken for a name, and six times as many from an address."
    )
    requests_a_minute: int = Field(
        6000, description="How many requests a minute are taken from one key; 0 is no limit."
    )
    oidc_issuer: str | None = Field(
        None,
        description="Address of the OpenID provider that people may sign in by, as it names itself; "
        "https unless it is on this machine.",
    )
    oidc_client_id: str | None = Field(None, description="What the provider knows the center by.")
    oidc_client_secret: SecretStr | None = Field(
        None, description="The secret that the provider gave for it; without one it is a public client (PKCE alone)."
    )
    oidc_claim: str = Field(
        "preferred_username",
        description="The claim that names the account at somebody's first sign-in by the provider.",
    )
    log_format: Literal["text", "json"] = Field("text", description="Logs for people or for machines.")

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer_is_safe(cls, issuer: str | None) -> str | None:
        if issuer and not is_safe_to_ask(issuer):
            raise ValueError("an OpenID provider is asked by https")
        return issuer

    @property
    def postgres_dir(self) -> Path:
        """The embedded server's data folder."""
        return self.data_dir / "postgres"

    @property
    def working_file(self) -> Path:
        """The warehouse that analytics changes in place."""
        return self.data_dir / "warehouse" / "working.duckdb"

    @property
    def snapshot_dir(self) -> Path:
        """The folder of published snapshots."""
        return self.data_dir / "snapshots"


def is_safe_to_ask(address: str) -> bool:
    """Whether nobody on the way can listen: by https, or on this machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        if parts.scheme == "http":
            return host == "localhost" or ip_address(host).is_loopback
        return parts.scheme == "https" and host != ""
    except ValueError:
        return False


def environment_of(settings: Settings, *, database_url: str, clock: datetime) -> dict[str, str]:
    """The environment for a process beside this one: the same settings, this database, this clock."""
    update = {"database_url": database_url, "clock": None if settings.clock is None else clock}
    told = settings.model_copy(update=update)
    values = {f"RORC_{name.upper()}": _written(getattr(told, name)) for name in Settings.model_fields}
    others = {name: value for name, value in os.environ.items() if name.upper() not in values}
    return others | {name: value for name, value in values.items() if value is not None}


def _written(value: object) -> str | None:
    """A setting's value as a variable has it; None leaves the variable out."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, Path):
        return str(value.resolve())
    if isinstance(value, datetime):
        return value.isoformat()
    return None if value is None else str(value)
