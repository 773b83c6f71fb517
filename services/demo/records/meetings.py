"""Meetings of the simulated city and its counties: who came, what was to follow, and when that was done."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final

from services.api.meetings.schemas import Attendance, Held, Kind, NewFollowUp
from services.catalog.periods import Period
from services.core.clock import TIME_ZONE
from services.demo.city import rng_of, simulated_counties

CITY: Final = "370100000000"
_FIRST: Final = {
    "work_meeting": Period.parse("2019-01"), "quarterly_analysis": Period.parse("2019-Q1"),
    "committee_study": Period.parse("2019-H1"),
}  # fmt: skip
_LAST_DAY: Final = date(2022, 1, 24)
_NAMES: Final = {"work_meeting": "工作例会", "quarterly_analysis": "调度分析会", "committee_study": "县委专题研究"}
_AGENDAS: Final = {
    "work_meeting": ("通报报送和红黄牌情况", "调度重点任务"),
    "quarterly_analysis": ("分析软弱涣散村整改进度", "研究下季度措施"),
    "committee_study": ("研究软弱涣散村整顿",),
}
_DAYS_BEFORE_THE_END: Final = {"work_meeting": (4, 20), "quarterly_analysis": (1, 20), "committee_study": (2, 50)}
_MISSED: Final = {"work_meeting": 0.012, "quarterly_analysis": 0.03, "committee_study": 0.03}
_TASKS: Final = ("补报缺报的报表", "核实红牌事项并报送整改情况", "落实软弱涣散村帮扶责任人", "推进滞后的重点任务")


@dataclass(frozen=True, eq=False)
class MeetingPlan:
    """A meeting that will be held: planned, told of, and when each of its follow-ups is done."""

    kind: Kind
    holder: str
    period: str
    subject: str
    agenda: Sequence[str]
    place: str
    starts_at: datetime
    ends_at: datetime
    planned_at: datetime
    told_at: datetime
    held: Held
    done: Sequence[tuple[datetime, int]]


def meetings() -> Iterator[MeetingPlan]:
    """Every meeting, by its holder: the city misses none, a county now and then one."""
    counties = simulated_counties()
    yield from _of_holder(CITY, [county.code for county in counties], ("work_meeting", "quarterly_analysis"))
    for county in counties:
        invited = [township.code for township in county.townships]
        yield from _of_holder(county.code, invited, ("work_meeting", "quarterly_analysis", "committee_study"))


def _of_holder(holder: str, invited: Sequence[str], kinds: Sequence[Kind]) -> Iterator[MeetingPlan]:
    for kind in kinds:
        period = _FIRST[kind]
        while period.first_day <= _LAST_DAY:
            rng = rng_of("meeting", kind, holder, period)
            earliest, latest = _DAYS_BEFORE_THE_END[kind]
            on = period.last_day - timedelta(days=rng.randint(earliest, latest))
            is_missed = holder != CITY and rng.random() < _MISSED[kind]
            if on <= _LAST_DAY and not is_missed:
                # The committee studies by itself.
                yield _plan(kind, holder, [] if kind == "committee_study" else invited, period, on)
            period = period.next


def _plan(kind: Kind, holder: str, invited: Sequence[str], period: Period, on: date) -> MeetingPlan:
    rng = rng_of("held", kind, holder, period)
    starts_at = datetime.combine(on, time(rng.choice((9, 14)), 30), TIME_ZONE)
    ends_at = starts_at + timedelta(hours=2)
    came = rng.choices(("present", "excused", "absent"), (94, 4, 2), k=len(invited))
    attendance = [
        Attendance.model_validate({"division": code, "attendance": said, "posts": ["组织委员"] * (said == "present")})
        for code, said in zip(invited, came, strict=True)
    ]
    follow_ups, done = _follow_ups(invited, on, rng)
    held = Held(event="held", attendance=attendance, minutes="按议程逐项研究，形成会议纪要。", follow_ups=follow_ups)
    return MeetingPlan(
        kind=kind, holder=holder, period=str(period), subject=f"{period}{_NAMES[kind]}", agenda=_AGENDAS[kind],
        place="第一会议室", starts_at=starts_at, ends_at=ends_at,
        # As calendars are made: at the beginning of the month, for all that is to come in it.
        planned_at=datetime.combine(on.replace(day=1), time(8, 30), TIME_ZONE),
        told_at=datetime.combine(on, time(18, 0), TIME_ZONE),
        held=held, done=done,
    )  # fmt: skip


def _follow_ups(
    invited: Sequence[str], on: date, rng: Random
) -> tuple[list[NewFollowUp], list[tuple[datetime, int]]]:
    """What is to follow, if anything, and when it is done: mostly in time, now and then late, rarely never."""
    if not invited or rng.random() < 0.75:
        return [], []
    due_on = on + timedelta(days=rng.randint(10, 25))
    follow_up = NewFollowUp(text=rng.choice(_TASKS), division=rng.choice(invited), due_on=due_on)
    fate = rng.choices(("in time", "late", "never"), (88, 10, 2))[0]
    if fate == "never":
        return [follow_up], []
    done_on = due_on + timedelta(days=rng.randint(1, 15) if fate == "late" else -rng.randint(0, 6))
    return [follow_up], [(datetime.combine(done_on, time(16, 0), TIME_ZONE), 1)]
