"""One division's readings over time."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.api.schemas import Reading
from services.api.snapshot import Snapshot
from services.api.tree import Division
from services.catalog.periods import Period
from services.core.database import load_queries

_QUERIES: Final = load_queries("services.api")


def periods_between(first: Period, last: Period) -> list[str]:
    """The periods from the first to the last, both included; empty when they stand the wrong way round."""
    return [str(first.shifted(step)) for step in range(last.ordinal - first.ordinal + 1)]


async def series(snapshot: Snapshot, division: Division, metric: str, periods: Sequence[str]) -> list[Reading]:
    """A metric of a division, the earliest period first; no reading where none was due."""
    values = {
        "periods": list(periods), "parent": division.parent, "metric": metric, "division": division.code,
    }  # fmt: skip

    def reading(*row: Any) -> Reading:
        period, numerator, denominator, value, rank, of, *rest = row
        of = 0 if of is None else of
        return Reading(division.ref, period, metric, numerator, denominator, value, rank, of, *rest)

    return await snapshot.read(reading, _QUERIES["series_rows"], values)


@dataclass(frozen=True, slots=True)
class Past:
    """One metric of one division in one period, without what it is compared with."""

    metric: str
    period: str
    numerator: float | None
    denominator: float | None
    value: float | None
    reported: int
    expected: int


async def many_series(
    snapshot: Snapshot, division: Division, metrics: Collection[str], periods: Collection[str]
) -> list[Past]:
    """Many metrics of a division by one query, in every one of the periods that they have, the earliest first."""
    values = {
        "periods": list(periods), "parent": division.parent, "metrics": list(metrics), "division": division.code,
    }  # fmt: skip
    return await snapshot.read(Past, _QUERIES["many_series_rows"], values)
