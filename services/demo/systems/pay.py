"""What village secretaries are paid in a year, and what their villages have to run on."""

from collections.abc import Iterator, Mapping
from functools import cache
from random import Random
from typing import Final

from services.catalog.periods import Period
from services.demo.allotment import allot
from services.demo.city import Township, Village, rng_of, simulated_city
from services.demo.rows import Maker, Row
from services.demo.systems.lead_goose import standing_of

_OPERATING_FUNDS: Final = 300_000_000
"""Yuan for all villages of the city in a year, as published for 2021."""
_STEP: Final = 100
"""Funds are allotted in whole hundreds of yuan."""
_STARS: Final = ((90, 6000), (80, 4000), (70, 2000))
_INCOME: Final = ((300_000, 8000), (200_000, 5000), (100_000, 3000))


def _pay(township: Township, period: Period) -> Iterator[Row]:
    rng = rng_of("pay", township.code[:6])
    base_due, performance_full = rng.randrange(24_000, 36_001, 600), rng.randrange(12_000, 18_001, 600)
    base_due += rng_of("pay", township.code).randrange(-1200, 1201, 300)
    # Where a township lags, so does its budget: the last months of base pay are still to come.
    is_behind = township.lag > 20
    for village in township.villages:
        yield _row(village, period, base_due, performance_full, is_behind=is_behind)


def _row(village: Village, period: Period, base_due: int, performance_full: int, *, is_behind: bool) -> Row:
    rng = rng_of("pay", village.code, period)
    index = standing_of(village, period.parts("half")[-1]).expected_index
    unpaid = _unpaid(rng, village, base_due, is_behind=is_behind)
    funds = _funds(village)
    receivers = rng.choices((0, 1, 2, 3, 4), (22, 34, 26, 12, 6))[0]
    is_good = period.year % 2 == 1 and index > 88 and rng.random() < 0.12
    return {
        "division": village.code,
        "base_due": base_due,
        "base_paid": base_due - unpaid,
        **({"unpaid_reason": "budget_late" if is_behind else "under_review"} if unpaid else {}),
        "performance_full": performance_full,
        "performance_paid": round(performance_full * _earned(rng, index), 2),
        "star_award": _step(index + rng.gauss(0, 3), _STARS),
        "promotion_award": 2000 if rng.random() < 0.05 + 0.1 * village.vigour else 0,
        "income_award": _step(village.income, _INCOME),
        "pension_subsidy": 2400 if rng.random() < 0.84 else 0,
        "leaving_receivers": receivers,
        "leaving_subsidy": receivers * rng.randrange(1800, 3601, 300),
        "good_secretary_award": 10_000 if is_good else 0,
        "operating_funds": funds,
        "operating_spent": round(funds * rng.uniform(0.82, 0.995), 2),
    }


def _unpaid(rng: Random, village: Village, base_due: int, *, is_behind: bool) -> int:
    """Months of base pay still owed: rare but where the budget is late or the secretary is under review."""
    likely = 0.3 if is_behind else 0.08 if village.slips_from is not None else 0.001
    return base_due // 12 * rng.choice((1, 1, 2, 3, 4)) if rng.random() < likely else 0


def _earned(rng: Random, index: float) -> float:
    """The share of performance pay: close to the index, but for a few who were assessed by another measure."""
    strays = rng.uniform(0.2, 0.36) * rng.choice((-1, -1, 1)) if rng.random() < 0.005 else 0.0
    return min(1.0, max(0.1, index / 100 + rng.gauss(0, 0.025) + strays))


def _step(value: float, steps: tuple[tuple[int, int], ...]) -> int:
    return next((award for limit, award in steps if value >= limit), 0)


def _funds(village: Village) -> int:
    return _plan()[village.code] * _STEP


@cache
def _plan() -> Mapping[str, int]:
    """Operating funds of every village in hundreds of yuan: more for the larger ones, and all of the city's."""
    villages = [village for township in simulated_city() for village in township.villages]
    return allot(_OPERATING_FUNDS // _STEP, {v.code: 130 + v.members for v in villages})


MAKERS: Final[dict[str, Maker]] = {"pay": _pay}
SINCE: Final[dict[str, str]] = {"pay": "2021"}
COMPLETE: Final[frozenset[str]] = frozenset({"pay"})
