"""One metric over a dozen periods, with its target."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from dashboards.figures.theme import Goal, Palette, axis, framed, wash

TICKS = 6


@dataclass(frozen=True)
class Moment:
    """One period on the axis: short name, value on the reader's scale (None: not reported), printed."""

    tick: str
    value: float | None
    shown: str


def trend(moments: Sequence[Moment], palette: Palette, *, goal: Goal | None, from_zero: bool) -> go.Figure:
    """A line that breaks where nobody reported; amounts start at zero, rates where they live."""
    figure = go.Figure()
    places = [*range(len(moments))]
    values = [moment.value for moment in moments]
    if goal and moments:
        figure.add_trace(_goal_line(places, goal, palette))
    figure.add_trace(_line(places, moments, palette))
    known = [i for i in places if values[i] is not None]
    if known:
        figure.add_trace(_last(known[-1], values[known[-1]], palette))
    ticks = places[:: max(1, -(-len(moments) // TICKS))]
    return framed(
        figure,
        palette,
        margin={"l": 46, "r": 84, "t": 14, "b": 28},
        hovermode="closest",
        annotations=_notes(known[-1], moments[known[-1]], goal, palette) if known else [],
        xaxis=axis(
            palette,
            tickvals=ticks,
            ticktext=[moments[i].tick for i in ticks],
            range=[-0.3, max(len(moments) - 0.8, 0.5)],
            showgrid=False,
            linecolor=palette.line_2,
        ),
        yaxis=axis(palette, range=_range(values, goal, from_zero=from_zero), nticks=5, tickformat=",~r"),
    )


def _line(places: Sequence[int], moments: Sequence[Moment], palette: Palette) -> go.Scatter:
    values = [moment.value for moment in moments]
    whole = None not in values  # a filled area would run across a gap as if it were reported
    return go.Scatter(
        x=places,
        y=values,
        mode="lines" if whole else "lines+markers",
        marker={"size": 5, "color": palette.accent},
        connectgaps=False,
        fill="tozeroy" if whole else "none",
        fillcolor=wash(palette.accent, 0.08),
        line={"color": palette.accent, "width": 2.5},
        customdata=[[moment.tick, moment.shown] for moment in moments],
        hovertemplate="%{customdata[0]}  <b>%{customdata[1]}</b><extra></extra>",
    )


def _goal_line(places: Sequence[int], goal: Goal, palette: Palette) -> go.Scatter:
    return go.Scatter(
        x=[places[0] - 0.3, places[-1] + 0.2],
        y=[goal.value, goal.value],
        mode="lines",
        line={"color": palette.compare, "width": 1.5, "dash": "dot"},
        hoverinfo="skip",
    )


def _last(at: int, value: float | None, palette: Palette) -> go.Scatter:
    ring = {"color": palette.surface, "width": 2}
    return go.Scatter(
        x=[at],
        y=[value],
        mode="markers",
        marker={"color": palette.accent, "size": 9, "line": ring},
        hoverinfo="skip",
    )


def _notes(at: int, last: Moment, goal: Goal | None, palette: Palette) -> list[dict[str, object]]:
    """The last value and the target named at the line's end, pushed apart lest they overlap."""
    beside = {"x": at, "xanchor": "left", "xshift": 9, "showarrow": False}
    is_above = goal is not None and last.value is not None and last.value >= goal.value
    shift = 0 if goal is None else 8 if is_above else -8
    accent = {"color": palette.accent, "size": 13}
    notes = [{**beside, "y": last.value, "yshift": shift, "text": f"<b>{last.shown}</b>", "font": accent}]
    if goal:
        compare = {"color": palette.compare, "size": 12}
        notes.append({**beside, "y": goal.value, "yshift": -shift, "text": goal.label, "font": compare})
    return notes


def _range(values: Sequence[float | None], goal: Goal | None, *, from_zero: bool) -> list[float]:
    known = [value for value in [*values, goal.value if goal else None] if value is not None]
    if not known:
        return [0, 1]
    low, high = (0 if from_zero else min(known)), max(known)
    room = (high - low) * 0.18 or abs(high) * 0.1 or 1
    return [low if from_zero else low - room, high + room]
