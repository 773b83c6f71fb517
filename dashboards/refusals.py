"""What ingest answers on bodies that it refused, as types."""

import msgspec

from dashboards.answers import Text


class Sender(msgspec.Struct, frozen=True):
    """The division whose key sent it."""

    code: str
    name: str


class Refusal(msgspec.Struct, frozen=True):
    """A refused body; `form`, `period` and `division` are what it says of itself, as far as that can be read."""

    id: int
    received_at: str
    kept_until: str
    sender: Sender
    code: str
    errors: int
    form: str | None
    period: str | None
    division: str | None
    media_type: str | None
    bytes: int


class Quarantine(msgspec.Struct, frozen=True):
    """A page of refused bodies."""

    quarantine: list[Refusal]
    next: str | None


class Fault(msgspec.Struct, frozen=True):
    """One thing that was wrong; a table has a `cell`."""

    code: str
    pointer: str
    text: Text
    division: str | None = None
    field: str | None = None
    cell: str | None = None


class Answered(msgspec.Struct, frozen=True):
    """The problem that was answered."""

    status: int
    code: str
    text: Text
    errors: list[Fault] = []


class RefusalAnswer(Refusal, frozen=True, kw_only=True):
    """A refused body with the problem that was answered."""

    problem: Answered
