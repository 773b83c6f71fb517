"""What /v1/drilldown answers."""

from dataclasses import dataclass

from services.api.schemas import Answer, DivisionRef, DivisionSummary, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class DrilldownAnswer(Answer):
    """A division with those directly below it. A child that reported nothing has readings without value."""

    division: DivisionRef
    path: list[DivisionRef]
    period: str
    summary: DivisionSummary
    own: list[Reading]
    children: list[DivisionSummary]
    readings: list[Reading]
