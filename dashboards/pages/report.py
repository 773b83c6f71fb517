"""GET and POST /desk/{form}/{period}: one report by file or by hand, and what became of it."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from dashboards.answers import Form
from dashboards.desk.answers import Due, Place, Receipt, Refusal, ReportedRow, Submission
from dashboards.desk.changes import Changes, lines_of, read_changes
from dashboards.desk.due import in_words, moment
from dashboards.desk.faults import NOTHING, Spots, file_spots, returned_spots, spots_of
from dashboards.desk.services import (
    Report,
    read_rows,
    read_submission,
    read_units,
    send,
)
from dashboards.desk.sheet import Sheet, envelope_of, posted_sheet, sheet_of
from dashboards.desk.uploads import Posted, read_posted
from dashboards.desk.visit import ADesk, Desk
from dashboards.pages.desk import read_desk_calendar, report_path
from dashboards.pages.rendering import render
from dashboards.spans import name_of
from dashboards.texts import Texts
from dashboards.together import together
from dashboards.visits import UnknownChoiceError

router = APIRouter()
WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Case:
    """One report with all that is known of it.

    `earlier` is the last one reported for a period before, `changes` what the newest revision corrected.
    """

    desk: Desk
    form: Form
    due: Due
    units: Sequence[Place]
    sent: Submission | None
    rows: Sequence[ReportedRow]
    earlier: Due | None
    changes: Changes | None

    @property
    def path(self) -> str:
        """Its page."""
        return report_path(self.form.form, self.due.period)

    @property
    def link(self) -> str:
        """Its page with what a link takes along."""
        return self.desk.visit.link(self.path)

    @property
    def base(self) -> str:
        """The revision that a correction replaces; empty before the first."""
        return "" if self.sent is None else str(self.sent.revision)

    @property
    def as_reported(self) -> Sheet:
        """The sheet with the rows of the newest revision."""
        return sheet_of(self.form, self.units, self.rows, note=self.sent.note or "" if self.sent else "")


@dataclass(frozen=True)
class Attempt:
    """What came of sending or checking: the sheet as typed, and what was said of it."""

    sheet: Sheet | None = None
    refusal: Refusal | None = None
    checked: Receipt | None = None
    by_file: str = ""
    key: str = ""
    grown: str = ""
    """Of which division a line was added."""


NO_ATTEMPT = Attempt()


async def read_case(desk: Desk, name: str, period: str) -> Case:
    """A report that is due from the visitor. UnknownChoiceError for any other."""
    form = desk.form(name)
    calendar = await read_desk_calendar(desk, name)
    due = next((due for due in calendar if due.period == period), None)
    if due is None:
        raise UnknownChoiceError(period)
    units = await read_units(desk.api, name, period, desk.reporter.code)
    sent, changes = None, None
    rows: list[ReportedRow] = []
    if due.submission is not None:
        sent, rows = await together(
            read_submission(desk.api, due.submission), read_rows(desk.api, due.submission, desk.purpose)
        )
        changes = await read_changes(desk.api, sent.id) if sent.revision > 1 else None
    before = [d for d in calendar if d.due_on < due.due_on and d.submission is not None]
    return Case(desk, form, due, units, sent, rows, before[-1] if before else None, changes)


@router.get("/desk/{form}/{period}")
async def read_report(request: Request, desk: ADesk, form: str, period: str) -> Response:
    """One report: the ways to send it, and what was sent; with the values of the period before if asked."""
    case = await read_case(desk, form, period)
    attempt = NO_ATTEMPT
    if desk.visit.manner.query.get("from") == "earlier" and case.earlier and case.earlier.submission:
        earlier = await read_rows(desk.api, case.earlier.submission, desk.purpose)
        attempt = Attempt(sheet=sheet_of(case.form, case.units, [row for row in earlier if not row.nil]))
    return show(request, case, attempt)


@router.post("/desk/{form}/{period}")
async def take_sheet(request: Request, desk: ADesk, form: str, period: str) -> Response:
    """What was typed: send it, check it, or give it room for a further row. Nothing typed is lost."""
    posted = await read_posted(request)
    case = await read_case(desk, form, period)
    sheet = posted_sheet(case.form, case.units, posted)
    key = posted.get("key")
    if posted.get("more"):
        return show(request, case, Attempt(sheet.with_room(posted.get("more")), key=key, grown=posted.get("more")))
    if not sheet.told and not sheet.nil:
        blank = desk.visit.texts("sheet.blank")
        return show(request, case, Attempt(sheet, key=key), blank)
    body = envelope_of(sheet, period, desk.reporter.code, posted.get("base"))
    return await _sent(request, case, Report(body, "application/json", {}, key or None), posted, sheet)


async def _sent(request: Request, case: Case, report: Report, posted: Posted, sheet: Sheet) -> Response:
    check = posted.get("do") == "check"
    answer = await send(case.desk.api, report, check=check)
    if isinstance(answer, Refusal):
        # What was refused is kept under its key; what is corrected is another request.
        return show(request, case, Attempt(sheet, refusal=answer))
    if check:
        return show(request, case, Attempt(sheet, checked=answer, key=posted.get("key")))
    return RedirectResponse(f"{case.link}#sent", 303)


def show(request: Request, case: Case, attempt: Attempt, blank: str = "") -> Response:
    """The page of a report, with what came of an attempt to send it."""
    visit, texts = case.desk.visit, case.desk.visit.texts
    sheet, refusal = attempt.sheet or case.as_reported, attempt.refusal
    days, days_state = in_words(case.due, texts)
    names = {place.code: place.name for place in case.units}
    return render(
        request,
        visit,
        "report.html",
        status=422 if refusal or blank else 200,
        page="desk",
        still=True,
        case=case,
        due=case.due,
        days=days,
        days_state=days_state,
        state=texts.maybe(f"desk.state.{case.due.state}") or case.due.state,
        period_words=name_of(case.due.period, texts),
        title=texts.of(case.form.title),
        sheet=sheet,
        attempt=attempt,
        is_typed=request.method == "POST",
        blank=blank,
        refused=_refused(refusal, texts) if refusal else "",
        names=names,
        changes=lines_of(case.changes, case.form, names, texts) if case.changes else [],
        is_open=case.due.state not in ("closed", "final") or case.due.reopened_until is not None,
        base=refusal.present_revision if refusal and refusal.present_revision else case.base,
        key=attempt.key or secrets.token_urlsafe(16),
        moment=moment,
        **_spots(case, sheet, attempt),
    )


def _spots(case: Case, sheet: Sheet, attempt: Attempt) -> dict[str, object]:
    """What is said of the lines and their inputs: by the services, and by the level above."""
    texts, refusal, checked = case.desk.visit.texts, attempt.refusal, attempt.checked
    said = [*refusal.errors, *refusal.warnings] if refusal else [*checked.warnings] if checked else []
    placed = file_spots if attempt.by_file else spots_of
    faults = placed((one for one in said if one.severity == "error"), sheet, texts)
    hints = placed((one for one in said if one.severity != "error"), sheet, texts)
    returned = _returned(case, sheet)
    wrong_lines = [anchor.partition(".")[0] for anchor in faults.by_anchor if anchor]
    return {
        "faults": faults,
        "hints": hints,
        "returned": returned,
        "fault_at": faults.by_anchor,
        "hint_at": hints.by_anchor,
        "back_at": returned.by_anchor,
        "wrong_lines": wrong_lines,
        "now": _now(sheet, attempt, wrong_lines),
    }


def _now(sheet: Sheet, attempt: Attempt, wrong_lines: Sequence[str]) -> str:
    """The line to look at first, where there is room for one only; empty for that which stands first."""
    grown = [line.id for line in sheet.lines if line.place.code == attempt.grown]
    return grown[-1] if grown else wrong_lines[0] if wrong_lines else ""


def _refused(refusal: Refusal, texts: Texts) -> str:
    """What is said of a report that was not taken, in words for whoever types."""
    plain = texts.maybe(f"refused.{refusal.code}")
    if plain is None:
        return texts.of(refusal.text)
    return plain.format(n=len(refusal.errors), revision=refusal.present_revision)


def _returned(case: Case, sheet: Sheet) -> Spots:
    """What the level above wants corrected, while the report stands returned."""
    if case.sent is None or case.due.state != "returned":
        return NOTHING
    items = [i for event in case.sent.events for i in event.items or () if event.submission == case.sent.id]
    return returned_spots(items, sheet, case.desk.visit.texts)
