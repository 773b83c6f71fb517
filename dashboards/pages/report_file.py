"""Files to and from the desk: the template, an upload, a workbook with its faults marked; and steps with a report."""

import re
from typing import Final

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from dashboards.answers import Text
from dashboards.client import ApiRefusedError
from dashboards.desk.answers import Refusal
from dashboards.desk.services import XLSX, Report, mark, send, take_step
from dashboards.desk.sheet import sheet_of
from dashboards.desk.uploads import Posted, Upload, read_posted
from dashboards.desk.visit import ADesk
from dashboards.pages.report import Attempt, Case, read_case, show

router = APIRouter()
_TYPES: Final = {"xlsx": XLSX, "csv": "text/csv"}
_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")
AMENDABLE = (403, 409, 412, 422, 428)


@router.get("/desk/{form}/{period}/template.xlsx")
async def read_template(request: Request, desk: ADesk, form: str, period: str) -> Response:
    """The workbook to fill in, made for this division and period."""
    path = f"/v1/forms/{desk.form(form).form}/template.xlsx"
    params = {"division": desk.reporter.code, "period": period, "lang": desk.visit.manner.lang} | desk.purpose
    answer = await desk.api.send("GET", path, None, {"accept": XLSX}, params=params)
    return _download(answer.content, f"{form}-{period}-{desk.reporter.code}.xlsx")


@router.post("/desk/{form}/{period}/file")
async def take_file(request: Request, desk: ADesk, form: str, period: str) -> Response:
    """A table or a workbook: check it, send it, or give it back with its faults marked."""
    try:
        posted = await read_posted(request)
    except HTTPException as error:
        if error.status_code != 413:
            raise
        return show(request, await read_case(desk, form, period), _unusable(desk.visit.texts("file.too_large")))
    case = await read_case(desk, form, period)
    upload = posted.upload
    kind = _TYPES.get(upload.name.rpartition(".")[2].lower()) if upload else None
    if upload is None or kind is None:
        return show(request, case, _unusable(desk.visit.texts("file.wrong" if upload else "file.none")))
    report = Report(upload.content, kind, _params(case, kind, posted), posted.get("key") or None)
    return (
        await _mark(request, case, report, upload)
        if posted.get("do") == "mark"
        else await _send(request, case, report, posted, upload)
    )


async def _send(request: Request, case: Case, report: Report, posted: Posted, upload: Upload) -> Response:
    check = posted.get("do") == "check"
    answer = await send(case.desk.api, report, check=check)
    if isinstance(answer, Refusal):
        return show(request, case, Attempt(refusal=answer, by_file=upload.name))
    if check:
        return show(request, case, Attempt(checked=answer, by_file=upload.name, key=posted.get("key")))
    return RedirectResponse(f"{case.link}#sent", 303)


async def _mark(request: Request, case: Case, report: Report, upload: Upload) -> Response:
    marked = await mark(case.desk.api, report)
    if marked is None:
        return await _send(request, case, report, Posted({"do": "check"}), upload)
    return _download(marked.content, f"{upload.name.rpartition('.')[0]}-marked.xlsx")


def _params(case: Case, kind: str, posted: Posted) -> dict[str, str]:
    """What the address says of the file; a workbook made from the template says most of it itself."""
    base = {"base_revision": posted.get("base")} if posted.get("base") else {}
    return {"form": case.form.form, "period": case.due.period, "division": case.desk.reporter.code} | base


def _unusable(text: str) -> Attempt:
    return Attempt(refusal=Refusal(422, "file", Text(text, text)), by_file="-")


def _download(content: bytes, name: str) -> Response:
    headers = {
        "content-disposition": f'attachment; filename="{_PLAIN.sub("-", name)}"',
        "cache-control": "no-store",
    }
    return Response(content, media_type=XLSX, headers=headers)


@router.post("/desk/{form}/{period}/events")
async def take_report_step(request: Request, desk: ADesk, form: str, period: str) -> Response:
    """Answer a warning, or take a report back, and say why."""
    posted = await read_posted(request)
    case = await read_case(desk, form, period)
    if case.sent is None:
        raise HTTPException(404)
    try:
        await take_step(desk.api, case.sent.id, _step(posted), posted.get("etag"))
    except ApiRefusedError as error:
        if error.problem.status not in AMENDABLE:
            raise
        problem = error.problem
        said = [desk.visit.texts.of(fault.text) for fault in problem.errors] or [desk.visit.texts.of(problem.text)]
        return show(request, case, Attempt(sheet_of(case.form, case.units, case.rows)), " ".join(said))
    return RedirectResponse(f"{case.link}#sent", 303)


def _step(posted: Posted) -> dict[str, object]:
    """The step as ingest takes it."""
    step: dict[str, object] = {"event": posted.get("event"), "reason": posted.get("reason").strip()}
    if posted.get("event") == "waived":
        named = {name: posted.get(name) for name in ("warning", "division", "field") if posted.get(name)}
        step["warnings"] = [named]
    return step
