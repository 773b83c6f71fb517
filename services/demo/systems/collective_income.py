"""Two years of collective income: it grows, and villages that are behind in 2021 catch up before its end."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Final

from services.catalog.periods import Period
from services.demo.city import SOURCES, Township, Village, rng_of, simulated_city
from services.demo.rows import Maker, Row

_FIRST_YEAR: Final = 2020
_SEASONS: Final = (0.7, 0.6, 0.8, 0.9, 1.0, 1.3, 0.9, 0.9, 1.2, 1.4, 1.1, 1.2)
_CLEARED: Final = (51_500.0, 60_000.0)
"""What the weakest villages end 2021 with, in yuan: above the line of 50,000 that they were to cross."""
_ON_COURSE: Final = 57_500.0
"""A year's income that the seasons never let look like less than the line."""
_CATCHING_UP: Final = {10: 0.2, 11: 0.35, 12: 0.45}
"""How the last months of 2021 share what was still lacking."""
_LOWEST_MONTH: Final = 120.0


@dataclass(frozen=True)
class _Plan:
    """A village's months from January 2020 on in yuan, the share of each source, and its debt at the beginning."""

    income: Sequence[float]
    expense: Sequence[float]
    shares: Mapping[str, float]
    debt: float


def collective_incomes(township: Township, period: Period) -> Iterator[Row]:
    """One row a village."""
    number = (period.year - _FIRST_YEAR) * 12 + period.number - 1
    for village in township.villages:
        plan = _plans()[village.code]
        income = plan.income[number]
        yield {
            "division": village.code,
            **{f"income_{source}": round(share * income, 2) for source, share in plan.shares.items()},
            "expense": plan.expense[number],
            "debt": round(plan.debt * (1 - number * 0.012), 2),
        }


@cache
def _plans() -> Mapping[str, _Plan]:
    return {village.code: _plan(village) for township in simulated_city() for village in township.villages}


def _plan(village: Village) -> _Plan:
    rng = rng_of("income", village.code)
    shares = {source: rng.random() * 0.35 for source in SOURCES}
    shares[village.main_source] += 1.2
    whole = sum(shares.values())
    income = _months(village, rng)
    return _Plan(
        income,
        [round(amount * rng.uniform(0.35, 0.75), 2) for amount in income],
        {source: share / whole for source, share in shares.items()},
        rng.uniform(0, 300_000) if rng.random() < 0.22 else 0.0,
    )


def _months(village: Village, rng: Random) -> list[float]:
    """2020 from 2021: growth differs by village."""
    yearly = village.income
    if yearly < _ON_COURSE and rng.random() < 0.65:
        yearly = _ON_COURSE + yearly / 10
    after = _year_2021(village, _year(yearly, rng), rng)
    before = _year(yearly / rng.lognormvariate(0.46, 0.12), rng)
    return [max(_LOWEST_MONTH, amount) for amount in (*before, *after)]


def _year(yearly: float, rng: Random) -> list[float]:
    """Twelve months that add up to `yearly`."""
    weights = [season * max(0.5, rng.gauss(1.0, 0.12)) for season in _SEASONS]
    return [yearly * weight / sum(weights) for weight in weights]


def _year_2021(village: Village, months: list[float], rng: Random) -> list[float]:
    """The year in which every village passes the line, the late ones in its last months."""
    if village.slips_from is not None:
        months = [amount * (0.55 if month >= village.slips_from else 1.0) for month, amount in enumerate(months, 1)]
    lacking = rng.uniform(*_CLEARED) - sum(months)
    if lacking <= 0:
        return months
    return [amount + lacking * _CATCHING_UP.get(month, 0.0) for month, amount in enumerate(months, 1)]


MAKERS: Final[dict[str, Maker]] = {"collective_income": collective_incomes}
SINCE: Final[dict[str, str]] = {"collective_income": f"{_FIRST_YEAR}-01"}
COMPLETE: Final[frozenset[str]] = frozenset({"collective_income"})
