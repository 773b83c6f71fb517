"""What a township reports of its villages, form by form: plausible, deterministic rows."""

from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from services.demo.city import SOURCES, Township, Village, rng_of
from services.demo.stars import star_row

YEAR: Final = 2021
Row = dict[str, Any]

_PROJECTS: Final = (
    "硬化村内道路", "安装太阳能路灯", "改造自来水管网", "建设文化广场", "修缮村级幸福院", "清淤排水沟渠",
    "整修村级活动场所", "栽植道路绿化", "建设农产品晾晒场", "改造公共卫生间", "修建生产路", "设立为老食堂",
)  # fmt: skip
_OWNERS: Final = ("secretary", "deputy_secretary", "committee_member", "supervision_head")
_SEASONS: Final = (0.7, 0.6, 0.8, 0.9, 1.0, 1.3, 0.9, 0.9, 1.2, 1.4, 1.1, 1.2)
_SEASONS_TOTAL: Final = sum(_SEASONS)
_TASKS: Final = (
    ("C-01", "city"), ("C-02", "city"), ("C-03", "city"), ("C-04", "city"), ("X-01", "county"), ("X-02", "county"),
    ("Z-01", "township"), ("Z-02", "township"), ("V-01", "village"),
)  # fmt: skip


def rows_of(form: str, township: Township, month: int) -> list[Row]:
    """The rows of one report; villages that forgot to hand theirs in are left out. `month` is 12 for the year."""
    if form == "key_task":
        return list(_key_tasks(township, month))
    rows: list[Row] = []
    for village in township.villages:
        if rng_of("silent", form, village.code, month).random() < 0.003:
            continue
        rows += _MAKERS[form](village, month)
    return rows


def _meeting_day(village: Village, month: int) -> Iterator[Row]:
    rng = rng_of("meeting", village.code, month)
    slipping = village.slips_from is not None and village.slips_from <= month < village.slips_from + 4
    held = rng.random() < (0.06 if slipping else 0.975 + 0.02 * village.vigour)
    fixed_day = rng_of("day", village.code).randint(1, 25)
    row: Row = {"division": village.code, "fixed_day": fixed_day, "held": held, "members_expected": village.members}
    if not held:
        reason = rng.choice(["no_quorum", "secretary_absent", "emergency", "no_place"])
        yield row | _nothing_done() | {"missed_reason": reason}
        return
    decided = rng.randint(0, 4)
    major = rng.randint(0, decided)
    on_day = rng.random() < 0.6 + 0.35 * village.vigour
    day = fixed_day if on_day else rng.randint(1, 28)
    attendance = rng.gauss(0.66 + 0.25 * village.vigour, 0.06)
    yield row | {
        "held_on": date(YEAR, month, day).isoformat(),
        "members_attended": min(village.members, round(village.members * attendance)),
        "matters_decided": decided,
        "report_given": rng.random() < 0.8 + 0.2 * village.vigour,
        "accounts_shown": rng.random() < 0.78 + 0.22 * village.vigour,
        "consultation_held": rng.random() < 0.72 + 0.25 * village.vigour,
        "matters_major": major,
    } | _steps(rng, village, major)  # fmt: skip


def _nothing_done() -> Row:
    counts = ("members_attended", "matters_decided", "matters_major", *_STEPS)
    return dict.fromkeys(counts, 0) | dict.fromkeys(("report_given", "accounts_shown", "consultation_held"), False)


_STEPS: Final = (
    "step_proposal", "step_discussion", "step_review", "step_resolution", "decision_published", "result_published"
)  # fmt: skip


def _steps(rng: Random, village: Village, major: int) -> Row:
    kept, row = major, {}
    for step in _STEPS:
        kept -= sum(rng.random() > 0.93 + 0.07 * village.vigour for _ in range(kept))
        row[step] = kept
    return row


def _collective_income(village: Village, month: int) -> Iterator[Row]:
    rng = rng_of("income", village.code, month)
    fading = village.slips_from is not None and month >= village.slips_from
    total = village.income / _SEASONS_TOTAL * _SEASONS[month - 1] * rng.gauss(1.0, 0.12) * (0.55 if fading else 1.0)
    shares = {source: rng_of("share", village.code, source).random() * 0.35 for source in SOURCES}
    shares[village.main_source] += 1.2
    scale = max(total, 0) / sum(shares.values())
    income = {f"income_{source}": round(share * scale, 2) for source, share in shares.items()}
    debt = rng_of("debt", village.code)
    yield {
        "division": village.code,
        **income,
        "expense": round(max(total, 0) * rng.uniform(0.35, 0.75), 2),
        "debt": round(debt.uniform(0, 300_000) * (1 - month * 0.03), 2) if debt.random() < 0.22 else 0,
    }


def _pledges(village: Village, month: int) -> Iterator[Row]:
    plan = rng_of("pledges", village.code)
    count = plan.choices((2, 3, 4, 5, 6), (2, 40, 34, 22, 2))[0]
    for number in range(1, count + 1):
        yield _pledge(village, number, month)


def _pledge(village: Village, number: int, month: int) -> Row:
    plan = rng_of("pledge", village.code, number)
    due_month = plan.choices(range(5, 13), (4, 8, 8, 9, 12, 16, 20, 23))[0]
    deadline = date(YEAR, due_month, plan.choice((15, 20, monthrange(YEAR, due_month)[1])))
    delay = plan.randint(1, 3) if plan.random() < 0.055 - 0.05 * village.vigour else 0
    if village.slips_from is not None and due_month >= village.slips_from:
        delay += plan.randint(0, 4)
    done_on = deadline + timedelta(days=31 * delay - plan.randint(0, 25))
    today = date(YEAR, month, monthrange(YEAR, month)[1])
    completed = done_on <= today
    share = min(0.97, today.timetuple().tm_yday / max(done_on.timetuple().tm_yday + 365 * (done_on.year - YEAR), 1))
    row: Row = {
        "division": village.code, "pledge_no": f"P{number}", "project": plan.choice(_PROJECTS),
        "goal": "完成建设并通过村民代表验收", "deadline": deadline.isoformat(), "owner_post": plan.choice(_OWNERS),
        "progress": 100 if completed else round(100 * share), "completed": completed, "published": month >= 2,
    }  # fmt: skip
    if completed:
        verdict = plan.choices(("satisfied", "mostly_satisfied", "dissatisfied"), (78, 19, 3))[0]
        row |= {"completed_on": max(done_on, date(YEAR, 1, 4)).isoformat(), "verdict": verdict}
    elif deadline < today:
        row["note"] = "施工受阻，已调整工期"
    return row


def _key_tasks(township: Township, month: int) -> Iterator[Row]:
    for task, level in _TASKS:
        name = (
            f"{YEAR}-{task}"
            if level == "city"
            else f"{YEAR}-{(township.county if level == 'county' else township.code[:9])}-{task}"
        )
        plan = rng_of("task", name if level == "city" else (township.code, task))
        starts = plan.randint(1, 3)
        planned = 100 if month == 12 else max(0, round(100 * (month - starts + 1) / (13 - starts)))
        catching_up = max(0.0, (month - 9) / 5) if plan.random() < 0.6 else 0.0
        gap = township.lag * rng_of("gap", township.code, task, month // 4).uniform(0.4, 1.5) * (1 - catching_up)
        actual = max(0, min(100, round(planned - gap))) if planned else 0
        blocked = planned - actual >= 10
        state = "completed" if actual == 100 else "blocked" if blocked else "under_way" if actual else "not_started"
        yield {
            "division": township.code, "task": name, "level": level, "planned_progress": planned,
            "actual_progress": actual, "state": state, "deadline": f"{YEAR}-12-31", "points_published": True,
        } | ({"blocker": "资金拨付滞后，进度落后于计划"} if blocked else {})  # fmt: skip


def _star_rating(village: Village, month: int) -> Iterator[Row]:
    yield star_row(village, YEAR)


_MAKERS: Final[dict[str, Callable[[Village, int], Iterator[Row]]]] = {
    "meeting_day": _meeting_day,
    "collective_income": _collective_income,
    "pledge": _pledges,
    "star_rating": _star_rating,
}
FORMS: Final = frozenset((*_MAKERS, "key_task"))
"""The forms that the simulation can fill."""
