"""GET /cards and /cards/{id}: the board of red and yellow cards, and one card with what it rests on."""

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import Response

from dashboards.client import CardAnswer
from dashboards.pages.parts import card_filter, card_line, trend_of
from dashboards.pages.rendering import render
from dashboards.visits import AVisit, Visit

router = APIRouter()
PAGE_LENGTH = 30


@router.get("/cards")
async def read_cards(request: Request, visit: AVisit) -> Response:
    """Cards at and below a division, the pressing ones first, a page at a time."""
    query = visit.manner.query
    code = query.get("division") or visit.root.code
    chosen, filters = card_filter(visit)
    cursor = {"cursor": query["cursor"]} if query.get("cursor") else {}
    answer, place = await asyncio.gather(
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
    """One card: its rule, the values, the submissions they came from, and its life so far."""
    answer = await visit.api.card(number)
    metric = visit.by_name(answer.card.metric or "")
    history = sorted(answer.evidence.values, key=lambda reading: reading.period)
    return render(
        request,
        visit,
        "card.html",
        page="cards",
        answer=answer,
        line=card_line(answer.card, visit),
        metric=metric,
        history=history,
        trend=trend_of(history, metric, visit) if metric and len(history) > 1 else None,
        forms={form.form: visit.texts.of(form.title) for form in visit.catalog.forms},
        metrics={m.metric: m for m in visit.catalog.metrics},
        where=_path(answer, visit),
    )


def _path(answer: CardAnswer, visit: Visit) -> list[tuple[str, str]]:
    """The card's division and those above it, with their pages."""
    steps = [*(p for p in answer.card.path if p.code != answer.card.division.code), answer.card.division]
    return [(step.name, visit.link(f"/divisions/{step.code}")) for step in steps]
