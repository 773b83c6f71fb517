"""What is due, grouped by what is to be done about it first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dashboards.desk.answers import OPEN, Due
from dashboards.texts import Texts

Group = Literal["returned", "late", "soon", "later", "far", "closed", "done"]
GROUPS: tuple[Group, ...] = ("returned", "late", "soon", "later", "far", "closed", "done")
SOON_DAYS = 7
FAR_DAYS = 45  # beyond it the period itself is mostly still to come
FRESH_DAYS = 60


@dataclass(frozen=True)
class DueLine:
    """One report on the desk: how near its day is in words, and where to go."""

    due: Due
    title: str
    period: str
    days: str
    days_state: str
    state: str
    reminder: str
    link: str
    action: str


def group_of(due: Due) -> Group:
    """Where a report stands on the desk."""
    if due.state == "returned":
        return "returned"
    if due.state == "closed":
        return "closed"
    if due.state not in OPEN:
        return "done"
    if due.days_left < 0:
        return "late"
    if due.days_left <= SOON_DAYS:
        return "soon"
    return "later" if due.days_left <= FAR_DAYS else "far"


def grouped(calendar: Sequence[Due]) -> dict[Group, list[Due]]:
    """What is due, by group; what is done or closed with the newest first."""
    found: dict[Group, list[Due]] = {group: [] for group in GROUPS}
    for due in calendar:
        found[group_of(due)].append(due)
    for group in ("closed", "done"):
        found[group].reverse()
    return found


def is_fresh(due: Due) -> bool:
    """Whether a report that is done is still shown where no period is chosen."""
    return due.days_left > -FRESH_DAYS or bool(due.unanswered_warnings)


def in_words(due: Due, texts: Texts) -> tuple[str, str]:
    """The days to its due day in words, and how pressing they are."""
    days = due.days_left
    if due.state not in (*OPEN, "returned"):
        return "", ""
    if days < 0:
        return texts("due.late", n=-days), "late"
    if days == 0:
        return texts("due.today"), "soon"
    return texts("due.left", n=days), "soon" if days <= SOON_DAYS else ""


def moment(told: str) -> str:
    """A date-time as a page shows it, to the minute."""
    return f"{told[:10]} {told[11:16]}".strip()
