"""A division's rates beside those of the one above: what the radar shows, and the same as a table."""

from dataclasses import dataclass

import plotly.graph_objects as go

from dashboards.answers import DivisionRef, Metric, Reading
from dashboards.figures.radar import MOST, Spoke, radar
from dashboards.readable import shown_reading
from dashboards.together import together
from dashboards.visits import Visit


@dataclass(frozen=True)
class Comparison:
    """The figure and its rows."""

    own_name: str
    above_name: str
    figure: go.Figure
    spokes: list[Spoke]


async def read_comparison(visit: Visit, code: str, name: str, above: DivisionRef) -> Comparison | None:
    """Rates of the page's period, headline ones first; None when there are too few to compare."""
    rates = [m for m in visit.catalog.metrics if _is_comparable(m) and visit.fitting(m) == visit.period]
    rates = sorted(rates, key=lambda m: not m.headline)[: 2 * MOST]
    names = [m.metric for m in rates]
    if not names:
        return None
    period = visit.period.period
    answers = await together(
        visit.api.series(code, names, period, period), visit.api.series(above.code, names, period, period)
    )
    owns, aboves = ({r.metric: r for r in answer.readings} for answer in answers)
    told = [m for m in names if m in owns and m in aboves and aboves[m].value is not None]
    spokes = [
        _spoke(metric, owns[metric.metric], aboves[metric.metric], visit)
        for metric in rates
        if metric.metric in told[:MOST]
    ]
    figure = radar(spokes, visit.manner.palette, own_name=name, above_name=above.name)
    return Comparison(name, above.name, figure, spokes) if figure else None


def _is_comparable(metric: Metric) -> bool:
    """Whether further out is better, as it must be on every spoke for the shape to mean anything."""
    return metric.format == "share" and metric.direction == "higher"


def _spoke(metric: Metric, own: Reading, above: Reading, visit: Visit) -> Spoke:
    return Spoke(
        title=visit.texts.of(metric.title),
        own=None if own.value is None else own.value * 100,
        above=None if above.value is None else above.value * 100,
        shown=str(shown_reading(own, metric, visit.texts)),
        above_shown=str(shown_reading(above, metric, visit.texts)),
    )
