"""What /v1/values answers."""

from dataclasses import dataclass

from services.api.schemas import Answer, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuesAnswer(Answer):
    """Readings, a metric after the other as they were asked for.

    Of one period: the division's own, then its children's by code. Over time: the earliest period first.
    """

    readings: list[Reading]
