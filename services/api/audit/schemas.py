"""What /v1/audit answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted: a key, in a session its account. All null: the services themselves, or the database's own user."""

    key: str | None
    name: str | None
    account_id: int | None
    account: str | None


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """What was done, to what, by whom, when and from where. `before` and `after` hold what changed; of a new
    record `after` is the whole. A secret is named, never told.
    """

    id: int
    at: str
    actor: Actor
    action: str
    kind: str
    subject: str | None
    division: str | None
    origin: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    hash: str


@dataclass(frozen=True, slots=True)
class AuditAnswer:
    """Events, the newest first."""

    events: list[AuditEvent]
    next: str | None
