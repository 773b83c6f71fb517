"""A village's star ratings: a bar a year as long as its score, and the stars that came of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from dashboards.figures.theme import Palette, axis, framed

FULL_MARKS = 100
ROW_PIXELS = 44


@dataclass(frozen=True)
class Rated:
    """One year: the score (None: not reported), and its stars in words, which say so when they are undecided."""

    year: str
    score: float | None
    stars: str
    is_decided: bool


def star_years(years: Sequence[Rated], palette: Palette) -> go.Figure:
    """Years from top to bottom in the order given; one without a score keeps its row and has no bar.

    Rows are numbers with names: Plotly takes a year for a number even where it is a category.
    """
    rows = [*range(len(years))]
    figure = go.Figure(
        go.Bar(
            x=[rated.score for rated in years],
            y=rows,
            orientation="h",
            width=0.46,
            marker={
                "color": [palette.accent if rated.is_decided else palette.steps[1] for rated in years],
                "line": {"width": 0},
            },
            hoverinfo="skip",
        )
    )
    return framed(
        figure,
        palette,
        height=40 + ROW_PIXELS * max(len(years), 1),
        margin={"l": 48, "r": 130, "t": 4, "b": 26},
        annotations=[_note(row, rated, palette) for row, rated in enumerate(years)],
        xaxis=axis(palette, range=[0, FULL_MARKS], nticks=6),
        yaxis=axis(
            palette,
            range=[len(years) - 0.4, -0.6],
            tickvals=rows,
            ticktext=[rated.year for rated in years],
            showgrid=False,
            tickfont={"color": palette.text_2},
        ),
    )


def _note(row: int, rated: Rated, palette: Palette) -> dict[str, object]:
    """The stars behind the bar's end."""
    text = rated.stars if rated.score is None else f"{rated.score:.1f} · <b>{rated.stars}</b>"
    colour = palette.text if rated.is_decided else palette.text_3
    return {
        "x": rated.score or 0, "y": row, "text": text, "showarrow": False, "xanchor": "left", "xshift": 8,
        "font": {"color": colour, "size": 13},
    }  # fmt: skip
