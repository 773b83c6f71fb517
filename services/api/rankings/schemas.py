"""What /v1/rankings answers."""

from dataclasses import dataclass

from services.api.schemas import Answer, DivisionRef, Level, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingAnswer(Answer):
    """Divisions of `level` by their place within `division`; ties share one, those without one come last."""

    metric: str
    period: str
    division: DivisionRef
    level: Level
    readings: list[Reading]
