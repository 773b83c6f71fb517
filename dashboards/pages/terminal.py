"""GET /terminal: one village at a glance, in big type."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from dashboards.answers import Metric
from dashboards.desk.answers import Due
from dashboards.desk.due import group_of, in_words
from dashboards.desk.services import read_calendar
from dashboards.desk.visit import OwnVisit
from dashboards.figures.sparkline import Sparkline, sparkline
from dashboards.pages.rendering import render
from dashboards.pages.village import board_of, stars_in_words
from dashboards.readable import Change, Shown, change, shown_answer
from dashboards.spans import name_of
from dashboards.stories import MetricStory, Story, read_story
from dashboards.together import together
from dashboards.visits import UnknownChoiceError, Visit

router = APIRouter()
MOST_METRICS = 6
MOST_REPORTS = 8
AWAITED = ("returned", "late", "soon", "later")
FORMATS = ("score", "money", "share")


@dataclass(frozen=True)
class Glance:
    """A key figure: its value, how it moved, and its past as a line."""

    title: str
    shown: Shown
    change: Change | None
    spark: Sparkline | None
    link: str


@router.get("/terminal")
async def read_terminal(request: Request, visit: OwnVisit) -> Response:
    """The village that the key is for; for any other key there is no terminal."""
    if visit.root.level != "village":
        raise UnknownChoiceError(visit.root.level)
    code = visit.root.code
    story, calendar = await together(
        read_story(visit.api, code, visit.period.period), read_calendar(visit.api, code)
    )  # fmt: skip
    stars = next((year for year in story.stars if year.stars is not None), None)
    return render(
        request,
        visit,
        "terminal.html",
        page="terminal",
        story=story,
        board=board_of(story, visit),
        glances=_glances(story, visit),
        stars=None if stars is None else (int(stars.stars or 0), stars_in_words(stars, visit), stars.period),
        awaited=[_report(due, visit) for due in calendar if group_of(due) in AWAITED][:MOST_REPORTS],
        reported=_newest(calendar, visit),
        story_link=visit.link(f"/villages/{code}"),
    )


def _glances(story: Story, visit: Visit) -> list[Glance]:
    """The most telling figure of each work system: scores before money, money before rates and counts."""
    found = []
    for system in story.systems:
        told = [(metric, one) for one in system.metrics if one.headline and (metric := visit.by_name(one.metric))]
        if told:
            found.append(min(told, key=lambda pair: _rank(pair[0])))
    first = sorted(found, key=lambda pair: _rank(pair[0]))[:MOST_METRICS]
    return [_glance(metric, one, visit) for metric, one in first]


def _rank(metric: Metric) -> int:
    return FORMATS.index(metric.format) if metric.format in FORMATS else len(FORMATS)


def _glance(metric: Metric, one: MetricStory, visit: Visit) -> Glance:
    return Glance(
        title=visit.texts.of(metric.title),
        shown=shown_answer(one.reading, metric, visit.texts),
        change=change(one.reading, metric, visit.texts),
        spark=sparkline([moment.value for moment in one.series]),
        link=visit.link(f"/explain/{metric.metric}", division=one.reading.division.code, period=one.reading.period),
    )


def _report(due: Due, visit: Visit) -> tuple[str, str, str, str]:
    """Title, period, and the days left in words and as a state."""
    return (visit.texts.of(due.title), name_of(due.period, visit.texts), *in_words(due, visit.texts))


def _newest(calendar: list[Due], visit: Visit) -> list[tuple[str, str, str]]:
    """What its township has reported last: title, period, and how far it is."""
    done = [due for due in calendar if due.submission is not None][-MOST_REPORTS:]
    texts = visit.texts
    return [
        (texts.of(due.title), name_of(due.period, texts), texts.maybe(f"desk.state.{due.state}") or due.state)
        for due in reversed(done)
    ]
