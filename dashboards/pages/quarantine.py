"""GET /quarantine, /quarantine/{number} and its body: what was refused, why, and what had been sent."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from dashboards.pages.rendering import render
from dashboards.refusals import Quarantine, Refusal, RefusalAnswer
from dashboards.spans import name_of
from dashboards.visits import AVisit, Visit, manner_of

router = APIRouter()
PAGE_LENGTH = 50


async def _signed_in(request: Request) -> str | None:
    """Where to sign in first: what others sent is not for everybody who reaches the pages."""
    manner = manner_of(request)
    return None if manner.key else f"/sign-in?{urlencode({'next': manner.here()})}"


SignIn = Annotated[str | None, Depends(_signed_in)]


@router.get("/quarantine")
async def read_quarantine(request: Request, sign_in: SignIn, visit: AVisit) -> Response:
    """What keys within the visitor's scope sent and was refused, the last first."""
    if sign_in:
        return RedirectResponse(sign_in, 303)
    query = visit.manner.query
    asked = {name: query[name] for name in ("division", "cursor") if query.get(name)}
    answer = await visit.api.read(Quarantine, "/v1/quarantine", limit=PAGE_LENGTH, **asked)
    return render(
        request,
        visit,
        "quarantine.html",
        page="compliance",
        refusals=[(refusal, _about(refusal, visit)) for refusal in answer.quarantine],
        next=answer.next,
        is_first="cursor" not in asked,
    )


@router.get("/quarantine/{number}")
async def read_refusal(request: Request, sign_in: SignIn, visit: AVisit, number: int) -> Response:
    """One refused body: where it came from, and everything that was wrong with it."""
    if sign_in:
        return RedirectResponse(sign_in, 303)
    answer = await visit.api.read(RefusalAnswer, f"/v1/quarantine/{number}")
    return render(
        request, visit, "refusal.html", page="compliance", refusal=answer, about=_about(answer, visit)
    )  # fmt: skip


@router.get("/quarantine/{number}/body")
async def read_body(request: Request, sign_in: SignIn, visit: AVisit, number: int) -> Response:
    """What had been sent, as a file that no browser opens."""
    if sign_in:
        return RedirectResponse(sign_in, 303)
    headers = {"content-disposition": f'attachment; filename="quarantine-{number}.bin"', "cache-control": "no-store"}
    body = await visit.api.download(f"/v1/quarantine/{number}/body")
    return Response(body, headers=headers, media_type="application/octet-stream")


def _about(refusal: Refusal, visit: Visit) -> list[str]:
    """What the report says it is about, in words where they are known."""
    forms = {form.form: visit.texts.of(form.title) for form in visit.catalog.forms}
    known = {period.period for period in visit.periods.periods}
    period = refusal.period or ""
    said = [
        forms.get(refusal.form or "", refusal.form or ""),
        name_of(period, visit.texts) if period in known else period,
        refusal.division or "",
    ]
    return [word for word in said if word]
