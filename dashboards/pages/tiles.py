"""The strip of numbers on top of the wall: metrics, punctuality of reports, open cards."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.answers import CardCounts, Metric, Reading
from dashboards.figures.sparkline import Sparkline, sparkline
from dashboards.places import Place
from dashboards.readable import Change, Shown, change, shown_reading
from dashboards.reporting import Punctuality, punctuality
from dashboards.spans import before
from dashboards.together import together
from dashboards.visits import Visit

MOST_TILES = 4
MOST_CARDED = 3
CARD_PAGE, MOST_PAGES = 200, 5  # to tell overdue cards apart by colour, which the api counts together


@dataclass(frozen=True)
class Tile:
    """One metric. `period` is set when it is not the page's own."""

    title: str
    shown: Shown
    change: Change | None
    base: str
    spark: Sparkline | None
    period: str | None
    link: str
    is_chosen: bool


@dataclass(frozen=True)
class CardTile:
    """Open cards of one colour, those overdue (None: not told apart), and where most of them are."""

    colour: str
    count: int
    overdue: int | None
    most: list[Place]
    link: str


def tile_metrics(visit: Visit, wanted: int) -> list[Metric]:
    """Headline metrics for the strip: those reported as often as the page's period first, the chosen
    one among them.
    """
    timely = [m for m in visit.headlines if visit.fitting(m) == visit.period]
    ordered = [*timely, *(m for m in visit.headlines if m not in timely)][:wanted]
    if visit.metric not in ordered and visit.metric in visit.headlines:
        ordered[-1] = visit.metric
    return ordered


def metric_tile(metric: Metric, history: Sequence[Reading], visit: Visit) -> Tile:
    """A metric's newest reading, its change against a named base, and its year as a line."""
    texts = visit.texts
    period = visit.fitting(metric)
    reading = history[-1] if history else None
    moved = change(reading, metric, texts) if reading else None
    unknown = Shown(texts("missing.not_reported"), "", missing=True)
    return Tile(
        title=texts.of(metric.title),
        shown=shown_reading(reading, metric, texts) if reading else unknown,
        change=moved,
        base=texts("base.year_ago" if moved and moved.base == "year_ago" else f"base.{period.kind}"),
        spark=sparkline([r.value for r in history]),
        period=None if period == visit.period else visit.period_name(period.period),
        link=visit.manner.here(metric=metric.metric),
        is_chosen=metric == visit.metric,
    )


async def read_reports(visit: Visit) -> Punctuality | None:
    """How punctually the period's forms came in, against the period before; None when none were due."""
    earlier = before(visit.period, visit.periods.periods)
    asked = [visit.period, *([earlier] if earlier else [])]
    answers = await together(*(visit.api.compliance(visit.root.code, period.period) for period in asked))
    return punctuality(visit.root.code, answers[0], answers[1] if earlier else None, visit.texts)


async def count_overdue_red(visit: Visit) -> int | None:
    """How many red cards are overdue; None when there are more than it makes sense to page through."""
    count, cursor = 0, None
    for _ in range(MOST_PAGES):
        answer = await visit.api.cards(visit.root.code, colour="red", overdue="true", limit=CARD_PAGE, cursor=cursor)
        count, cursor = count + len(answer.cards), answer.next
        if cursor is None:
            return count
    return None


def card_tiles(counts: CardCounts, late_red: int | None, places: Sequence[Place], visit: Visit) -> list[CardTile]:
    """Red, then yellow."""
    late_yellow = None if late_red is None else counts.overdue - late_red
    tiles = []
    for colour, count, late in (("red", counts.red, late_red), ("yellow", counts.yellow, late_yellow)):
        most = sorted((p for p in places if getattr(p, colour)), key=lambda p: -int(getattr(p, colour)))
        link = visit.link("/cards", colour=colour)
        tiles.append(CardTile(colour, count, late, most[:MOST_CARDED], link))
    return tiles
