"""What townships report of weak organisations: each listed village's case from listing to acceptance."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Final

from services.catalog.periods import Period
from services.demo.allotment import allot
from services.demo.city import Township, Village, rng_of, simulated_city
from services.demo.rows import Maker, Row

_LISTED: Final = {
    "2019-Q1": 76, "2019-Q2": 12, "2019-Q3": 8, "2020-Q1": 68, "2020-Q2": 12, "2020-Q3": 8,
    "2021-Q1": 62, "2021-Q2": 13, "2021-Q3": 5,
}  # fmt: skip
"""264 villages: the yearly sweep comes first, a few follow."""
_LAST: Final = Period(2021, "quarter", 4)
_CITY_LISTED: Final = 30
_INTERVIEWS: Final = 2_043
_ISSUES_SOLVED: Final = 1_009
_RESERVE_OFFICIALS: Final = 276
_QUARTERS_ALLOWED: Final = 2
_DUE_WITHIN: Final = timedelta(days=45)
"""Acceptance is due halfway through the second quarter after the listing."""
_COMMON: Final = ("secretary", "body", "helpers", "life", "place", "openness", "tasks", "satisfaction")
_OF_KIND: Final = {
    "weak": ("leading", "unity", "duty", "rules", "training", "reserve", "recruits", "income", "delivery"),
    "scattered": ("groups", "contact", "day", "households", "assembly", "charter", "grid", "voice", "volunteers"),
    "disorder": ("gang", "clan", "petition", "accounts", "contracts", "land", "disputes", "safety", "election"),
}
_PLANNED: Final = (5, 11, 17)
"""Standards that a plan wants met by the end of each quarter of the case; all that apply by the third."""


@dataclass
class Case:
    """One village's case; counts are lists, one number a quarter of the case."""

    village: Village
    listed_on: date
    accepted_on: date
    kind: str
    first: Period
    quarters: int
    is_late: bool
    is_city_listed: bool = False
    interviews: list[int] = field(default_factory=list)
    solved: list[int] = field(default_factory=list)
    reserve: list[int] = field(default_factory=list)


def _rectification(township: Township, period: Period) -> Iterator[Row]:
    """A row for each listed village; every other village has nothing to report."""
    known = cases()
    for village in township.villages:
        case = known.get(village.code)
        number = -1 if case is None else period.ordinal - case.first.ordinal
        if case is None or not 0 <= number < case.quarters:
            yield {"division": village.code, "nil": True}
        else:
            yield _row(case, number, period)


def _row(case: Case, number: int, period: Period) -> Row:
    rng = rng_of("rectification", case.village.code, period)
    accepted = number == case.quarters - 1
    due_on = case.first.shifted(_QUARTERS_ALLOWED).first_day + _DUE_WITHIN
    backlog = [_backlog(case.solved, quarter) for quarter in (number - 1, number)]
    row: Row = {
        "division": case.village.code,
        "listed_on": case.listed_on.isoformat(),
        "kind": case.kind,
        "city_listed": case.is_city_listed,
        "plan_filed": number > 0 or rng.random() < 0.8,
        "acceptance_due_on": due_on.isoformat(),
        **_standards(case, number),
        "standards_planned": _PLANNED[min(number, _QUARTERS_ALLOWED)],
        "visits": rng.randint(6, 30),
        "household_visits": rng.randint(20, 180),
        "interviews": case.interviews[number],
        "issues_found": case.solved[number] + backlog[1] - backlog[0],
        "issues_solved": case.solved[number],
        "issues_open": backlog[1],
        "reserve_officials": case.reserve[number],
        **_half_yearly(case, period, "county_head_visited"),
        **_half_yearly(case, period, "city_inspected"),
        "accepted": accepted,
    }
    return row | ({"accepted_on": case.accepted_on.isoformat()} if accepted else {})


def _backlog(solved: list[int], quarter: int) -> int:
    """Issues open at the end of a quarter of the case: most of what will be solved later is known by then."""
    return int(0.7 * sum(solved[quarter + 1 :])) if quarter >= 0 else 0


def _standards(case: Case, number: int) -> Row:
    """Standards are met one after the other, in an order of the village's own."""
    names = [f"common_{name}" for name in _COMMON] + [f"{case.kind}_{name}" for name in _OF_KIND[case.kind]]
    order = rng_of("standards", case.village.code)
    order.shuffle(names)
    ahead = order.randint(4, 8) * -1 if case.is_late else order.randint(-1, 2)
    met = min(len(names), max(0, _PLANNED[min(number, _QUARTERS_ALLOWED)] + ahead))
    if number == case.quarters - 1:
        met = len(names)
    return {name: place < met for place, name in enumerate(names)}


def _half_yearly(case: Case, period: Period, what: str) -> Row:
    """A visit or inspection that a village is due each half-year: whether and when it took place so far."""
    rng = rng_of(what, case.village.code, period.ordinal // 2)
    half = Period.containing(period.first_day, "half").parts("quarter")
    parts = [quarter for quarter in half if quarter.ordinal >= case.first.ordinal]
    is_missed = rng.random() < (0.15 if case.is_late else 0.05)
    is_soon = rng.random() < 0.6
    on = _day_within(case, parts[0] if is_soon else parts[-1], rng)
    if is_missed or on > period.last_day:
        return {what: False}
    return {what: True, f"{what}_on": on.isoformat()}


def _day_within(case: Case, quarter: Period, rng: Random) -> date:
    first = max(case.listed_on, quarter.first_day)
    return first + timedelta(days=rng.randint(0, (quarter.last_day - first).days))


@cache
def cases() -> Mapping[str, Case]:
    """Every case by village: the slackest villages, listed year by year and all put right by the end of 2021."""
    villages = [village for township in simulated_city() for village in township.villages]
    slackness = {v.code: v.vigour + rng_of("weak", v.code).gauss(0, 0.07) for v in villages}
    weakest = sorted(villages, key=lambda v: slackness[v.code])[: sum(_LISTED.values())]
    rng = rng_of("weak villages")
    rng.shuffle(weakest)
    starts = [Period.parse(quarter) for quarter, count in _LISTED.items() for _ in range(count)]
    cases = [_case(village, first) for village, first in zip(weakest, starts, strict=True)]
    for case in rng.sample(cases, _CITY_LISTED):
        case.is_city_listed = True
    _share_out(cases)
    return {case.village.code: case for case in cases}


def _case(village: Village, first: Period) -> Case:
    rng = rng_of("case", village.code)
    # How many quarters after its listing the village is accepted; later than the second is late.
    delay = rng.choices((1, _QUARTERS_ALLOWED, 3, 4), (14, 74, 8, 4))[0]
    last = min(first.shifted(delay), _LAST, key=lambda quarter: quarter.ordinal)
    return Case(
        village=village,
        listed_on=first.first_day + timedelta(days=rng.randint(10, 80)),
        accepted_on=last.first_day + timedelta(days=rng.randint(10, 44)),
        kind=rng.choices(tuple(_OF_KIND), (50, 28, 22))[0],
        first=first,
        quarters=last.ordinal - first.ordinal + 1,
        is_late=last.ordinal - first.ordinal > _QUARTERS_ALLOWED,
    )


def _share_out(cases: list[Case]) -> None:
    """Spread the city's totals over the quarters of all cases."""
    rng = rng_of("case totals")
    keys = [(case.village.code, number) for case in cases for number in range(case.quarters)]
    interviews = allot(_INTERVIEWS, {key: rng.uniform(0.6, 1.4) for key in keys})
    solved = allot(_ISSUES_SOLVED, {key: rng.uniform(0.1, 1.0) * (1 + key[1]) for key in keys})
    reserve = allot(_RESERVE_OFFICIALS, {key: rng.random() for key in keys})
    for case in cases:
        for number in range(case.quarters):
            case.interviews.append(interviews[case.village.code, number])
            case.solved.append(solved[case.village.code, number])
            case.reserve.append(reserve[case.village.code, number])


MAKERS: Final[dict[str, Maker]] = {"rectification": _rectification}
SINCE: Final[dict[str, str]] = {"rectification": "2019-Q1"}
COMPLETE: Final[frozenset[str]] = frozenset(MAKERS)
