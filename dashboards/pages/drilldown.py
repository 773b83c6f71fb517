"""GET /divisions/{code}: one division on its way from city to village, all its metrics, those below it."""

from collections import defaultdict
from dataclasses import dataclass

import plotly.graph_objects as go
from fastapi import APIRouter, Request
from starlette.responses import Response

from dashboards.answers import Compliance, Drilldown, Metric, Reading
from dashboards.figures.county_map import county_map
from dashboards.figures.treemap import treemap
from dashboards.pages.parts import (
    LegendRow,
    bar_widths,
    card_line,
    classes_of,
    histories,
    legend,
    trend_of,
)
from dashboards.pages.rendering import render
from dashboards.places import Place, places
from dashboards.readable import Change, Shown, change, shown, shown_reading
from dashboards.reporting import of_division, summed
from dashboards.together import together
from dashboards.visits import AVisit, Visit

router = APIRouter()
CARDS_SHOWN = 5
CHILD_LEVEL = {"city": "county", "county": "township", "township": "village"}
MAP = "maps/jinan_counties.geojson"


@dataclass(frozen=True)
class MetricRow:
    """One metric of the division; `period` is set when it is not the page's own."""

    metric: Metric
    title: str
    shown: Shown
    target: str
    change: Change | None
    base: str
    reading: Reading
    period: str | None
    link: str
    explain: str
    is_chosen: bool


@dataclass(frozen=True)
class Below:
    """The divisions directly below: as places, and as a figure where there are not too many."""

    level: str
    places: list[Place]
    legend: list[LegendRow]
    figure: go.Figure | None
    view: str


@router.get("/divisions/{code}")
async def read_division(request: Request, visit: AVisit, code: str) -> Response:
    """A division's page. The api answers 404 for one that does not exist or is out of scope."""
    metric = visit.metric
    period = visit.fitting(metric)
    whole = await visit.api.drilldown(code, period.period, [metric.metric])
    level = whole.division.level
    history, own, cards, reports, peers = await together(
        histories(visit, code, [metric]),
        _own_readings(visit, code, level),
        visit.api.cards(code, limit=CARDS_SHOWN),
        _reports(visit, code, level),
        _peers(visit, whole),
    )
    below = _below(request, visit, whole, peers)
    of_metric = history.get(metric.metric, [])
    return render(
        request,
        visit,
        "drilldown.html",
        page="division",
        whole=whole,
        level=level,
        below=below,
        own=_row(metric, own[metric.metric], visit) if metric.metric in own else None,
        rows=_by_system(visit, own, level),
        trend=trend_of(of_metric, metric, visit),
        history=of_metric,
        board=[card_line(card, visit) for card in cards.cards],
        counts=cards.counts,
        reports=[] if reports is None else of_division(code, reports),
        punctual=summed([] if reports is None else of_division(code, reports)),
        forms={form.form: visit.texts.of(form.title) for form in visit.catalog.forms},
        bar_of=bar_widths([place.value for place in below.places]),
    )


def metrics_at(visit: Visit, level: str) -> list[Metric]:
    """The metrics that exist for divisions of a level."""
    return [m for m in visit.catalog.metrics if not m.levels or level in m.levels]


async def _own_readings(visit: Visit, code: str, level: str) -> dict[str, Reading]:
    """The division's reading of each metric in the period that fits it; one request a period."""
    groups: dict[str, list[str]] = defaultdict(list)
    for metric in metrics_at(visit, level):
        groups[visit.fitting(metric).period].append(metric.metric)
    answers = await together(*(visit.api.series(code, names, period, period) for period, names in groups.items()))
    return {reading.metric: reading for answer in answers for reading in answer.readings}


async def _reports(visit: Visit, code: str, level: str) -> Compliance | None:
    """Townships report, so a village has no compliance of its own."""
    return None if level == "village" else await visit.api.compliance(code, visit.period.period)


async def _peers(visit: Visit, whole: Drilldown) -> list[Reading]:
    """What the classes of the children are cut over: all townships, so that colours compare counties;
    siblings for villages, of which there are thousands.
    """
    if whole.division.level != "county":
        return whole.readings
    answer = await visit.api.ranking(visit.root.code, visit.metric.metric, whole.period, "township")
    return answer.readings


def _below(request: Request, visit: Visit, whole: Drilldown, peers: list[Reading]) -> Below:
    level = whole.division.level
    classes = classes_of(peers, visit.metric)
    links = {child.code: visit.link(f"/divisions/{child.code}") for child in whole.children}
    found = places(whole.children, whole.readings, visit.metric, classes, texts=visit.texts, links=links)
    boundaries, palette = request.app.state.boundaries, visit.manner.palette
    figure, view = None, "table"
    if level == "city" and any(boundaries.has(p.code) for p in found):
        view = "map"
        geojson = request.app.state.assets.url(MAP)
        figure = county_map(found, boundaries, palette, geojson=geojson, selected=None)
    elif level in ("city", "county") and found:
        view = "tree"
        figure = treemap(found, palette, root=whole.division.code, villages=visit.texts("villages"))
    steps = [place.step for place in found]
    return Below(CHILD_LEVEL.get(level, ""), found, legend(classes, steps, visit.metric), figure, view)


def _by_system(visit: Visit, own: dict[str, Reading], level: str) -> list[tuple[str, list[MetricRow]]]:
    """Rows by work system; systems without a metric at this level are left out."""
    wanted = {metric.metric for metric in metrics_at(visit, level)} & own.keys()
    groups = [
        (
            visit.texts.of(system.title),
            [_row(m, own[m.metric], visit) for m in system.metrics if m.metric in wanted],
        )
        for system in visit.catalog.systems
    ]
    return [(title, rows) for title, rows in groups if rows]


def _row(metric: Metric, reading: Reading, visit: Visit) -> MetricRow:
    texts, period = visit.texts, visit.fitting(metric)
    moved = change(reading, metric, texts)
    return MetricRow(
        metric=metric,
        title=texts.of(metric.title),
        shown=shown_reading(reading, metric, texts),
        target="" if metric.target is None else str(shown(metric.target, metric, texts)),
        change=moved,
        base=texts("base.year_ago" if moved and moved.base == "year_ago" else f"base.{period.kind}"),
        reading=reading,
        period=None if period == visit.period else visit.period_name(period.period),
        link=visit.manner.here(metric=metric.metric),
        explain=visit.link(f"/explain/{metric.metric}", division=reading.division.code),
        is_chosen=metric == visit.metric,
    )
