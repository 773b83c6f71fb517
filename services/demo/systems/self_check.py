"""Self-checks by the five basics and micro-services: what is found is put right sooner or later, funds are spent."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from random import Random
from typing import Final

from services.catalog.periods import Period
from services.demo.allotment import allot
from services.demo.city import Township, Village, rng_of, simulated_city
from services.demo.rows import Maker, Row

_FOUND: Final = 18_000
_SERVICES: Final = 38_000
"""What the city published for 2021."""
_QUARTERS: Final = (1, 2, 3, 4)
_BASICS: Final = ("organisation", "team", "activities", "rules", "support")
_FOUND_BY_QUARTER: Final = {1: 1.3, 2: 1.1, 3: 0.9, 4: 0.7}
_SERVICES_BY_QUARTER: Final = {1: 0.5, 2: 1.0, 3: 1.1, 4: 1.4}

Quarter = tuple[str, int]
"""A village and a quarter of the year."""


def self_checks(township: Township, period: Period) -> Iterator[Row]:
    """One row a village."""
    for village in township.villages:
        yield {"division": village.code, **_year()[village.code][period.number - 1]}


@cache
def _year() -> Mapping[str, Sequence[Row]]:
    """The four reports of every village."""
    villages = [(township, village) for township in simulated_city() for village in township.villages]
    found = allot(_FOUND, _weights("found", _FOUND_BY_QUARTER, spread=1.4))
    done = allot(_SERVICES, _weights("services", _SERVICES_BY_QUARTER, spread=0.15))
    return {village.code: list(_reports(township, village, found, done)) for township, village in villages}


def _weights(what: str, by_quarter: Mapping[int, float], *, spread: float) -> dict[Quarter, float]:
    """How much of the city's year falls to each village and quarter; to a few villages nothing at all."""
    weights: dict[Quarter, float] = {}
    for township in simulated_city():
        for village in township.villages:
            rng = rng_of("self check", what, village.code)
            own = 0.0 if rng.random() < 0.003 else (0.5 + village.vigour) * rng.gammavariate(1 / spread, spread)
            for quarter, season in by_quarter.items():
                weights[village.code, quarter] = own * season * rng.uniform(0.1, 1.9)
    return weights


def _reports(
    township: Township, village: Village, found: Mapping[Quarter, int], done: Mapping[Quarter, int]
) -> Iterator[Row]:
    rng = rng_of("self check", village.code)
    received = rng_of("service funds", township.code).randint(200, 500) * 100 / 4
    unresolved = dict.fromkeys(_BASICS, 0)
    left = 0.0
    for quarter in _QUARTERS:
        slipping = village.slips_from is not None and quarter * 3 >= village.slips_from
        problems = _problems(rng, unresolved, found[village.code, quarter], 0.05 if slipping else village.vigour)
        services = done[village.code, quarter]
        spent = round(min(left + received, services * rng.uniform(1600, 6000)), 2)
        left = round(left + received - spent, 2)
        yield problems | {
            "funds_received": received, "funds_spent": spent, "funds_left": left, "services_done": services,
            "services_under_way": rng.randint(0, 3), "households_served": services * rng.randint(12, 60),
        }  # fmt: skip


def _problems(rng: Random, unresolved: dict[str, int], found: int, vigour: float) -> Row:
    """A quarter's problems: the older ones are more likely put right than the new. Keeps `unresolved` up to date."""
    new = dict.fromkeys(_BASICS, 0)
    for basic in rng.choices(_BASICS, (16, 22, 24, 20, 18), k=found):
        new[basic] += 1
    fixed = {
        basic: sum(rng.random() < 0.25 + 0.7 * vigour for _ in range(unresolved[basic]))
        + sum(rng.random() < 0.1 + 0.8 * vigour for _ in range(new[basic]))
        for basic in _BASICS
    }
    for basic in _BASICS:
        unresolved[basic] += new[basic] - fixed[basic]
    return {
        **{f"found_{basic}": count for basic, count in new.items()},
        **{f"fixed_{basic}": count for basic, count in fixed.items()},
        "open_problems": sum(unresolved.values()),
    }


MAKERS: Final[dict[str, Maker]] = {"self_check": self_checks}
SINCE: Final[dict[str, str]] = {"self_check": "2021-Q1"}
COMPLETE: Final[frozenset[str]] = frozenset({"self_check"})
