"""What villages report of the clean-up of funds, assets and resources: contracts, arrears, new projects."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Final

from services.catalog.periods import Period
from services.demo.allotment import allot
from services.demo.city import Township, Village, rng_of, simulated_city
from services.demo.rows import Maker, Row

_YEAR: Final = 2021
_PUT_RIGHT: Final = 56_000
_COLLECTED: Final = 480_000_000
_PROJECTS: Final = 914
_QUARTERS: Final = (1, 2, 3, 4)
_MODELS: Final = ("shares", "property", "land", "enterprise", "labour")
_FOUND_IN: Final = (44, 28, 18, 10)
_COLLECTED_IN: Final = (0.15, 0.25, 0.3, 0.3)
_TWO_QUARTERS: Final = 2


@dataclass
class _Cleanup:
    """One village's year, by quarter: contracts, yuan, and projects by model."""

    checked: Counter[int] = field(default_factory=Counter)
    irregular: Counter[int] = field(default_factory=Counter)
    put_right: Counter[int] = field(default_factory=Counter)
    old: Counter[int] = field(default_factory=Counter)
    found: Counter[int] = field(default_factory=Counter)
    collected: Counter[int] = field(default_factory=Counter)
    projects: Counter[tuple[int, str]] = field(default_factory=Counter)


def _asset_cleanup(township: Township, period: Period) -> Iterator[Row]:
    city = _planned_city()
    for village in township.villages:
        yield _row(village, city[village.code], period.number)


def _row(village: Village, year: _Cleanup, quarter: int) -> Row:
    so_far = range(1, quarter + 1)
    return {
        "division": village.code,
        "contracts_checked": year.checked[quarter],
        "contracts_irregular": year.irregular[quarter],
        "contracts_put_right": year.put_right[quarter],
        "contracts_open": sum(year.irregular[q] - year.put_right[q] for q in so_far),
        "contracts_open_old": year.old[quarter],
        "arrears_found": year.found[quarter],
        "arrears_collected": year.collected[quarter],
        "arrears_open": sum(year.found[q] - year.collected[q] for q in so_far),
    } | {f"projects_{model}": year.projects[quarter, model] for model in _MODELS}


@cache
def _planned_city() -> Mapping[str, _Cleanup]:
    villages = [village for township in simulated_city() for village in township.villages]
    plan = {village.code: _Cleanup() for village in villages}
    _plan_contracts(plan, villages)
    _plan_arrears(plan, villages)
    _plan_projects(plan, villages)
    return plan


def _plan_contracts(plan: Mapping[str, _Cleanup], villages: list[Village]) -> None:
    """Every irregular contract is found in one quarter and put right in that, the next, or hardly ever later."""
    weights = {v.code: v.members * rng_of("contracts", v.code).lognormvariate(0, 0.5) for v in villages}
    numbers = allot(_PUT_RIGHT, weights)
    for village in villages:
        rng, year = rng_of("contract", village.code), plan[village.code]
        for _ in range(numbers[village.code]):
            found = rng.choices(_QUARTERS, _FOUND_IN)[0]
            year.irregular[found] += 1
            year.put_right[min(4, found + (rng.random() > village.vigour))] += 1
        _leave_some_open(rng, village, year)
        for quarter in _QUARTERS:
            year.checked[quarter] = year.irregular[quarter] * 3 + rng.randint(2, 12)


def _leave_some_open(rng: Random, village: Village, year: _Cleanup) -> None:
    """Some are found late in the year and still open; a slack village has old ones too."""
    year.irregular[4] += sum(rng.random() > village.vigour for _ in range(2))
    if rng.random() > 0.004 + (0.35 if village.slips_from else 0):
        return
    found, left = rng.randint(1, 2), rng.randint(1, 9)
    year.irregular[found] += left
    for quarter in range(found + _TWO_QUARTERS, 5):
        year.old[quarter] = left


def _plan_arrears(plan: Mapping[str, _Cleanup], villages: list[Village]) -> None:
    """Most is found early and collected later, so that no village collects what it has not found."""
    weights: dict[tuple[str, int], float] = {}
    for village in villages:
        rng = rng_of("arrears", village.code)
        owed = 0.0 if rng.random() < 0.12 else village.income * rng.lognormvariate(0, 0.6)
        weights |= {
            (village.code, q): owed * part * rng.uniform(0.8, 1.2)
            for q, part in zip(_QUARTERS, _COLLECTED_IN, strict=True)
        }
    collected = allot(_COLLECTED, weights)
    for village in villages:
        rate = 0.62 + 0.36 * village.vigour - (0.2 if village.slips_from else 0)
        year = plan[village.code]
        for quarter in _QUARTERS:
            year.collected[quarter] = collected[village.code, quarter]
        owed_in_all = round(year.collected.total() / rate)
        year.found = Counter({1: owed_in_all * 45 // 100, 2: owed_in_all * 30 // 100, 3: owed_in_all * 15 // 100})
        year.found[4] = owed_in_all - year.found.total()


def _plan_projects(plan: Mapping[str, _Cleanup], villages: list[Village]) -> None:
    rng = rng_of("asset projects")
    chosen = rng.choices(villages, [village.vigour**2 for village in villages], k=_PROJECTS)
    for village in chosen:
        quarter = rng.choices(_QUARTERS, (3, 5, 5, 4))[0]
        model = rng.choices(_MODELS, (15, 25, 28, 18, 14))[0]
        plan[village.code].projects[quarter, model] += 1


MAKERS: Final[dict[str, Maker]] = {"asset_cleanup": _asset_cleanup}
SINCE: Final[dict[str, str]] = {"asset_cleanup": f"{_YEAR}-Q1"}
COMPLETE: Final[frozenset[str]] = frozenset(MAKERS)
