"""Several rates of one division against those of the one above it."""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

import plotly.graph_objects as go

from dashboards.figures.theme import CLEAR, Palette, framed, wash

MOST, FEWEST = 6, 3
LABEL_WIDTH = 18


@dataclass(frozen=True)
class Spoke:
    """One rate in percent, of the division and of the one above; None was not reported."""

    title: str
    own: float | None
    above: float | None
    shown: str
    above_shown: str = ""


def radar(spokes: Sequence[Spoke], palette: Palette, *, own_name: str, above_name: str) -> go.Figure | None:
    """Both as closed lines over at most six spokes; a rate nobody reported opens the line.

    None with fewer than three spokes: two directions are no shape.
    """
    spokes = spokes[:MOST]
    if len(spokes) < FEWEST:
        return None
    figure = go.Figure(
        [
            _ring([spoke.above for spoke in spokes], above_name, _dotted(palette)),
            _ring([spoke.own for spoke in spokes], own_name, _filled(palette)),
        ]
    )
    return framed(
        figure,
        palette,
        margin={"l": 70, "r": 70, "t": 58, "b": 78},
        showlegend=True,
        legend={
            "x": 0.5,
            "y": 0,
            "xanchor": "center",
            "yref": "container",
            "yanchor": "bottom",
            "orientation": "h",
            "bgcolor": CLEAR,
        },
        polar=_axes(spokes, palette),
    )


def _axes(spokes: Sequence[Spoke], palette: Palette) -> dict[str, object]:
    """From a little below the lowest rate to 100, so that differences show; each spoke says its value."""
    low = min((v for spoke in spokes for v in (spoke.own, spoke.above) if v is not None), default=0.0)
    labels = [f"{'<br>'.join(wrap(s.title, LABEL_WIDTH))}<br><b>{s.shown}</b>" for s in spokes]
    return {
        "bgcolor": CLEAR,
        "gridshape": "linear",
        "radialaxis": {
            "range": [max(0.0, low // 10 * 10 - 10), 100],
            "nticks": 4,
            "showline": False,
            "showticklabels": False,
            "ticks": "",
            "gridcolor": palette.line,
        },
        "angularaxis": {
            "type": "category",
            "rotation": 90,
            "direction": "clockwise",
            "ticks": "",
            "gridcolor": palette.line,
            "linecolor": palette.line_2,
            "tickfont": {"size": 12, "color": palette.text},
            "tickmode": "array",
            "tickvals": [*range(len(spokes))],
            "ticktext": labels,
        },
    }


def _ring(values: Sequence[float | None], name: str, look: dict[str, object]) -> go.Scatterpolar:
    closed = [*values, values[0]]
    theta = [*map(str, range(len(values))), "0"]
    return go.Scatterpolar(
        r=closed,
        theta=theta,
        name=name,
        connectgaps=False,
        hovertemplate=f"{name} %{{r:.1f}}%<extra></extra>",
        **look,
    )


def _dotted(palette: Palette) -> dict[str, object]:
    return {"mode": "lines", "line": {"color": palette.compare, "width": 1.5, "dash": "dot"}}


def _filled(palette: Palette) -> dict[str, object]:
    return {
        "mode": "lines+markers",
        "fill": "toself",
        "fillcolor": wash(palette.accent, 0.15),
        "line": {"color": palette.accent, "width": 2.25},
        "marker": {"size": 6, "color": palette.accent},
    }
