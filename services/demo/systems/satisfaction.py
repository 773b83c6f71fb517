"""The quarterly telephone survey: who answered and was satisfied, and what became of the problems they raised."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from random import Random
from typing import Final

from services.catalog.periods import Period
from services.demo.city import Township, Village, rng_of, simulated_city
from services.demo.rows import Maker, Row

_QUARTERS: Final = (1, 2, 3, 4)
_SURVEYED: Final = 0.7
_TINY: Final = 0.06
"""The share of surveys that ask so few that nothing can be said of the village."""


def satisfactions(township: Township, period: Period) -> Iterator[Row]:
    """One row a village; nothing to report where nobody was called and nothing waits."""
    for village in township.villages:
        yield {"division": village.code, **_year()[village.code][period.number - 1]}


@cache
def _year() -> Mapping[str, Sequence[Row]]:
    return {
        village.code: list(_reports(township, village))
        for township in simulated_city()
        for village in township.villages
    }


def _reports(township: Township, village: Village) -> Iterator[Row]:
    rng = rng_of("satisfaction", village.code)
    waiting = late = 0
    for quarter in _QUARTERS:
        slipping = village.slips_from is not None and quarter * 3 >= village.slips_from
        survey = _survey(rng, _rate(rng, township, village, slipping=slipping))
        if not survey["sampled"] and not waiting and not late:
            yield {"nil": True}
            continue
        raised = sum(rng.random() < 0.045 for _ in range(survey["reached"]))
        due_now = sum(rng.random() < 0.4 for _ in range(raised))
        due = waiting + due_now
        promptness = 0.55 if slipping else 0.9 + 0.09 * village.vigour
        in_time = sum(rng.random() < promptness for _ in range(due))
        solved = in_time + sum(rng.random() < 0.7 for _ in range(late))
        waiting, late = raised - due_now, late + due - solved
        yield survey | {
            "problems_raised": raised, "problems_due": due, "problems_in_time": in_time,
            "problems_solved": solved, "problems_open": waiting + late,
        }  # fmt: skip


def _rate(rng: Random, township: Township, village: Village, *, slipping: bool) -> float:
    """How likely a household is satisfied."""
    burden = min(0.1, township.lag / 200) + (0.2 if slipping else 0.0)
    return min(0.99, 0.86 + 0.13 * village.vigour + rng.gauss(0.0, 0.012) - burden)


def _survey(rng: Random, rate: float) -> dict[str, int]:
    if rng.random() >= _SURVEYED:
        return dict.fromkeys(("sampled", "reached", "satisfied"), 0)
    sampled = rng.randint(6, 14) if rng.random() < _TINY else rng.randint(36, 80)
    reached = round(sampled * rng.uniform(0.55, 0.85))
    return {
        "sampled": sampled,
        "reached": reached,
        "satisfied": sum(rng.random() < rate for _ in range(reached)),
    }


MAKERS: Final[dict[str, Maker]] = {"satisfaction": satisfactions}
SINCE: Final[dict[str, str]] = {"satisfaction": "2021-Q1"}
