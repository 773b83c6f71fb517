"""Colours, type and the common layout of figures: the only Python with a hex code.

Tokens are those of static/style.css; a test compares the two, and another measures their contrast.
Red and yellow are for cards and for nothing else.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal

import plotly.graph_objects as go

ThemeName = Literal["light", "dark"]

FONT = (
    '"Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", '
    '"WenQuanYi Micro Hei", system-ui, sans-serif'
)
CLEAR = "rgba(0,0,0,0)"


@dataclass(frozen=True)
class Palette:
    """One theme; `steps` are the five classes from weakest to best, `step_inks` the text upon them."""

    surface: str
    surface_2: str
    line: str
    line_2: str
    text: str
    text_2: str
    text_3: str
    accent: str
    compare: str
    red: str
    red_ink: str
    steps: tuple[str, str, str, str, str]
    step_inks: tuple[str, str, str, str, str]

    def fill(self, step: int | None) -> str:
        """The surface of a class; a quiet one for what was not reported."""
        return self.surface_2 if step is None else self.steps[step - 1]

    def ink(self, step: int | None) -> str:
        """Text upon a class."""
        return self.text_2 if step is None else self.step_inks[step - 1]


LIGHT = Palette(
    surface="#ffffff",
    surface_2="#f6f8f6",
    line="#dde4e0",
    line_2="#c6d0cb",
    text="#14211f",
    text_2="#46564f",
    text_3="#5f6f68",
    accent="#0f6b66",
    compare="#7d6238",
    red="#c8242b",
    red_ink="#ffffff",
    steps=("#e9efe9", "#c3dcd6", "#8fc0b8", "#4b9a93", "#11706a"),
    step_inks=("#14211f", "#14211f", "#10201e", "#06120f", "#ffffff"),
)
DARK = Palette(
    surface="#121c1f",
    surface_2="#172428",
    line="#223136",
    line_2="#35474d",
    text="#e9f0ef",
    text_2="#b1c0c0",
    text_3="#8b9c9d",
    accent="#58bdb2",
    compare="#c8a877",
    red="#d8343a",
    red_ink="#ffffff",
    steps=("#1d2f33", "#1f4c4e", "#2a6f6d", "#45988f", "#8bd0c3"),
    step_inks=("#dbe6e5", "#e6f1ef", "#ffffff", "#04130f", "#04130f"),
)
PALETTES: Final[dict[ThemeName, Palette]] = {"light": LIGHT, "dark": DARK}


@dataclass(frozen=True)
class Goal:
    """A target on the reader's scale, and its name on a figure."""

    value: float
    label: str


def axis(palette: Palette, **more: Any) -> dict[str, Any]:
    """An axis that keeps still and quiet."""
    quiet = {"gridcolor": palette.line, "zeroline": False, "tickfont": {"color": palette.text_3}}
    return {**quiet, "fixedrange": True, **more}


def wash(colour: str, share: float) -> str:
    """A hex colour made see-through."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{share})"


def framed(figure: go.Figure, palette: Palette, **layout: Any) -> go.Figure:
    """The figure in the house's layout: clear ground, our type, nothing to drag or zoom."""
    hover = {
        "bgcolor": palette.surface_2,
        "bordercolor": palette.line_2,
        "font": {"family": FONT, "color": palette.text, "size": 13},
    }
    figure.update_layout(
        template="none",
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        font={"family": FONT, "size": 12, "color": palette.text_2},
        hoverlabel=hover,
        dragmode=False,
        showlegend=False,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
    )
    figure.update_layout(**layout)
    return figure
