"""GET /cards and /cards/{id}, POST /cards/{id}: the board, one card with what it rests on, and a step with it."""

from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from dashboards.answers import CardAnswer, Problem
from dashboards.client import ApiRefusedError
from dashboards.forms import read_form
from dashboards.pages.parts import card_filter, card_line, trend_of
from dashboards.pages.rendering import render
from dashboards.texts import Texts
from dashboards.together import together
from dashboards.visits import AVisit, Visit

router = APIRouter()
PAGE_LENGTH = 30
SAID = ("event", "text", "due_on")
AMENDABLE = (403, 409, 412, 422)
"""What the visitor can do something about, with the form still filled in."""


@router.get("/cards")
async def read_cards(request: Request, visit: AVisit) -> Response:
    """Cards at and below a division, the pressing ones first, a page at a time."""
    query = visit.manner.query
    code = query.get("division") or visit.root.code
    chosen, filters = card_filter(visit)
    cursor = {"cursor": query["cursor"]} if query.get("cursor") else {}
    answer, place = await together(
        visit.api.cards(code, limit=PAGE_LENGTH, **filters, **cursor),
        visit.api.drilldown(code, visit.fitting(visit.metric).period, [visit.metric.metric]),
    )
    return render(
        request,
        visit,
        "cards.html",
        page="cards",
        place=place,
        counts=answer.counts,
        filter=chosen,
        board=[card_line(card, visit) for card in answer.cards],
        next=answer.next,
        is_first=not cursor,
    )


@router.get("/cards/{number}")
async def read_card(request: Request, visit: AVisit, number: int) -> Response:
    """One card: its rule, the values, the submissions they came from, its life, and what may be done."""
    return await _page(request, visit, number)


@router.post("/cards/{number}")
async def take_step(request: Request, visit: AVisit, number: int) -> Response:
    """Do something with the card by the visitor's own key, and show it again."""
    here = visit.manner.here()
    if visit.manner.key is None:
        return RedirectResponse(f"/sign-in?{urlencode({'next': here})}", 303)
    form = await read_form(request)
    said = {name: form[name] for name in SAID if form.get(name)}
    try:
        await visit.api.take_step(number, said, form.get("etag", ""))
    except ApiRefusedError as error:
        if error.problem.status not in AMENDABLE:
            raise
        return await _page(request, visit, number, said, error.problem)
    return RedirectResponse(here, 303)


async def _page(
    request: Request, visit: Visit, number: int, said: dict[str, str] | None = None, problem: Problem | None = None
) -> Response:
    answer = await visit.api.card(number)
    metric = visit.by_name(answer.card.metric or "")
    history = sorted(answer.evidence.values, key=lambda reading: reading.period)
    return render(
        request,
        visit,
        "card.html",
        status=problem.status if problem else 200,
        page="cards",
        answer=answer,
        line=card_line(answer.card, visit),
        metric=metric,
        history=history,
        trend=trend_of(history, metric, visit) if metric and len(history) > 1 else None,
        forms={form.form: visit.texts.of(form.title) for form in visit.catalog.forms},
        metrics={m.metric: m for m in visit.catalog.metrics},
        where=_path(answer, visit),
        said=said or {},
        wrong=_wrong(problem, visit.texts) if problem else [],
        here=visit.manner.here(),
        sign_in=f"/sign-in?{urlencode({'next': visit.manner.here()})}",
    )


def _wrong(problem: Problem, texts: Texts) -> list[str]:
    """What is wrong with each field; else what the api said of the whole."""
    faults = [
        f"{texts.maybe(f'field.{fault.field}') or fault.field}: {texts.of(fault.text)}" for fault in problem.errors
    ]
    return faults or [texts.of(problem.text)]


def _path(answer: CardAnswer, visit: Visit) -> list[tuple[str, str]]:
    """The card's division and those above it, with their pages: a village has one for its whole story."""
    steps = [*(p for p in answer.card.path if p.code != answer.card.division.code), answer.card.division]
    rooms = {"village": "villages"}
    return [(step.name, visit.link(f"/{rooms.get(step.level, 'divisions')}/{step.code}")) for step in steps]
