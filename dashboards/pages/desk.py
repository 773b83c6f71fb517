"""GET /desk: what a township has to report, with the days that are left."""

from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from dashboards.desk.answers import OPEN, Due
from dashboards.desk.due import GROUPS, DueLine, grouped, in_words, is_fresh
from dashboards.desk.services import read_calendar
from dashboards.desk.visit import ADesk, Desk
from dashboards.pages.rendering import render
from dashboards.spans import name_of

router = APIRouter()
UNFOLDED = ("returned", "late", "soon", "later")


@router.get("/desk")
async def read_desk(request: Request, desk: ADesk) -> Response:
    """What is returned, late, due soon and done; of one period if one is chosen."""
    calendar = await read_desk_calendar(desk)
    chosen = desk.visit.manner.query.get("of") or ""
    periods = list(dict.fromkeys(due.period for due in reversed(calendar)))
    groups = grouped([due for due in calendar if chosen in ("", due.period)])
    if not chosen:
        groups["done"] = [due for due in groups["done"] if is_fresh(due)]
    return render(
        request,
        desk.visit,
        "desk.html",
        page="desk",
        still=True,
        desk=desk,
        chosen=chosen,
        periods=[(period, name_of(period, desk.visit.texts)) for period in periods],
        groups=[(group, [line_of(due, desk) for due in groups[group]]) for group in GROUPS],
        counts={group: len(groups[group]) for group in GROUPS},
        unanswered=sum(bool(due.unanswered_warnings) for due in calendar),
        unfolded=UNFOLDED,
    )


async def read_desk_calendar(desk: Desk, form: str | None = None) -> list[Due]:
    """What is due from the reporter itself, that due first before others."""
    reporter = desk.reporter.code
    forms = [form] if form is not None or desk.reporter.level == "township" else list(desk.forms)
    found = [due for name in forms for due in await read_calendar(desk.api, reporter, form=name)]
    return [due for due in found if due.division.code == reporter and due.form in desk.forms]


def line_of(due: Due, desk: Desk) -> DueLine:
    """A report as a line of the desk."""
    texts = desk.visit.texts
    days, state = in_words(due, texts)
    reminder = due.reminders[-1] if due.reminders and due.state in OPEN else ""
    return DueLine(
        due=due,
        title=texts.of(due.title),
        period=name_of(due.period, texts),
        days=days,
        days_state=state,
        state=texts.maybe(f"desk.state.{due.state}") or due.state,
        reminder=texts.maybe(f"desk.reminder.{reminder}") or "",
        link=desk.visit.link(report_path(due.form, due.period)),
        action=texts(f"desk.act.{_action(due)}"),
    )


def report_path(form: str, period: str) -> str:
    """Where one report is dealt with."""
    return f"/desk/{quote(form, '')}/{quote(period, '')}"


def _action(due: Due) -> str:
    if due.state == "returned":
        return "correct"
    if due.state in OPEN:
        return "fill"
    return "answer" if due.unanswered_warnings else "look"
