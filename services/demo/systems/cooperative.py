"""What the simulated city reports of its Party-led cooperatives: members, income, adviser, loan and state."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Final

from services.catalog.periods import Period
from services.demo.allotment import allot
from services.demo.city import Township, Village, rng_of, simulated_city
from services.demo.rows import Maker, Row

_FIRST: Final = Period.parse("2021-Q1")
_QUARTERS: Final = 4
_NEVER: Final = 99
_OPEN: Final = 2126
_CLOSING: Final = 34
_SECONDS: Final = 110
_HOUSEHOLDS: Final = 70_000
_INCOME_YUAN: Final = 26_000_000
_ADVISERS: Final = 1024
_TRADES: Final = ("crops", "livestock", "processing", "services", "land", "tourism", "other")
_SEASONS: Final = (0.7, 0.9, 1.1, 1.3)


@dataclass(slots=True)
class _Cooperative:
    """One cooperative; quarters count from 2021-Q1, negative before."""

    village: Village
    township: Township
    number: str
    trade: str
    founded_on: str
    founded_from: int
    dormant_from: int
    closed_from: int
    earns_from: int
    size: float
    members_each: float
    growth: float
    capital: int
    loan: int
    loan_quarters: range
    adviser_from: int
    adviser: str | None = None
    households: int = 0
    income: Sequence[int] = (0,) * _QUARTERS

    def state(self, quarter: int) -> str:
        if quarter >= self.closed_from:
            return "closed"
        return "dormant" if quarter >= self.dormant_from else "active"

    def row(self, quarter: int) -> Row:
        state = self.state(quarter)
        is_open = state != "closed"
        grown = 1 - self.growth * (_QUARTERS - 1 - quarter)
        households = round(self.households * grown) if is_open else 0
        row: Row = {
            "division": self.village.code, "cooperative_no": self.number, "trade": self.trade,
            "founded_on": self.founded_on, "state": state,
            "members": max(5, round(households * self.members_each)) if is_open else 0, "households": households,
            "capital": self.capital, "village_income": self.income[quarter],
            "loan": self.loan if is_open and quarter in self.loan_quarters else 0,
        }  # fmt: skip
        return (
            row | {"adviser_no": self.adviser} if self.adviser and quarter >= self.adviser_from and is_open else row
        )


def _cooperatives(township: Township, period: Period) -> Iterator[Row]:
    quarter = period.ordinal - _FIRST.ordinal
    for village in township.villages:
        listed = [one for one in _plan().get(village.code, ()) if one.founded_from <= quarter]
        if not listed:
            yield {"division": village.code, "nil": True}
        for one in listed:
            yield one.row(quarter)


@cache
def _plan() -> dict[str, list[_Cooperative]]:
    """The cooperatives of each village that has any; the city's sums are the published ones."""
    everywhere = _founded()
    remaining = [one for one in everywhere if one.closed_from == _NEVER]
    for number, share in allot(_HOUSEHOLDS, {n: one.size for n, one in enumerate(remaining)}).items():
        remaining[number].households = share
    for one in everywhere:
        one.households = one.households or 8
    _give_income(everywhere)
    _assign_advisers(remaining)
    plan: dict[str, list[_Cooperative]] = {}
    for one in everywhere:
        plan.setdefault(one.village.code, []).append(one)
    return plan


def _founded() -> list[_Cooperative]:
    """All cooperatives of the year; some villages have two."""
    places = [(township, village) for township in simulated_city() for village in township.villages]
    places.sort(key=lambda place: rng_of("cooperative", place[1].code).random() - 0.8 * place[1].vigour)
    whole = _OPEN + _CLOSING
    first, second = places[: whole - _SECONDS], places[:_SECONDS]
    listed = [(*place, "H1") for place in first] + [(*place, "H2") for place in second]
    # Those that close are spread evenly over the ranks.
    step = whole // _CLOSING
    closing = {place * step + step - 1 for place in range(_CLOSING)}
    return [_cooperative(*one, closes=place in closing) for place, one in enumerate(listed)]


def _cooperative(township: Township, village: Village, number: str, *, closes: bool) -> _Cooperative:
    rng = rng_of("cooperative", village.code, number)
    founded_from = rng.randint(0, 3) if rng.random() < 0.14 and not closes else -1
    founded_on = _founding_day(rng, founded_from)
    slips = village.slips_from is not None
    sleeps = not closes and founded_from < 0 and rng.random() < (0.35 if slips else 0.075 - 0.05 * village.vigour)
    poor = slips or rng.random() < 0.012
    first_loan = rng.randint(-1, 3)
    return _Cooperative(
        village=village,
        township=township,
        number=number,
        trade=rng.choices(_TRADES, (38, 14, 9, 13, 14, 7, 5))[0],
        founded_on=founded_on.isoformat(),
        founded_from=founded_from,
        dormant_from=rng.randint(-2, 3) if sleeps else _NEVER,
        closed_from=rng.randint(1, 3) if closes else _NEVER,
        earns_from=_NEVER if poor else founded_from + 1,
        size=min(3.5, max(0.3, rng.lognormvariate(0, 0.5))),
        members_each=rng.uniform(0.9, 1.3),
        growth=rng.uniform(0, 0.03),
        capital=round(rng.lognormvariate(4.7, 0.6)) * 1000,
        loan=rng.randrange(5, 51) * 10_000 if rng.random() < 0.15 else 0,
        loan_quarters=range(first_loan, first_loan + rng.randint(2, 6)),
        adviser_from=-1 if rng.random() < 0.85 else rng.randint(0, 3),
    )


def _founding_day(rng: Random, quarter: int) -> date:
    if quarter < 0:
        return date(2018, 1, 5) + timedelta(days=rng.randint(0, 1080))
    return _FIRST.shifted(quarter).first_day + timedelta(days=rng.randint(0, 85))


def _give_income(everywhere: Sequence[_Cooperative]) -> None:
    """Share the year's income out over the quarters in which each earned."""
    weights: dict[tuple[int, int], float] = {}
    for number, one in enumerate(everywhere):
        rng = rng_of("income", one.village.code, one.number)
        for quarter in range(_QUARTERS):
            earns = one.state(quarter) == "active" and quarter >= one.earns_from
            weights[number, quarter] = _SEASONS[quarter] * one.size * rng.uniform(0.5, 1.6) if earns else 0.0
    shares = allot(_INCOME_YUAN, weights)
    for number, one in enumerate(everywhere):
        one.income = [shares[number, quarter] for quarter in range(_QUARTERS)]


def _assign_advisers(remaining: Sequence[_Cooperative]) -> None:
    """Every adviser has a cooperative of the county, some have two; where a township lags, fewer are assigned."""
    wanted: dict[str, list[_Cooperative]] = {}
    for one in remaining:
        rng = rng_of("adviser", one.village.code, one.number)
        if rng.random() < 0.8 - 0.02 * one.township.lag:
            wanted.setdefault(one.township.county, []).append(one)
    for county, count in allot(_ADVISERS, {county: len(them) for county, them in wanted.items()}).items():
        for place, one in enumerate(wanted[county]):
            one.adviser = f"{county}-F{place % count + 1:03}"


MAKERS: Final[dict[str, Maker]] = {"cooperative": _cooperatives}
SINCE: Final = {"cooperative": "2021-Q1"}
COMPLETE: Final = frozenset({"cooperative"})
"""Forms whose published totals add up only when every report arrives."""
