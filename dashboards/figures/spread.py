"""How the members of each group stand: a dot a member, a row a group."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from dashboards.figures.theme import Goal, Palette, axis, framed

ROW_PIXELS = 30


@dataclass(frozen=True)
class Dot:
    """One member on the reader's scale; those that nobody reported for are not dots."""

    group: str
    name: str
    value: float
    shown: str
    link: str


def spread(dots: Sequence[Dot], groups: Sequence[str], palette: Palette, *, goal: Goal | None) -> go.Figure:
    """Rows in the order given, best first; a group without a single value keeps its empty row."""
    figure = go.Figure(
        go.Scatter(
            x=[dot.value for dot in dots],
            y=[dot.group for dot in dots],
            mode="markers",
            marker={"size": 10, "color": palette.accent, "opacity": 0.62, "line": {"width": 0}},
            customdata=[[dot.link, dot.name, dot.shown] for dot in dots],
            hovertemplate="<b>%{customdata[1]}</b>  %{customdata[2]}<extra></extra>",
        )
    )
    if goal:
        figure.add_vline(x=goal.value, line={"color": palette.compare, "width": 1.5, "dash": "dot"})
        figure.add_annotation(x=goal.value, text=goal.label, **_on_top(palette))
    return framed(
        figure,
        palette,
        height=60 + ROW_PIXELS * max(len(groups), 1),
        margin={"l": 72, "r": 24, "t": 24, "b": 30},
        xaxis=axis(palette, tickformat=",~r", nticks=6),
        yaxis=axis(
            palette,
            type="category",
            categoryorder="array",
            categoryarray=[*groups][::-1],
            range=[-0.6, len(groups) - 0.4],
            tickfont={"color": palette.text_2},
        ),
    )


def _on_top(palette: Palette) -> dict[str, object]:
    font = {"color": palette.compare, "size": 12}
    return {"y": 1, "yref": "paper", "yanchor": "bottom", "font": font, "showarrow": False}
