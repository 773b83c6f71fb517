"""GET /villages/{code}: one village's whole story."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import plotly.graph_objects as go
from fastapi import APIRouter, Request
from starlette.responses import Response

from dashboards.answers import Card, Metric
from dashboards.figures.sparkline import Sparkline, sparkline
from dashboards.figures.star_years import Rated, star_years
from dashboards.pages.parts import CardLine, card_line
from dashboards.pages.rendering import render
from dashboards.readable import Change, Shown, change, shown, shown_answer
from dashboards.spans import tick_of
from dashboards.stories import Fact, MetricStory, StarYear, Story, SystemStory, VillageCard, read_story
from dashboards.visits import AVisit, Visit

router = APIRouter()
SECTIONS: Final = ("cards", "metrics", "pledges", "stars", "case", "orders", "reports")


@dataclass(frozen=True)
class KeyLine:
    """A key metric: its value, its change against a named base, its past as a line. `period` unless the chapter's."""

    title: str
    description: str
    shown: Shown
    target: str
    change: Change | None
    base: str
    spark: Sparkline | None
    period: str | None
    is_headline: bool


@dataclass(frozen=True)
class Past:
    """The same figures as the lines show, as a table: metrics by period."""

    ticks: list[str]
    rows: list[tuple[str, list[Shown | None]]]


@dataclass(frozen=True)
class Chapter:
    """One work system of the village; `period`: that of its first metric, when not the page's."""

    system: str
    title: str
    period: str | None
    lines: list[KeyLine]
    pasts: list[Past]


@router.get("/villages/{code}")
async def read_village(request: Request, visit: AVisit, code: str) -> Response:
    """A village's page. The api answers 404 for one that does not exist or is out of scope."""
    story = await read_story(visit.api, code, visit.period.period)
    chapters = [_chapter(system, visit) for system in story.systems if system.metrics]
    return render(
        request,
        visit,
        "village.html",
        page="division",
        story=story,
        sections=SECTIONS,
        chapters=chapters,
        elsewhere=_elsewhere(story, visit),
        board=board_of(story, visit),
        closed=[_line(card, story, visit) for card in story.cards.closed],
        stars=[stars_in_words(year, visit) for year in story.stars],
        star_figure=_star_figure(story.stars, visit),
        facts=[] if story.case is None else [(visit.texts.of(f.title), _told(f, visit)) for f in story.case.facts],
        forms={form.form: visit.texts.of(form.title) for form in visit.catalog.forms},
    )


def _chapter(system: SystemStory, visit: Visit) -> Chapter:
    told = [(metric, one) for one in system.metrics if (metric := visit.by_name(one.metric)) is not None]
    usual = system.metrics[0].reading.period
    return Chapter(
        system=system.system,
        title=visit.texts.of(system.title),
        period=None if usual == visit.period.period else visit.period_name(usual),
        lines=[_key_line(metric, one, usual, visit) for metric, one in told],
        pasts=_pasts(told, visit),
    )


def _key_line(metric: Metric, one: MetricStory, usual: str, visit: Visit) -> KeyLine:
    texts, reading = visit.texts, one.reading
    moved = change(reading, metric, texts)
    kind = next((p.kind for p in visit.periods.periods if p.period == reading.period), visit.period.kind)
    return KeyLine(
        title=texts.of(metric.title),
        description=texts.of(metric.description),
        shown=shown_answer(reading, metric, texts),
        target="" if metric.target is None else str(shown(metric.target, metric, texts)),
        change=moved,
        base=texts("base.year_ago" if moved and moved.base == "year_ago" else f"base.{kind}"),
        spark=sparkline([moment.value for moment in one.series]),
        period=None if reading.period == usual else visit.period_name(reading.period),
        is_headline=one.headline,
    )


def _pasts(told: Sequence[tuple[Metric, MetricStory]], visit: Visit) -> list[Past]:
    """One table for all metrics that end with the same period."""
    tables = []
    for last in dict.fromkeys(one.reading.period for _, one in told):
        group = [(metric, one) for metric, one in told if one.reading.period == last]
        periods = sorted({moment.period for _, one in group for moment in one.series})
        ticks = [tick_of(period, visit.texts, first=i == 0) for i, period in enumerate(periods)]
        tables.append(Past(ticks, [_past_row(metric, one, periods, visit) for metric, one in group]))
    return tables


def _past_row(
    metric: Metric, one: MetricStory, periods: Sequence[str], visit: Visit
) -> tuple[str, list[Shown | None]]:
    by_period = {moment.period: shown_answer(moment, metric, visit.texts) for moment in one.series}
    return visit.texts.of(metric.title), [by_period.get(period) for period in periods]


def _elsewhere(story: Story, visit: Visit) -> list[tuple[str, str]]:
    """The systems that are not about villages: their titles, and who reports them."""
    texts = visit.texts
    return [(texts.of(s.title), texts(f"level.{s.level}")) for s in story.systems if s.level != "village"]


def board_of(story: Story, visit: Visit) -> list[CardLine]:
    """Its open cards, as a board shows them."""
    return [_line(card, story, visit) for card in story.cards.open]


def _line(card: VillageCard, story: Story, visit: Visit) -> CardLine:
    told = Card(
        id=card.id,
        rule=card.rule,
        title=card.title,
        text=card.text,
        division=story.division,
        path=[],
        metric=card.metric,
        colour=card.colour,
        status=card.status,
        period=card.period,
        raised_at=card.raised_at,
        due_on=card.due_on,
        days_left=card.days_left,
    )
    return card_line(told, visit)


def stars_in_words(year: StarYear, visit: Visit) -> str:
    """A year's rating in words."""
    if year.stars is None:
        return visit.texts("stars.undecided")
    return visit.texts("stars.count", n=int(year.stars))


def _star_figure(years: Sequence[StarYear], visit: Visit) -> go.Figure | None:
    """Only where there is more than one year to compare."""
    if len(years) < 2:
        return None
    rated = [Rated(y.period, y.score, stars_in_words(y, visit), y.stars is not None) for y in years]
    return star_years(rated, visit.manner.palette)


def _told(fact: Fact, visit: Visit) -> str:
    """An answer in the reader's words."""
    texts, value = visit.texts, fact.value
    if fact.value_title is not None:
        return texts.of(fact.value_title)
    if isinstance(value, bool):
        return texts("yes" if value else "no")
    if isinstance(value, float | int):
        unit = texts.maybe(f"unit.{fact.unit}") or ""
        return f"{value:,.12g} {unit}".strip()
    return value or ""
