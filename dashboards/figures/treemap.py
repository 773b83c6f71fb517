"""Divisions as areas: the size is their villages, the colour their class."""

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboards.figures.theme import CLEAR, FONT, Palette, framed
from dashboards.places import Place


def treemap(places: Sequence[Place], palette: Palette, *, root: str, villages: str) -> go.Figure:
    """One level of divisions; `villages` is the word after a count. One without villages has no area;
    one nobody reported for is hatched.
    """
    sized = [place for place in places if place.villages]
    inks = [palette.ink(place.step) for place in sized]
    tree = go.Treemap(
        ids=[root, *(place.code for place in sized)],
        labels=["", *(place.short for place in sized)],
        parents=["", *(root for _ in sized)],
        values=[sum(place.villages for place in sized), *(place.villages for place in sized)],
        branchvalues="total",
        text=["", *(place.shown.brief for place in sized)],
        texttemplate="%{label}<br><b>%{text}</b>",
        customdata=[["", "", "", ""], *([p.link, p.name, str(p.shown), p.villages] for p in sized)],
        hovertemplate="<b>%{customdata[1]}</b>  %{customdata[2]}<br>%{customdata[3]} " + villages + "<extra></extra>",
        tiling={"pad": 3},
        textfont={"family": FONT, "size": 13, "color": [palette.text, *inks]},
        marker={
            "colors": [CLEAR, *(palette.fill(place.step) for place in sized)],
            "line": {"width": 0},
            "cornerradius": 4,
            "pad": {"t": 0, "l": 0, "r": 0, "b": 0},
            **_hatching(sized, palette),
        },
        root={"color": CLEAR},
        pathbar={"visible": False},
    )
    return framed(go.Figure(tree), palette, uniformtext={"minsize": 10, "mode": "hide"})


def _hatching(places: Sequence[Place], palette: Palette) -> dict[str, object]:
    """Stripes on what nobody reported; nothing when all did, for plotly squares the corners of hatched maps."""
    if all(place.step is not None for place in places):
        return {}
    shapes = ["", *("/" if place.step is None else "" for place in places)]
    return {"pattern": {"shape": shapes, "fgcolor": palette.line_2}}
