"""The simulated city: who reports, and how well each village and township does. Deterministic."""

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from random import Random
from typing import Final

from services.core.register import SHIPPED

SEED: Final = 2021


def rng_of(*names: object) -> Random:
    """Random numbers that depend on these names alone."""
    return Random(f"{SEED}:" + ":".join(map(str, names)))  # noqa: S311  a simulation, no secret


@dataclass(frozen=True)
class Village:
    """A village and its hidden nature: `vigour` 0-1, yearly income in yuan, the month of 2021
    in which it begins to slip or None.
    """

    code: str
    vigour: float
    income: float
    main_source: str
    members: int
    slips_from: int | None


@dataclass(frozen=True)
class Township:
    """A township, its villages, how punctual its clerk is (0-1) and how far it lags in key tasks (points)."""

    code: str
    county: str
    villages: Sequence[Village]
    punctuality: float
    lag: float


@dataclass(frozen=True)
class County:
    """A county, its townships, how punctual its clerk is (0-1), how far it lags in its own work (points)."""

    code: str
    townships: Sequence[Township]
    punctuality: float
    lag: float


SOURCES: Final = ("leasing", "services", "cooperatives", "investment", "other")


@cache
def simulated_city() -> Sequence[Township]:
    """The 111 townships that have villages, by code."""
    return tuple(_township(code, villages) for code, villages in sorted(_villages().items()))


@cache
def simulated_counties() -> Sequence[County]:
    """The 12 counties that have such townships, by code."""
    by_county = groupby(simulated_city(), key=lambda township: township.county)
    return tuple(_county(prefix, tuple(townships)) for prefix, townships in by_county)


def _villages() -> Mapping[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for line in csv.DictReader(SHIPPED.read_text("utf-8").splitlines()):
        if line["kind"] == "village":
            found[line["parent_code"]].append(line["code"])
    return found


def _county(prefix: str, townships: Sequence[Township]) -> County:
    rng = rng_of("county clerk", prefix)
    lags = rng.random() < 0.2
    return County(
        code=f"{prefix}000000",
        townships=townships,
        punctuality=min(0.99, max(0.8, rng.gauss(0.95, 0.04))),
        lag=rng.uniform(10, 24) if lags else abs(rng.gauss(0, 2.5)),
    )


def _township(code: str, villages: Sequence[str]) -> Township:
    county = code[:6]
    standing = rng_of("county", county).gauss(0.0, 0.055)
    rng = rng_of("township", code)
    vigour = 0.74 + standing + rng.gauss(0.0, 0.06)
    lags = rng.random() < 0.09
    return Township(
        code=code,
        county=county,
        villages=[_village(village, vigour) for village in villages],
        punctuality=min(0.99, max(0.6, rng.gauss(0.93, 0.05))),
        lag=rng.uniform(9, 26) if lags else abs(rng.gauss(0, 2.2)),
    )


def _village(code: str, township_vigour: float) -> Village:
    rng = rng_of("village", code)
    vigour = min(0.99, max(0.2, rng.gauss(township_vigour, 0.09)))
    slips = rng.random() < 0.012 + max(0.0, 0.5 - vigour) * 0.25
    return Village(
        code=code,
        vigour=vigour,
        income=max(21_000.0, rng.lognormvariate(11.75 + 1.5 * (vigour - 0.74), 0.42)),
        main_source=rng.choices(SOURCES, (45, 14, 18, 15, 8))[0],
        members=rng.randint(18, 95),
        slips_from=rng.randint(4, 12) if slips else None,
    )
