"""GET /: the command center's wall. Six numbers, the map, who stands where, and the open cards."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import plotly.graph_objects as go
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from dashboards.answers import Drilldown, Ranking, Reading
from dashboards.figures.county_map import county_map
from dashboards.figures.treemap import treemap
from dashboards.pages.comparison import Comparison, read_comparison
from dashboards.pages.parts import (
    LegendRow,
    bar_widths,
    card_filter,
    card_line,
    classes_of,
    histories,
    legend,
    trend_of,
)
from dashboards.pages.rendering import render
from dashboards.pages.tiles import MOST_TILES, card_tiles, count_overdue_red, metric_tile, read_reports, tile_metrics
from dashboards.places import Place, places
from dashboards.together import together
from dashboards.visits import AVisit, Visit

router = APIRouter()
BOARD_LENGTH = 6
BELOW: Final = {"city": "county", "county": "township", "township": "village"}
MAP = "maps/jinan_counties.geojson"


@dataclass(frozen=True)
class Region:
    """The left panel: places best first, their figure, and those the map has no polygon for."""

    level: str
    places: list[Place]
    figure: go.Figure
    legend: list[LegendRow]
    rest: list[Place]
    view: str
    has_map: bool

    @property
    def missing(self) -> int:
        """Places nobody reported for."""
        return sum(place.step is None for place in self.places)


@dataclass(frozen=True)
class Area:
    """The region, the county chosen in it, and the divisions below that one."""

    region: Region
    own: Reading | None
    chosen: Place
    cells: list[Place]
    cell_legend: list[LegendRow]
    comparison: Comparison | None
    bar_of: Callable[[float], float]


@router.get("/")
async def read_wall(request: Request, visit: AVisit) -> Response:
    """The wall of the top division; a township or village goes straight to its own page."""
    root, metric = visit.root, visit.metric
    if root.level not in ("city", "county"):
        return RedirectResponse(visit.link(f"/divisions/{root.code}"))
    chosen_filter, filters = card_filter(visit)
    history, cards, late_red, reports, area = await together(
        histories(visit, root.code, {*tile_metrics(visit, MOST_TILES), metric}),
        visit.api.cards(root.code, limit=BOARD_LENGTH, **filters),
        count_overdue_red(visit),
        read_reports(visit),
        _read_area(request, visit),
    )
    tiles = tile_metrics(visit, MOST_TILES - 1 if reports else MOST_TILES)
    return render(
        request,
        visit,
        "wall.html",
        page="wall",
        tiles=[metric_tile(m, history.get(m.metric, []), visit) for m in tiles],
        reports=reports,
        card_tiles=card_tiles(cards.counts, late_red, area.region.places, visit),
        area=area,
        trend=trend_of(history.get(metric.metric, []), metric, visit),
        history=history.get(metric.metric, []),
        board=[card_line(card, visit) for card in cards.cards],
        counts=cards.counts,
        filter=chosen_filter,
    )


async def _read_area(request: Request, visit: Visit) -> Area:
    """All that depends on where: the counties, the chosen one among them, and what lies below it."""
    root, metric, period = visit.root, visit.metric.metric, visit.fitting(visit.metric).period
    whole = await visit.api.drilldown(root.code, period, [metric])
    found = _places(visit, whole)
    chosen = _chosen(visit, found)
    below, peers, comparison = await together(
        visit.api.drilldown(chosen.code, period, [metric]),
        visit.api.ranking(root.code, metric, period, BELOW[BELOW[root.level]]),
        read_comparison(visit, chosen.code, chosen.name, visit.root),
    )
    cells, cell_legend = _cells(visit, below, peers)
    return Area(
        region=_region(request, visit, whole, found, chosen),
        own=whole.own[0] if whole.own else None,
        chosen=chosen,
        cells=cells,
        cell_legend=cell_legend,
        comparison=comparison,
        bar_of=bar_widths([place.value for place in found]),
    )


def _places(visit: Visit, whole: Drilldown) -> list[Place]:
    classes = classes_of(whole.readings, visit.metric)
    links = {child.code: visit.manner.here(county=child.code) for child in whole.children}
    return places(whole.children, whole.readings, visit.metric, classes, texts=visit.texts, links=links)


def _region(request: Request, visit: Visit, whole: Drilldown, found: Sequence[Place], chosen: Place) -> Region:
    boundaries = request.app.state.boundaries
    has_map = any(boundaries.has(place.code) for place in found)
    view = "map" if has_map and visit.manner.query.get("view") != "tree" else "tree"
    if view == "map":
        geojson = request.app.state.assets.url(MAP)
        figure = county_map(found, boundaries, visit.manner.palette, geojson=geojson, selected=chosen.code)
    else:
        villages = visit.texts("villages")
        figure = treemap(found, visit.manner.palette, root=whole.division.code, villages=villages)
    return Region(
        level=BELOW[whole.division.level],
        places=list(found),
        figure=figure,
        legend=legend(classes_of(whole.readings, visit.metric), [p.step for p in found], visit.metric),
        rest=[place for place in found if view == "map" and not boundaries.has(place.code)],
        view=view,
        has_map=has_map,
    )


def _chosen(visit: Visit, found: Sequence[Place]) -> Place:
    """The county asked for; else the one that most needs a look: the last that has a place."""
    asked = visit.manner.query.get("county")
    placed = [place for place in found if place.rank is not None] or list(found)
    return next((place for place in found if place.code == asked), placed[-1])


def _cells(visit: Visit, below: Drilldown, peers: Ranking) -> tuple[list[Place], list[LegendRow]]:
    """The divisions below the chosen one, in classes cut over all of their level, so that a county of
    good townships looks good.
    """
    classes = classes_of(peers.readings, visit.metric)
    links = {child.code: visit.link(f"/divisions/{child.code}") for child in below.children}
    found = places(below.children, below.readings, visit.metric, classes, texts=visit.texts, links=links)
    return found, legend(classes, [place.step for place in found], visit.metric)
