"""GET /rankings: who stands where in one metric, and how townships are spread within their counties."""

from collections.abc import Mapping
from dataclasses import dataclass

import plotly.graph_objects as go
from fastapi import APIRouter, Request
from starlette.responses import Response

from dashboards.answers import Reading
from dashboards.figures.spread import Dot, spread
from dashboards.pages.parts import bar_widths, goal_of
from dashboards.pages.rendering import render
from dashboards.places import short_name
from dashboards.readable import Change, Shown, change, scaled, shown_reading
from dashboards.together import together
from dashboards.visits import AVisit, Visit

router = APIRouter()
LEVELS = {"city": ("county", "township"), "county": ("township", "village"), "township": ("village",)}


@dataclass(frozen=True)
class Standing:
    """One row of a ranking."""

    reading: Reading
    name: str
    above: str | None
    shown: Shown
    change: Change | None
    link: str


@router.get("/rankings")
async def read_rankings(request: Request, visit: AVisit) -> Response:
    """All divisions of one level by place; those without a place last."""
    metric, period = visit.metric, visit.fitting(visit.metric)
    levels = LEVELS.get(visit.root.level, ("village",))
    asked = visit.manner.query.get("level")
    level = asked if asked in levels else levels[0]
    ranking, whole = await together(
        visit.api.ranking(visit.root.code, metric.metric, period.period, level),
        visit.api.drilldown(visit.root.code, period.period, [metric.metric]),
    )
    names = {child.code: child.name for child in whole.children}
    rows = [_standing(reading, names, visit) for reading in ranking.readings]
    return render(
        request,
        visit,
        "rankings.html",
        page="rankings",
        rows=rows,
        level=level,
        levels=levels,
        spread=await _spread(visit, names, [r.division.code for r in ranking.readings], level),
        bar_of=bar_widths([row.reading.value for row in rows]),
    )


def _standing(reading: Reading, names: Mapping[str, str], visit: Visit) -> Standing:
    return Standing(
        reading=reading,
        name=reading.division.name,
        above=next((name for code, name in names.items() if _is_below(reading.division.code, code)), None),
        shown=shown_reading(reading, visit.metric, visit.texts),
        change=change(reading, visit.metric, visit.texts),
        link=visit.link(f"/divisions/{reading.division.code}"),
    )


def _is_below(code: str, above: str) -> bool:
    """Codes nest: what lies below begins with the code above without its zeros."""
    return code != above and code.startswith(above.rstrip("0").ljust(6, "0"))


async def _spread(visit: Visit, names: Mapping[str, str], order: list[str], level: str) -> go.Figure | None:
    """Townships by county, counties in the order of the ranking. Only a city has that many."""
    if visit.root.level != "city":
        return None
    metric, period = visit.metric, visit.fitting(visit.metric).period
    answer = await visit.api.ranking(visit.root.code, metric.metric, period, "township")
    ordered = [names[code] for code in order if code in names] if level == "county" else names.values()
    groups = [short_name(name) for name in ordered]
    dots = [
        Dot(
            group=short_name(row.above or ""),
            name=row.name,
            value=scaled(row.reading.value, metric),
            shown=str(row.shown),
            link=row.link,
        )
        for row in (_standing(reading, names, visit) for reading in answer.readings)
        if row.reading.value is not None
    ]
    return spread(dots, groups, visit.manner.palette, goal=goal_of(metric, visit.texts))
