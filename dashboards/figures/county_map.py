"""The counties as a map of one metric: five classes of one hue, red cards as counted squares."""

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboards.boundaries import CODE_DIGITS, Boundaries, Point
from dashboards.figures.theme import CLEAR, FONT, Palette, framed
from dashboards.places import Place

# Where call-outs stand in the box around the map, as shares of its width and height: its empty corners.
LEFT_CALL_OUTS, RIGHT_CALL_OUTS, CALL_OUT_STEP = (0.2, 0.66), (0.72, 0.76), 0.06
RED_BELOW_LABEL = 0.074  # of the box's height: a square stands clear of the two lines of a label


def county_map(
    places: Sequence[Place], boundaries: Boundaries, palette: Palette, *, geojson: str, selected: str | None
) -> go.Figure:
    """Places with a polygon, labelled inside or by a call-out. One nobody reported for keeps its
    outline, has no class colour and says so. Those without a polygon are the page's to list.
    """
    drawn = [place for place in places if boundaries.has(place.code)]
    figure = go.Figure(_areas(drawn, palette, geojson))
    chosen = [place for place in drawn if place.code == selected]
    if chosen:
        figure.add_trace(_outline(chosen[0], palette, geojson))
    small = [place for place in drawn if boundaries.of(place.code).is_small]
    inside = [place for place in drawn if place not in small]
    spots = _call_outs(small, boundaries)
    for place in small:
        figure.add_trace(_pointer(boundaries.of(place.code).point, spots[place.code], palette))
    figure.add_trace(_labels(inside, boundaries, palette))
    if small:
        figure.add_trace(_call_out_labels(small, spots, boundaries, palette))
    carded = [place for place in drawn if place.red]
    if carded:
        figure.add_trace(_red_cards(carded, boundaries, palette))
    west, south, east, north = boundaries.box
    geo = {
        "visible": False,
        "projection": {"type": "mercator"},
        "bgcolor": CLEAR,
        "lonaxis": {"range": [west - 0.02, east + 0.02]},
        "lataxis": {"range": [south - 0.02, north + 0.02]},
    }
    return framed(figure, palette, geo=geo)


def _areas(places: Sequence[Place], palette: Palette, geojson: str) -> go.Choropleth:
    # Class 0 is "not reported": a colour of its own, never the weakest class.
    fills = [palette.fill(None), *palette.steps]
    scale = [[(i + end) / len(fills), fill] for i, fill in enumerate(fills) for end in (0, 1)]
    return go.Choropleth(
        geojson=geojson,
        featureidkey="properties.code",
        locations=[place.code[:CODE_DIGITS] for place in places],
        z=[place.step or 0 for place in places],
        zmin=-0.5,
        zmax=5.5,
        colorscale=scale,
        showscale=False,
        marker={"line": {"color": palette.line_2 if not places else palette.surface, "width": 1.4}},
        customdata=[[place.link, place.name, str(place.shown), place.red, place.yellow] for place in places],
        hovertemplate="<b>%{customdata[1]}</b>  %{customdata[2]}<extra></extra>",
    )


def _outline(place: Place, palette: Palette, geojson: str) -> go.Choropleth:
    return go.Choropleth(
        geojson=geojson,
        featureidkey="properties.code",
        locations=[place.code[:CODE_DIGITS]],
        z=[1],
        colorscale=[[0, CLEAR], [1, CLEAR]],
        showscale=False,
        marker={"line": {"color": palette.text, "width": 2.2}},
        hoverinfo="skip",
    )


def _labels(places: Sequence[Place], boundaries: Boundaries, palette: Palette) -> go.Scattergeo:
    points = [boundaries.of(place.code).point for place in places]
    return go.Scattergeo(
        lon=[x for x, _ in points],
        lat=[y for _, y in points],
        mode="text",
        text=[f"{place.short}<br><b>{place.shown.brief}</b>" for place in places],
        textfont={"size": 13, "family": FONT, "color": [palette.ink(place.step) for place in places]},
        hoverinfo="skip",
    )


def _call_outs(small: Sequence[Place], boundaries: Boundaries) -> dict[str, Point]:
    """Spots left and right of the map, from north to south so that no two pointers cross."""
    west, south, east, north = boundaries.box
    points = {place.code: boundaries.of(place.code).point for place in small}
    middle = sum(x for x, _ in points.values()) / len(points) if points else 0
    spots: dict[str, Point] = {}
    for is_left, (across, up) in ((True, LEFT_CALL_OUTS), (False, RIGHT_CALL_OUTS)):
        side = [code for code, (x, _) in points.items() if (x <= middle) == is_left]
        for i, code in enumerate(sorted(side, key=lambda code: -points[code][1])):
            height = south + (up - CALL_OUT_STEP * i) * (north - south)
            spots[code] = (west + across * (east - west), height)
    return spots


def _pointer(start: Point, end: Point, palette: Palette) -> go.Scattergeo:
    return go.Scattergeo(
        lon=[start[0], end[0]],
        lat=[start[1], end[1]],
        mode="lines",
        line={"color": palette.text_3, "width": 1},
        hoverinfo="skip",
    )


def _call_out_labels(
    small: Sequence[Place], spots: dict[str, Point], boundaries: Boundaries, palette: Palette
) -> go.Scattergeo:
    ends = [spots[place.code] for place in small]
    starts = [boundaries.of(place.code).point for place in small]
    sides = ["middle left" if end[0] < start[0] else "middle right" for start, end in zip(starts, ends, strict=True)]
    return go.Scattergeo(
        lon=[x for x, _ in ends],
        lat=[y for _, y in ends],
        mode="text",
        textposition=sides,
        text=[f"{place.short} <b>{place.shown.brief}</b>" for place in small],
        textfont={"size": 12.5, "family": FONT, "color": palette.text},
        hoverinfo="skip",
    )


def _red_cards(places: Sequence[Place], boundaries: Boundaries, palette: Palette) -> go.Scattergeo:
    _, south, _, north = boundaries.box
    shapes = [boundaries.of(place.code) for place in places]
    drop = RED_BELOW_LABEL * (north - south)
    return go.Scattergeo(
        lon=[shape.point[0] for shape in shapes],
        lat=[shape.point[1] - (0 if shape.is_small else drop) for shape in shapes],
        mode="markers+text",
        marker={
            "symbol": "square",
            "opacity": 1,
            "size": [11 + 4 * len(str(place.red)) for place in places],
            "color": palette.red,
            "line": {"color": palette.red_ink, "width": 1},
        },
        text=[str(place.red) for place in places],
        textfont={"size": 10.5, "family": FONT, "color": palette.red_ink},
        hoverinfo="skip",
    )
