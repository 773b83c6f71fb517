"""What townships report of the yearly eligibility review: members reviewed, unfit by ground, removed."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Final

from services.catalog.periods import Period
from services.demo.allotment import allot
from services.demo.city import Township, rng_of, simulated_city
from services.demo.rows import Maker, Row

_YEAR: Final = 2021
_REVIEWED: Final = 27_000
_GROUNDS: Final = ("convicted", "gang", "disciplined", "debtor", "vote_buying", "other")
_HOW_OFTEN: Final = (22, 4, 26, 34, 4, 10)
_BEHIND: Final = 9
"""Points behind in key tasks from which a township is slow in this too."""


def _eligibility(township: Township, period: Period) -> Iterator[Row]:
    rng, reviewed = rng_of("eligibility", township.code, period), _reviewed()[township.code]
    is_slow = township.lag > _BEHIND
    unreviewed = rng.randint(2, 9) if is_slow else rng.choice((0, 0, 0, 0, 1))
    unfit = sum(rng.random() < 0.009 for _ in range(reviewed)) + (2 if is_slow else 0)
    grounds = Counter(rng.choices(_GROUNDS, _HOW_OFTEN, k=unfit))
    removed = unfit - _kept_on(rng, unfit, is_slow=is_slow)
    row: Row = {
        "division": township.code,
        "members": reviewed + unreviewed,
        "members_reviewed": reviewed,
        "reviewed_on": (date(period.year, 3, 1) + timedelta(days=rng.randrange(240))).isoformat(),
        **{f"unfit_{ground}": grounds[ground] for ground in _GROUNDS},
        "removed": removed,
        "removed_in_time": sum(rng.random() < (0.6 if is_slow else 0.96) for _ in range(removed)),
    }
    if removed < unfit:
        row["note"] = "清退程序正在办理"
    yield row


def _kept_on(rng: Random, unfit: int, *, is_slow: bool) -> int:
    """How many unfit members are still in office when the year ends."""
    if is_slow:
        return min(unfit, rng.randint(1, 4))
    return min(unfit, 1) if rng.random() < 0.04 else 0


@cache
def _reviewed() -> Mapping[str, int]:
    """Members reviewed in each township: five or six a village."""
    return allot(
        _REVIEWED, {t.code: len(t.villages) * rng_of("members", t.code).gauss(1, 0.04) for t in simulated_city()}
    )


MAKERS: Final[dict[str, Maker]] = {"eligibility": _eligibility}
SINCE: Final[dict[str, str]] = {"eligibility": str(_YEAR)}
COMPLETE: Final[frozenset[str]] = frozenset(MAKERS)
