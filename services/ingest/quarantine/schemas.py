"""What is answered on refused bodies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.ingest.deadlines.schemas import DivisionName


@dataclass(frozen=True, slots=True)
class RefusedReport:
    """A body that was refused. `sender` is the division whose key sent it.

    `form`, `period` and `division` are what the report says of itself, as far as it could be read; `bytes` is how
    large the body is.
    """

    id: int
    received_at: datetime
    kept_until: datetime
    sender: DivisionName
    code: str
    errors: int
    form: str | None
    period: str | None
    division: str | None
    media_type: str | None
    bytes: int


@dataclass(frozen=True, slots=True)
class RefusedDetail(RefusedReport):
    """The same with the problem document that was answered."""

    problem: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class QuarantinePage:
    """Refused bodies, the last first; `next` is the cursor of the page after, null on the last."""

    quarantine: Sequence[RefusedReport]
    next: str | None
