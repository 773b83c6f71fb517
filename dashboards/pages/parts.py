"""Parts that several pages show: the legend of classes, a metric's history, cards with their words."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from dashboards.answers import Card, Metric, Reading
from dashboards.classes import Classes, fifths
from dashboards.figures.theme import Goal
from dashboards.figures.trend import Moment, trend
from dashboards.readable import plain, scaled, shown, shown_reading
from dashboards.spans import series_to, tick_of
from dashboards.texts import Texts
from dashboards.together import together
from dashboards.visits import Visit

DUE_SOON_DAYS = 1
STAGES = ("raised", "acknowledged", "plan_filed", "rectified", "verified", "closed")
"""How far a card has come; one that is appealed is back at its beginning."""


@dataclass(frozen=True)
class LegendRow:
    """One class: its bounds in words and how many are in it."""

    step: int
    label: str
    short: str
    count: int


@dataclass(frozen=True)
class CardLine:
    """A card as a line of a board: how far people are with it, and how near its day is, in words and as a state."""

    card: Card
    title: str
    text: str
    due: str
    due_state: str
    link: str
    where: list[str]
    status: str
    stage: int


def classes_of(readings: Sequence[Reading], metric: Metric) -> Classes:
    """Five classes over readings of one metric."""
    return fifths((r.value for r in readings), less_is_better=metric.direction == "lower")


def legend(classes: Classes, steps: Sequence[int | None], metric: Metric) -> list[LegendRow]:
    """Classes in use, best first, with their bounds and the number of divisions in each."""
    if all(step is None for step in steps):
        return []
    return [
        LegendRow(step, *_bounds(low, high, metric), sum(s == step for s in steps))
        for step, low, high in classes.ranges()
    ]


def _bounds(low: float | None, high: float | None, metric: Metric) -> tuple[str, str]:
    """A class's bounds in full, and short: one end, as its neighbour says the other."""
    if low is None and high is None:
        return "–", "–"
    if low is None:
        below = f"<{plain(high or 0, metric)}"
        return below, below
    above = f"≥{plain(low, metric)}"
    return (above if high is None else f"{plain(low, metric)}–{plain(high, metric)}"), above


async def histories(visit: Visit, code: str, metrics: Iterable[Metric]) -> dict[str, list[Reading]]:
    """Up to twelve readings of each metric, ending with the page's period; one request a kind of period."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for metric in metrics:
        span = series_to(visit.fitting(metric), visit.periods.periods)
        groups[span[0].period, span[-1].period].append(metric.metric)
    answers = await together(*(visit.api.series(code, names, first, last) for (first, last), names in groups.items()))
    found: dict[str, list[Reading]] = defaultdict(list)
    for answer in answers:
        for reading in answer.readings:
            found[reading.metric].append(reading)
    return dict(found)


def trend_of(history: Sequence[Reading], metric: Metric, visit: Visit) -> go.Figure:
    """The history as a figure, the catalog's target as its second line."""
    texts = visit.texts
    moments = [
        Moment(
            tick=tick_of(r.period, texts, first=i == 0),
            value=None if r.value is None else scaled(r.value, metric),
            shown=_beside(r, metric, texts),
        )
        for i, r in enumerate(history)
    ]
    from_zero = metric.format in ("money", "number")
    return trend(moments, visit.manner.palette, goal=goal_of(metric, texts), from_zero=from_zero)


def goal_of(metric: Metric, texts: Texts) -> Goal | None:
    """The catalog's target for a figure; None when it sets none."""
    if metric.target is None:
        return None
    label = texts("trend.target", value=shown(metric.target, metric, texts))
    return Goal(scaled(metric.target, metric), label)


def _beside(reading: Reading, metric: Metric, texts: Texts) -> str:
    """A value for a figure whose title names the unit: only a percent sign is short enough to repeat."""
    value = shown_reading(reading, metric, texts)
    return str(value) if value.unit == "%" else value.value


def card_line(card: Card, visit: Visit) -> CardLine:
    """A card with what a board says of it."""
    texts = visit.texts
    due, state = _due(card, texts)
    where = [place.name for place in card.path if place.code != card.division.code]
    return CardLine(
        card=card,
        title=texts.of(card.title),
        text=texts.of(card.text),
        due=due,
        due_state=state,
        link=visit.link(f"/cards/{card.id}"),
        where=[*where, card.division.name],
        status=texts.maybe(f"status.{card.status}") or card.status,
        stage=STAGES.index(card.status) if card.status in STAGES else 0,
    )


def _due(card: Card, texts: Texts) -> tuple[str, str]:
    """Its day in words and as a state: overdue, today, days left; or why no day is running."""
    days = card.days_left
    if card.status == "closed":
        return texts("status.closed"), ""
    if card.lifting_proposed_at is not None:
        return texts("steps.lifting"), ""
    if card.paused_on is not None:
        return texts("due.paused"), ""
    if days < 0:
        return texts("due.late", n=-days), "late"
    if days == 0:
        return texts("due.today"), "soon"
    return texts("due.left", n=days), "soon" if days <= DUE_SOON_DAYS else ""


def card_filter(visit: Visit) -> tuple[str, dict[str, str]]:
    """Which cards the address asks for: the name of the choice, and the api's filter for it."""
    query = visit.manner.query
    if query.get("overdue") == "true":
        return "overdue", {"overdue": "true"}
    colour = query.get("colour")
    return (colour, {"colour": colour}) if colour in ("red", "yellow") else ("all", {})


def bar_widths(values: Sequence[float | None]) -> Callable[[float], float]:
    """How long a bar is, in percent of the longest; bars start at zero, or they would lie."""
    most = max((value for value in values if value is not None), default=0.0)
    return lambda value: round(100 * max(value, 0.0) / most, 1) if most > 0 else 0.0
