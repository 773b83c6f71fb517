"""What /v1/compliance answers."""

from dataclasses import dataclass

from services.api.schemas import Answer, DivisionRef


@dataclass(frozen=True, slots=True)
class ComplianceRow:
    """Counts of the reports due below a division: missing ones are past their deadline, awaited ones not."""

    division: DivisionRef
    form: str
    period: str
    expected: int
    received: int
    on_time: int
    late: int
    missing: int
    awaited: int
    corrected: int
    due_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplianceAnswer(Answer):
    """A form after the other: the division itself, then those directly below it by code."""

    rows: list[ComplianceRow]
