"""The village's numbers out of a snapshot: its key metrics by work system with their past, stars and standards."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
from cachetools import LRUCache

from services.api.answers import encoded
from services.api.schemas import Reading, Text
from services.api.series import Past, many_series
from services.api.slices import Slice
from services.api.snapshot import Snapshot
from services.api.tree import Division
from services.api.villages.schemas import MetricStory, Moment, SystemStory
from services.api.villages.spans import read_in, up_to
from services.catalog.load import Catalog
from services.catalog.periods import Period
from services.catalog.schema import Metric, System

STARS: Final = "awarded_stars"
STAR_SCORE: Final = "star_score"
STANDARDS: Final = "weak_village_standards_rate"
"""Metrics that stand beside what reports say of the stars and of a case, in all their periods."""
_BESIDE: Final = (STARS, STAR_SCORE, STANDARDS)
_MOST_KEY_METRICS: Final = 6
_KEPT: Final = 256
"""Stories that are held: some fifty thousand bytes each."""


@dataclass(frozen=True)
class Measured:
    """One village's numbers: `systems` is a list of SystemStory as JSON, `past` has what stands beside reports."""

    systems: msgspec.Raw
    past: Mapping[tuple[str, str], Past]

    def value(self, metric: str, period: Period) -> float | None:
        """A metric's value; None where it has none."""
        found = self.past.get((metric, str(period)))
        return None if found is None else found.value


class Numbers:
    """Measures villages, each once a period and snapshot: a snapshot never changes."""

    def __init__(self, catalog: Catalog) -> None:
        self._systems = [(system, _by_weight(system.metrics)) for system in catalog.systems]
        self._kept: LRUCache[tuple[str, str, str], Measured] = LRUCache(_KEPT)

    async def of(self, snapshot: Snapshot, village: Division, asked: Period) -> Measured:
        """The village's numbers in a period."""
        key = (snapshot.name, village.code, str(asked))
        measured = self._kept.get(key)
        if measured is None:
            measured = await self._measure(snapshot, village, asked)
            self._kept[key] = measured
        return measured

    async def _measure(self, snapshot: Snapshot, village: Division, asked: Period) -> Measured:
        known = periods_of(snapshot)
        slices = [await snapshot.slice_of(str(period)) for period in read_in(asked, known)]
        chosen = [(system, _key_readings(metrics, village.code, slices)) for system, metrics in self._systems]
        metrics = {name for _, readings in chosen for name in readings}
        spans = {reading.period: up_to(Period.parse(reading.period)) for _, rs in chosen for reading in rs.values()}
        periods = {str(period) for span in spans.values() for period in span}
        periods |= {str(period) for period in known if period.first_day <= asked.last_day}
        rows = await many_series(snapshot, village, metrics | {*_BESIDE}, periods)
        past = {(row.metric, row.period): row for row in rows}
        systems = [_story(system, readings, spans, past) for system, readings in chosen]
        beside = {key: row for key, row in past.items() if row.metric in _BESIDE}
        return Measured(msgspec.Raw(encoded(systems)), beside)


def periods_of(snapshot: Snapshot) -> list[Period]:
    """The periods that have values."""
    return [Period.parse(known.period) for known in snapshot.periods]


def _by_weight(metrics: Iterable[Metric]) -> list[Metric]:
    """Headline metrics first, then those with a target, then in the catalog's order.

    What only compares villages comes last: of one village a median is its value, a count of villages 0 or 1.
    """
    return sorted(metrics, key=lambda m: (not m.headline, _compares_villages(m), m.target is None))


def _compares_villages(metric: Metric) -> bool:
    return metric.divisions == "median" or metric.unit == "village"


def _key_readings(metrics: Sequence[Metric], code: str, slices: Sequence[Slice]) -> dict[str, Reading]:
    """The first few metrics that the village has, each in the first of the slices that has it."""
    found: dict[str, Reading] = {}
    for metric in metrics:
        own = next((own for values in slices if (own := values.own(code, [metric.metric]))), None)
        if own is not None:
            found[metric.metric] = own[0]
        if len(found) == _MOST_KEY_METRICS:
            break
    return found


def _story(
    system: System,
    readings: Mapping[str, Reading],
    spans: Mapping[str, Sequence[Period]],
    past: Mapping[tuple[str, str], Past],
) -> SystemStory:
    headlines = {metric.metric for metric in system.metrics if metric.headline}
    return SystemStory(
        system=system.system,
        number=system.number,
        title=Text(system.title.zh, system.title.en),
        level=system.forms[0].grain if system.forms else "village",
        metrics=[
            MetricStory(name, name in headlines, reading, _series(name, spans[reading.period], past))
            for name, reading in readings.items()
        ],
    )


def _series(metric: str, span: Sequence[Period], past: Mapping[tuple[str, str], Past]) -> list[Moment]:
    rows = (past.get((metric, str(period))) for period in span)
    return [Moment(row.period, row.value, row.reported, row.expected) for row in rows if row is not None]
