"""What the simulated city reports of its talent pools: people found, contacted, returned and in post."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from random import Random
from typing import Final

from services.catalog.periods import Period
from services.demo.city import Township, Village, rng_of, simulated_city
from services.demo.rows import Maker, Row

_FIRST: Final = Period.parse("2020-Q1")
_QUARTERS: Final = 8
_NEVER: Final = 99
_RETURNED_INTO_BODIES: Final = 1236
_OPENLY_SELECTED: Final = 239
_ELECTED_SECRETARIES: Final = 150
_OTHER_POSTS: Final = 240
_STAGES: Final = ("found", "contacted", "returned", "in_post")
_OCCUPATIONS: Final = {
    "returned": (("business", "trade", "professional", "graduate", "veteran"), (22, 40, 12, 14, 12)),
    "local": (("farming", "veteran", "graduate", "other"), (52, 22, 14, 12)),
    "dispatched": (("public_sector",), (1,)),
    "cross_village": (("farming", "business", "other"), (50, 30, 20)),
}
# Most posts were taken up in the elections of the first quarter of 2021.
_TAKEN_UP: Final = (0, 1, 1, 2, 3, 3, 4, 4, 4, 4, 4, 5, 6, 7)


@dataclass(slots=True)
class _Talent:
    """One person; `reached` are the quarters, counted from 2020-Q1, in which the stages began."""

    number: str
    channel: str
    occupation: str
    reached: list[int]
    days: Sequence[int]
    contacts: Sequence[int]
    liaison_from: int
    subsidy_years: int
    luck: float
    post: str | None = None
    openly_selected: bool = False
    gone_from: int = _NEVER

    def enters_post(self, post: str, quarter: int) -> None:
        self.post = post
        self.reached[3] = max(self.reached[2], quarter)

    def row(self, village: str, quarter: int) -> Row:
        stage = max(number for number in range(4) if self.reached[number] <= quarter)
        row: Row = {
            "division": village, "talent_no": self.number, "channel": self.channel, "occupation": self.occupation,
            "liaison_assigned": self.liaison_from <= quarter, "contacts": self.contacts[quarter] if stage else 0,
            "stage": _STAGES[stage], "stage_since": _day(self.reached[stage], self.days[stage]),
            "openly_selected": stage == 3 and self.openly_selected,
            "subsidy_years": self.subsidy_years if stage == 3 else 0,
        }  # fmt: skip
        return row | {"post": self.post} if stage == 3 else row


@cache
def _day(quarter: int, days: int) -> str:
    return (_FIRST.shifted(quarter).first_day + timedelta(days=days)).isoformat()


def _talents(township: Township, period: Period) -> Iterator[Row]:
    quarter = period.ordinal - _FIRST.ordinal
    for village in township.villages:
        pool = [one for one in _plan()[village.code] if one.reached[0] <= quarter < one.gone_from]
        if not pool:
            yield {"division": village.code, "nil": True}
        for talent in pool:
            yield talent.row(village.code, quarter)


@cache
def _plan() -> dict[str, list[_Talent]]:
    """The pools of all villages, with exactly as many people in post as were published."""
    pools = {
        village.code: list(_pool(village, township)) for township in simulated_city() for village in township.villages
    }
    waiting = [
        (village, talent)
        for village, pool in pools.items()
        for talent in pool
        if talent.channel == "returned" and talent.reached[2] < _QUARTERS
    ]
    waiting.sort(key=lambda found: found[1].luck)
    chosen = waiting[:_RETURNED_INTO_BODIES]
    for village, talent in chosen:
        talent.enters_post(*_post(village, talent, ("deputy_secretary", "committee_member")))
    for village, talent in waiting[_RETURNED_INTO_BODIES:][:_OTHER_POSTS]:
        talent.enters_post(*_post(village, talent, ("other",)))
    local = [(v, t) for v, pool in pools.items() for t in pool if t.channel == "local" and 0 <= t.reached[3] < 8]
    _choose_secretaries(pools, sorted(chosen + local, key=lambda found: rng_of("secretary", *_name(*found)).random()))
    return pools


def _name(village: str, talent: _Talent) -> tuple[str, str]:
    return village, talent.number


def _post(village: str, talent: _Talent, posts: Sequence[str]) -> tuple[str, int]:
    rng = rng_of("post", *_name(village, talent))
    return rng.choice(posts), rng.choice(_TAKEN_UP)


def _choose_secretaries(pools: dict[str, list[_Talent]], in_post: list[tuple[str, _Talent]]) -> None:
    """The first of `in_post` become secretaries by open selection, the next by election; one a village."""
    taken = {village for village, pool in pools.items() if any(t.post == "secretary" for t in pool)}
    left = _OPENLY_SELECTED + _ELECTED_SECRETARIES
    for village, talent in in_post:
        if left == 0:
            return
        if village not in taken:
            taken.add(village)
            talent.post = "secretary"
            talent.openly_selected = left > _ELECTED_SECRETARIES
            left -= 1


def _pool(village: Village, township: Township) -> Iterator[_Talent]:
    rng = rng_of("talents", village.code)
    count = rng.choices((0, 1, 2, 3, 4, 5), (0.5, 44, 32, 15, 6, 2.5))[0]
    if not count and rng.random() < 0.5:
        # The only one was lost again in 2020.
        lost = _talent(rng, village, township, "R1", channel="returned", entry=-3)
        lost.reached[2], lost.gone_from = _NEVER, rng.randint(2, 4)
        yield lost
    channels = rng.choices(("returned", "local"), (69, 31), k=count)
    if count and rng.random() < 0.17:
        channels[-1] = rng.choices(("dispatched", "cross_village"), (6, 4))[0]
    for number, channel in enumerate(channels, 1):
        # Nobody's pool is empty for a year but where it stays empty.
        before = rng.random() < (0.85 if number == 1 else 0.5)
        entry = -rng.randint(1, 8) if before else rng.randint(0, 2 if number == 1 else _QUARTERS - 1)
        yield _talent(rng, village, township, f"R{number}", channel=channel, entry=entry)


def _talent(rng: Random, village: Village, township: Township, number: str, *, channel: str, entry: int) -> _Talent:
    occupations, weights = _OCCUPATIONS[channel]
    has_liaison = rng.random() < 0.985 - 0.017 * township.lag
    idle = max(0.02, 0.5 - 0.45 * village.vigour)
    talent = _Talent(
        number=number,
        channel=channel,
        occupation=rng.choices(occupations, weights)[0],
        reached=_stages(rng, village, channel, entry),
        days=sorted(rng.sample(range(86), 4)),
        contacts=rng.choices((0, 1, 2, 3, 4), (idle, 0.4, 0.3, 0.2, 0.1), k=_QUARTERS),
        liaison_from=entry + (rng.random() < 0.12) if has_liaison else _NEVER,
        subsidy_years=3 if channel != "dispatched" and rng.random() < 0.82 else 0,
        luck=rng.random() / village.vigour,
    )
    if talent.reached[3] < _NEVER:
        talent.post = "committee_member" if channel == "local" else "secretary"
    return talent


def _stages(rng: Random, village: Village, channel: str, entry: int) -> list[int]:
    """When the stages begin; those from outside take up a post later, when posts are given out."""
    if channel in ("dispatched", "cross_village"):
        return [entry] * 4
    forgotten = rng.random() < (0.5 if village.slips_from else 0.004)
    if forgotten and entry >= 0:
        return [entry, _NEVER, _NEVER, _NEVER]
    contacted = entry + (rng.random() < 0.3)
    if channel == "local":
        return [entry, contacted, contacted, contacted + rng.randint(0, 3) if rng.random() < 0.4 else _NEVER]
    returns = rng.random() < 0.3 + 0.35 * village.vigour
    return [entry, contacted, contacted + rng.randint(1, 5) if returns else _NEVER, _NEVER]


MAKERS: Final[dict[str, Maker]] = {"talent": _talents}
SINCE: Final = {"talent": "2020-Q1"}
COMPLETE: Final = frozenset({"talent"})
"""Forms whose published totals add up only when every report arrives."""
