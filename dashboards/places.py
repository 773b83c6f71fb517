"""Places: divisions with the one number that colours them, as map, cells, treemap and ranking show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboards.answers import DivisionRef, DivisionSummary, Metric, Reading
from dashboards.classes import Classes
from dashboards.readable import Change, Shown, change, shown_reading
from dashboards.texts import Texts


@dataclass(frozen=True)
class Place:
    """One division ready to draw; `step` is its class from 1 to 5, None when nobody reported."""

    code: str
    name: str
    value: float | None
    shown: Shown
    step: int | None
    rank: int | None
    change: Change | None
    villages: int
    red: int
    yellow: int
    reported: int
    expected: int
    link: str

    @property
    def short(self) -> str:
        """The name without its kind."""
        return short_name(self.name)


def short_name(name: str) -> str:
    """A name without its kind, where space is dear; 高新区 for the zone, whose name is long."""
    if name.endswith("高新技术产业开发区"):
        return "高新区"
    for ending in ("街道办事处", "街道", "村民委员会", "村委会"):
        if name.endswith(ending) and len(name) > len(ending) + 1:
            return name.removesuffix(ending)
    return name[:-1] if len(name) > 2 and name[-1] in "区县镇乡" else name


def places(
    summaries: Sequence[DivisionSummary],
    readings: Sequence[Reading],
    metric: Metric,
    classes: Classes,
    *,
    texts: Texts,
    links: Mapping[str, str],
) -> list[Place]:
    """One place a division, best first; those without a place follow, those without a value last."""
    by_code = {r.division.code: r for r in readings if r.metric == metric.metric}
    rows = [
        _place(
            summary, by_code.get(summary.code) or _unread(summary, metric), metric, classes,
            texts=texts, link=links[summary.code],
        )
        for summary in summaries
    ]  # fmt: skip
    return sorted(rows, key=lambda p: (p.value is None, p.rank is None, p.rank or 0, p.code))


def _unread(summary: DivisionSummary, metric: Metric) -> Reading:
    """Where nothing was due there is no reading, and yet a place."""
    here = DivisionRef(summary.code, summary.name, summary.level)
    return Reading(here, "", metric.metric, None, None, None, None, 0, 0, 0)


def _place(
    summary: DivisionSummary, reading: Reading, metric: Metric, classes: Classes, *, texts: Texts, link: str
) -> Place:
    return Place(
        code=summary.code,
        name=summary.name,
        value=reading.value,
        shown=shown_reading(reading, metric, texts),
        step=classes.of(reading.value),
        rank=reading.rank,
        change=change(reading, metric, texts),
        villages=summary.villages,
        red=summary.red,
        yellow=summary.yellow,
        reported=reading.reported,
        expected=reading.expected,
        link=link,
    )
