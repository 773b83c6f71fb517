"""A year's pledges of each village: made in January, done by their deadline or late, and judged then."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Final

from services.catalog.periods import Period
from services.demo.city import Township, Village, rng_of, simulated_city
from services.demo.rows import Maker, Row

_YEAR: Final = 2021
_PROJECTS: Final = (
    "硬化村内道路", "安装太阳能路灯", "改造自来水管网", "建设文化广场", "修缮村级幸福院", "清淤排水沟渠",
    "整修村级活动场所", "栽植道路绿化", "建设农产品晾晒场", "改造公共卫生间", "修建生产路", "设立为老食堂",
)  # fmt: skip
_OWNERS: Final = ("secretary", "deputy_secretary", "committee_member", "supervision_head")


@dataclass(frozen=True)
class _Pledge:
    """What is promised, until when, and how it will end."""

    number: int
    project: str
    owner: str
    deadline: date
    done_on: date
    verdict: str


def pledges(township: Township, period: Period) -> Iterator[Row]:
    """Two to six rows a village."""
    for village in township.villages:
        for pledge in _plans()[village.code]:
            yield {"division": village.code, **_state(pledge, period)}


@cache
def _plans() -> Mapping[str, Sequence[_Pledge]]:
    return {village.code: _plan(village) for township in simulated_city() for village in township.villages}


def _plan(village: Village) -> list[_Pledge]:
    count = rng_of("pledges", village.code).choices((2, 3, 4, 5, 6), (2, 40, 34, 22, 2))[0]
    return [_planned(village, number) for number in range(1, count + 1)]


def _planned(village: Village, number: int) -> _Pledge:
    rng = rng_of("pledge", village.code, number)
    due = Period(_YEAR, "month", rng.choices(range(5, 13), (4, 8, 8, 9, 12, 16, 20, 23))[0])
    deadline = rng.choice((due.first_day.replace(day=15), due.first_day.replace(day=20), due.last_day))
    delay = rng.randint(1, 3) if rng.random() < 0.012 - 0.01 * village.vigour else 0
    if village.slips_from is not None and due.number >= village.slips_from:
        delay += rng.randint(0, 4)
    return _Pledge(
        number,
        rng.choice(_PROJECTS),
        rng.choice(_OWNERS),
        deadline,
        deadline + timedelta(days=31 * delay - rng.randint(0, 25)),
        rng.choices(("satisfied", "mostly_satisfied", "dissatisfied"), (78, 19, 3))[0],
    )


def _state(pledge: _Pledge, period: Period) -> Row:
    """How a pledge stands at the end of a month."""
    today = period.last_day
    completed = pledge.done_on <= today
    begun = date(_YEAR, 1, 1)
    share = min(0.97, (today - begun).days / (pledge.done_on - begun).days)
    row: Row = {
        "pledge_no": f"P{pledge.number}", "project": pledge.project, "goal": "完成建设并通过村民代表验收",
        "deadline": pledge.deadline.isoformat(), "owner_post": pledge.owner,
        "progress": 100 if completed else round(100 * share), "completed": completed,
        "published": period.number > 1,
    }  # fmt: skip
    if completed:
        row |= {"completed_on": pledge.done_on.isoformat(), "verdict": pledge.verdict}
    elif pledge.deadline <= today:
        row["note"] = "施工受阻，已调整工期"
    return row


MAKERS: Final[dict[str, Maker]] = {"pledge": pledges}
SINCE: Final[dict[str, str]] = {"pledge": f"{_YEAR}-01"}
