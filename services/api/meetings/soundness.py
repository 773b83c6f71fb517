"""What may be wrong with a meeting: times, periods, whom it invites, who is said to have come."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from services.api.meetings.repository import MeetingRow
from services.api.meetings.schemas import Held, Kind, NewMeeting
from services.api.records import fault
from services.catalog.divisions import DivisionCode
from services.catalog.periods import InvalidPeriod, Period
from services.core.clock import TIME_ZONE
from services.core.problems import ProblemItem

_PERIODS: Final[Mapping[Kind, tuple[str, str]]] = {
    "work_meeting": ("month", "月"),
    "quarterly_analysis": ("quarter", "季度"),
    "committee_study": ("half", "半年"),
}
"""What a meeting of a kind counts for; a video meeting may count for any period."""


def faults_of_plan(content: NewMeeting, holder: DivisionCode) -> list[ProblemItem]:
    """Faults of a meeting that `holder` is to hold."""
    faults = [*_of_holder(content.kind, holder), *_of_period(content.kind, content.period)]
    faults += faults_of_times(content.starts_at, content.ends_at)
    if content.place is None and content.video_link is None:
        faults.append(fault("place_missing", "place"))
    faults += _of_repeats(content.invited, "invited")
    for place, code in enumerate(content.invited):
        if code == holder.code or not holder.contains(DivisionCode(code)):
            faults.append(fault("division_not_below", "invited", place, given=code, above=holder.code))
    return faults


def _of_holder(kind: Kind, holder: DivisionCode) -> list[ProblemItem]:
    wanted = {"wanted": "city, county or township", "wanted_zh": "市、区县或乡镇（街道）"}
    is_sound = holder.level in ("city", "county", "township")
    if kind == "committee_study":
        wanted, is_sound = {"wanted": "county", "wanted_zh": "区县"}, holder.level == "county"
    return [] if is_sound else [fault("division_level_wrong", "holder", given=holder.code, **wanted)]


def _of_period(kind: Kind, given: str) -> list[ProblemItem]:
    try:
        period = Period.parse(given)
    except InvalidPeriod:
        return [fault("period_invalid", "period", given=given)]
    wanted, wanted_zh = _PERIODS.get(kind, (period.kind, ""))
    if period.kind == wanted:
        return []
    return [fault("meeting_period_wrong", "period", given=given, wanted=wanted, wanted_zh=wanted_zh)]


def faults_of_times(starts_at: datetime, ends_at: datetime) -> list[ProblemItem]:
    """A meeting ends after it has begun."""
    if ends_at > starts_at:
        return []
    return [fault("too_early", "ends_at", earliest=starts_at.astimezone(TIME_ZONE).isoformat())]


def faults_of_held(step: Held, row: MeetingRow, invited: Sequence[str], at: datetime) -> list[ProblemItem]:
    """Faults of what is told of a meeting: everybody invited is accounted for, nobody else, nothing too early."""
    faults = []
    if at < row.starts_at:
        faults.append(fault("too_early", "event", earliest=row.starts_at.astimezone(TIME_ZONE).isoformat()))
    said = [attendance.division for attendance in step.attendance]
    faults += _of_repeats(said, "attendance")
    faults += _of_strangers(said, invited, "attendance")
    faults += [fault("attendance_missing", "attendance", given=code) for code in invited if code not in said]
    faults += _of_strangers((one.division for one in step.follow_ups), [*invited, row.holder], "follow_ups")
    first_day = row.starts_at.astimezone(TIME_ZONE).date()
    for place, follow_up in enumerate(step.follow_ups):
        if follow_up.due_on < first_day:
            faults.append(fault("too_early", "follow_ups", place, "due_on", earliest=first_day))
    return faults


def _of_strangers(said: Iterable[str], known: Collection[str], member: str) -> list[ProblemItem]:
    return [
        fault("division_not_invited", member, place, "division", given=code)
        for place, code in enumerate(said)
        if code not in known
    ]


def _of_repeats(codes: Sequence[str], member: str) -> list[ProblemItem]:
    return [fault("stands_twice", member, given=code) for code, times in Counter(codes).items() if times > 1]
