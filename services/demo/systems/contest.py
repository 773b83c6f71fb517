"""The yearly contest: every village secretary is marked by judges, visited, heard and voted on."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from services.catalog.periods import Period
from services.demo.city import Township, Village, rng_of
from services.demo.rows import Maker, Row
from services.demo.systems.lead_goose import standing_of

_CRITERIA: Final = ("development", "governance", "change", "conduct")
_ADVANCE: Final = 2
"""How many of each township go on to their county's round."""


def _results(township: Township, period: Period) -> Iterator[Row]:
    rng = rng_of("contest", township.code, period)
    first_day = date(period.year, 11, 8) + timedelta(days=rng.randint(0, 30))
    judges = rng.choice((5, 7, 7, 9))
    # A township that lags in its tasks has not agreed with its judges on what a mark means either.
    spread = 9.0 if township.lag > 9 else 5.0
    rows = [_result(village, period, judges, spread) for village in township.villages]
    by_score = sorted(rows, key=lambda row: (-sum(row[name] for name in _CRITERIA), row["division"]))
    best = {row["division"] for row in by_score[:_ADVANCE]}
    for number, row in enumerate(rows):
        held_on = first_day + timedelta(days=number // 20)
        yield row | {"competed_on": held_on.isoformat(), "advanced": row["division"] in best}


def _result(village: Village, period: Period, judges: int, spread: float) -> Row:
    rng = rng_of("contestant", village.code, period)
    half = period.parts("half")[-1]
    level = standing_of(village, half).expected_index + rng.gauss(0, 3)
    marks = {name: _mark(level + rng.gauss(0, 3.5)) for name in _CRITERIA}
    mean = sum(marks.values()) / len(marks)
    apart = min(32.0, abs(rng.gauss(spread, 2.5)) + 1)
    above = apart * rng.uniform(0.35, 0.65)
    cast = village.members // 2 + rng.randint(12, 40)
    favour = min(0.99, max(0.3, rng.gauss(0.45 + 0.55 * village.vigour, 0.05)))
    return {
        "division": village.code, "competed": True, "judges": judges, **marks,
        "site_visit": _mark(level + rng.gauss(1, 4)), "report": _mark(level + rng.gauss(0, 4)),
        "votes_cast": cast, "votes_favour": round(cast * favour),
        "judge_highest": min(100.0, round(mean + above, 1)), "judge_lowest": round(mean - apart + above, 1),
    }  # fmt: skip


def _mark(level: float) -> float:
    return round(min(99.0, max(30.0, level)), 1)


MAKERS: Final[dict[str, Maker]] = {"contest": _results}
SINCE: Final[dict[str, str]] = {"contest": "2021"}
COMPLETE: Final[frozenset[str]] = frozenset()
