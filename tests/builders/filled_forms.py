"""Rows of the five shipped forms that ingest accepts."""

from datetime import date
from random import Random
from typing import Any

from services.catalog.periods import Period
from tests.builders.small_city import CATALOG, VILLAGES

Row = dict[str, Any]

_STEPS = (
    "step_proposal",
    "step_discussion",
    "step_review",
    "step_resolution",
    "decision_published",
    "result_published",
)
_SOURCES = ("leasing", "services", "cooperatives", "investment", "other")
_GATES = ("township", "villagers", "county", "publicity", "city")
_REMARKS = ("", '引号"与,逗号', "反斜杠\\与\n换行", "{'single': null}", "平常")


def a_meeting(village: str, *, held: bool = True, **changes: Any) -> Row:
    """A meeting with 8 of 10 members; all noughts when it was not held."""
    row: Row = {"division": village, "held": held, "members_expected": 10, "members_attended": 8 if held else 0}
    row |= {"matters_decided": 0, "report_given": held, "accounts_shown": held, "consultation_held": held}
    row |= {"matters_major": 0} | dict.fromkeys(_STEPS, 0)
    return row | ({} if held else {"missed_reason": "no_place"}) | changes


def an_income(village: str, leasing: float = 0, **changes: Any) -> Row:
    """Income from leasing alone."""
    return {"division": village, **_income(leasing, 0, 0, 0, 0), "expense": 0, "debt": 0} | changes


def a_pledge(village: str, number: int = 1, *, deadline: str = "2021-12-31", **changes: Any) -> Row:
    """A pledge under way."""
    row: Row = {
        "division": village,
        "pledge_no": f"P{number}",
        "project": "修路",
        "goal": "通车",
        "deadline": deadline,
    }
    return row | {"owner_post": "secretary", "progress": 50, "completed": False, "published": True} | changes


def a_task(township: str, task: str = "T1", *, planned: int = 50, actual: int = 50, **changes: Any) -> Row:
    """A key task under way."""
    row: Row = {"division": township, "task": task, "level": "city", "planned_progress": planned}
    row |= {"actual_progress": actual, "state": "under_way", "points_published": True}
    return row | changes


def a_star_row(village: str, *, points: float = 1, veto: bool = False, passed: int = 5, **changes: Any) -> Row:
    """`points` of every standard's full marks, and so many gates passed; the rest still wait."""
    row: Row = {"division": village}
    for given in CATALOG.forms["star_rating"].fields:
        if given.type == "integer":
            row[given.field] = int(points * int(given.maximum or 0))
        if given.type == "boolean":
            row[given.field] = veto and given.field == "veto_weak_list"
    for number, gate in enumerate(_GATES):
        row[f"gate_{gate}"] = "passed" if number < passed else "pending"
    return row | changes


def random_rows(form: str, period: str, township: str, rng: Random) -> list[Row]:
    """A whole report at random: villages are missing from it now and then, the order is any."""
    if form == "key_task":
        return [_random_task(township, number, rng) for number in range(rng.randint(1, 4))]
    rows: list[Row] = []
    for village in VILLAGES[township]:
        if rng.random() < 0.85:
            rows += _RANDOM[form](village, Period.parse(period), rng)
    rng.shuffle(rows)
    return rows or _RANDOM[form](VILLAGES[township][0], Period.parse(period), rng)


def _income(*amounts: float) -> Row:
    return {f"income_{source}": amount for source, amount in zip(_SOURCES, amounts, strict=True)}


def _random_meeting(village: str, period: Period, rng: Random) -> list[Row]:
    if rng.random() < 0.4:
        return [a_meeting(village, held=False)]
    major = rng.randint(0, 3)
    steps = dict(zip(_STEPS, sorted((rng.randint(0, major) for _ in _STEPS), reverse=True), strict=True))
    held_on = period.first_day.replace(day=rng.randint(1, 28)).isoformat()
    known = {"held_on": held_on, "fixed_day": rng.randint(1, 28)} if rng.random() < 0.7 else {}
    row = a_meeting(village, members_attended=rng.randint(1, 10), matters_decided=3, matters_major=major, **known)
    return [row | steps | {"accounts_shown": rng.random() < 0.5, "note": rng.choice(_REMARKS[1:])}]


def _random_income(village: str, period: Period, rng: Random) -> list[Row]:
    amounts = (rng.choice((0, 0, 4_000, 12_345.67, 0.01)) for _ in _SOURCES)
    return [an_income(village, expense=rng.randint(0, 9_000), debt=rng.choice((0, 0, 70_000.5))) | _income(*amounts)]


def _random_pledges(village: str, period: Period, rng: Random) -> list[Row]:
    if rng.random() < 0.2:
        return [{"division": village, "nil": True}]
    return [_random_pledge(village, number, period, rng) for number in range(1, rng.randint(2, 5))]


def _random_pledge(village: str, number: int, period: Period, rng: Random) -> Row:
    row = a_pledge(village, number, deadline=date(period.year, rng.randint(1, 12), 15).isoformat())
    if rng.random() < 0.5:
        return row
    done = {"progress": 100, "completed": True, "completed_on": period.first_day.isoformat()}
    return row | done | ({"verdict": rng.choice(("satisfied", "dissatisfied"))} if rng.random() < 0.7 else {})


def _random_task(township: str, number: int, rng: Random) -> Row:
    planned, actual = rng.randint(0, 100), rng.randint(1, 99)
    task = rng.choice(("甲", '乙"', "丙,")) + str(number)
    level = rng.choice(("city", "county", "township", "village"))
    row = a_task(township, task, planned=planned, actual=actual, level=level, points_published=rng.random() < 0.5)
    blocker = {"state": "blocked", "blocker": rng.choice(_REMARKS[1:])} if rng.random() < 0.3 else {}
    return row | blocker | ({"deadline": "2021-12-15"} if rng.random() < 0.5 else {})


def _random_stars(village: str, period: Period, rng: Random) -> list[Row]:
    points, veto = rng.choice((0.5, 0.7, 0.85, 0.95, 1.0)), rng.random() < 0.3
    return [a_star_row(village, points=points, veto=veto, passed=rng.choice((2, 5, 5, 5)))]


_RANDOM = {
    "meeting_day": _random_meeting, "collective_income": _random_income, "pledge": _random_pledges,
    "star_rating": _random_stars,
}  # fmt: skip
