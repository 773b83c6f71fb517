"""What the simulated city reports of its alliances and the contiguous projects that they carry out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from services.catalog.periods import Period
from services.demo.allotment import allot
from services.demo.city import Township, Village, rng_of, simulated_city
from services.demo.rows import Maker, Row

_FIRST: Final = Period.parse("2021-Q1")
_QUARTERS: Final = 4
_ALLIANCES: Final = 138
_VILLAGES: Final = 890
_PROJECTS: Final = 166
_PROJECT_VILLAGES: Final = 382
_FUNDS_YUAN: Final = 190_000_000
_ROUNDED_TO: Final = 1000
_KINDS: Final = ("farming", "processing", "industry", "tourism", "services", "other")


@dataclass(slots=True)
class _Share:
    """A village's part in a project; `paid` is what it had been paid by the end of each quarter, in yuan."""

    project_no: str
    kind: str
    begins: int
    operates_from: int
    funds: int = 0
    paid: Sequence[int] = ()
    income: Sequence[int] = ()

    def values(self, quarter: int) -> Row:
        operates = quarter >= self.operates_from
        stage = "operating" if operates else "building" if quarter > self.begins else "approved"
        return {
            "project_no": self.project_no, "project_kind": self.kind, "project_stage": stage,
            "funds_granted": self.funds, "funds_paid": self.paid[quarter],
            "income_shared": self.income[quarter] if operates else 0,
        }  # fmt: skip


_NO_PROJECT: Final = {"project_no": "0", "funds_granted": 0, "funds_paid": 0, "income_shared": 0}


@dataclass(slots=True)
class _Member:
    """A village in an alliance, from the quarter in which the alliance was formed."""

    alliance_no: str
    role: str
    village: Village
    township: Township
    formed_from: int
    shares: list[_Share] = field(default_factory=list)


def _alliances(township: Township, period: Period) -> Iterator[Row]:
    quarter = period.ordinal - _FIRST.ordinal
    for village in township.villages:
        member = _plan().get(village.code)
        if member is None or member.formed_from > quarter:
            yield {"division": village.code, "nil": True}
            continue
        row = {"division": village.code, "alliance_no": member.alliance_no, "role": member.role}
        running = [share.values(quarter) for share in member.shares if share.begins <= quarter]
        for values in running or [_NO_PROJECT]:
            yield row | values


@cache
def _plan() -> dict[str, _Member]:
    """The villages in an alliance, their projects and the funds of these; the city's sums are the published ones."""
    alliances = _formed()
    sizes = {number: len(members) for number, members in alliances.items()}
    projects = allot(_PROJECTS, sizes)
    taking_part = allot(_PROJECT_VILLAGES, {number: sizes[number] if projects[number] else 0 for number in sizes})
    shares: list[tuple[_Member, _Share]] = []
    for number, members in alliances.items():
        shares += _shares(number, members[: taking_part[number]], projects[number])
    _grant(shares)
    return {member.village.code: member for members in alliances.values() for member in members}


def _formed() -> dict[str, list[_Member]]:
    """The alliances by number; the villages of each lie side by side, the strongest is its head."""
    city = {township.code: township for township in simulated_city() if len(township.villages) > 14}
    counts = allot(_ALLIANCES, {code: len(t.villages) * _spread("alliances", code) for code, t in city.items()})
    homes = {f"{code[:9]}-L{n + 1}": city[code] for code, count in counts.items() for n in range(count)}
    sizes = allot(_VILLAGES, {number: _spread("alliance", number) for number in homes})
    begins: dict[str, int] = {}
    found: dict[str, list[_Member]] = {}
    for number, township in homes.items():
        start = begins.get(township.code, 0)
        begins[township.code] = start + sizes[number]
        villages = township.villages[start : start + sizes[number]]
        head = max(villages, key=lambda village: village.vigour)
        rng = rng_of("formed", number)
        formed_from = -1 if rng.random() < 0.88 else rng.randint(0, 2)
        found[number] = [
            _Member(number, "head" if v is head else "member", v, township, formed_from) for v in villages
        ]
    return found


def _spread(*names: object) -> float:
    return rng_of(*names).uniform(0.6, 1.5)


def _shares(number: str, members: Sequence[_Member], projects: int) -> Iterator[tuple[_Member, _Share]]:
    """Villages divided over the alliance's projects; the first takes part in all of them."""
    for project in range(projects):
        rng = rng_of("project", number, project)
        begins = max(members[0].formed_from, -1 if rng.random() < 0.7 else rng.randint(0, 2))
        operates_from = begins + rng.randint(2, 5)
        kind = rng.choices(_KINDS, (36, 20, 14, 16, 9, 5))[0]
        for place, member in enumerate(members):
            if place % projects == project or place == 0:
                share = _Share(f"{number}-P{project + 1}", kind, begins, operates_from)
                member.shares.append(share)
                yield member, share


def _grant(shares: Sequence[tuple[_Member, _Share]]) -> None:
    """Share the funds out in thousands of yuan, and let each part be paid at its township's pace."""
    weights = {
        n: rng_of("funds", share.project_no, m.village.code).uniform(0.5, 1.8) for n, (m, share) in enumerate(shares)
    }
    for number, thousands in allot(_FUNDS_YUAN // _ROUNDED_TO, weights).items():
        member, share = shares[number]
        rng = rng_of("paid", share.project_no, member.village.code)
        stuck = rng.random() < (0.4 if member.village.slips_from else 0.025)
        share.funds = thousands * _ROUNDED_TO
        pace = max(0.08, rng.uniform(0.22, 0.4) - 0.012 * member.township.lag)
        share.paid = [0 if stuck else _paid(share, pace, quarter) for quarter in range(_QUARTERS)]
        idle = stuck or rng.random() < 0.05
        share.income = [0 if idle else round(rng.uniform(2_000, 16_000)) for _ in range(_QUARTERS)]


def _paid(share: _Share, pace: float, quarter: int) -> int:
    """A first part with the grant, the rest at `pace` a quarter."""
    if quarter < share.begins:
        return 0
    part = min(1.0, 0.3 + pace * (quarter - share.begins))
    return round(share.funds * part / _ROUNDED_TO) * _ROUNDED_TO


MAKERS: Final[dict[str, Maker]] = {"alliance": _alliances}
SINCE: Final = {"alliance": "2021-Q1"}
COMPLETE: Final = frozenset({"alliance"})
"""Forms whose published totals add up only when every report arrives."""
