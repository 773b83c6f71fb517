"""GET /v1/values: metrics of a division, in one period or over time."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.api.answers import answer
from services.api.contract import READING, told
from services.api.parameters import (
    DivisionParameter,
    KnownMetrics,
    MetricsParameter,
    OptionalPeriod,
    malformed,
    period_of,
)
from services.api.schemas import Reading
from services.api.series import periods_between, series
from services.api.tree import Division
from services.api.values.schemas import ValuesAnswer
from services.api.viewer import ScopedViewer, ViewerAsOf
from services.core.problems import Problem

router = APIRouter(prefix="/v1/values", tags=["values"])

_LONGEST = 600
"""Periods in a series: fifty years of months."""

Children = Annotated[
    bool, Query(description="同时返回下一级各区划的读数。 Also the divisions directly below.", examples=[True])
]
From = Annotated[
    str | None,
    Query(alias="from", description="序列首期。 First period of a series.", examples=["2021-01"]),
]
To = Annotated[
    str | None,
    Query(description="序列末期，与首期同类。 Last period, of the same kind.", examples=["2021-12"]),
]


@router.get("", response_model=ValuesAnswer, responses=told({"readings": [READING]}))
async def read_values(
    request: Request,
    viewer: ViewerAsOf,
    *,
    metric: MetricsParameter,
    division: DivisionParameter = None,
    period: OptionalPeriod = None,
    children: Children = False,
    first: From = None,
    to: To = None,
) -> Response:
    """给 period 得一期读数；给 from 与 to 得时间序列。 One period with `period`, a series with `from` and `to`."""
    known: KnownMetrics = request.app.state.known_metrics
    known.require(metric, viewer.snapshot)
    place = viewer.require(division)
    metrics = list(dict.fromkeys(metric))
    if period is not None:
        readings = await _of_period(viewer, place, metrics, period, children)
    elif first is not None and to is not None:
        readings = await _over_time(viewer, place, metrics, first, to)
    else:
        raise Problem("parameter_invalid", {"where": "query/period"})
    return answer(ValuesAnswer(**viewer.head, readings=readings))


async def _of_period(
    viewer: ScopedViewer, place: Division, metrics: Sequence[str], text: str, with_children: bool
) -> list[Reading]:
    values = await viewer.snapshot.slice_of(str(period_of(text)))
    readings: list[Reading] = []
    for name in metrics:
        readings += values.own(place.code, [name])
        if with_children:
            readings += values.children(place.code, [name])
    return readings


async def _over_time(
    viewer: ScopedViewer, place: Division, metrics: Sequence[str], first_text: str, last_text: str
) -> list[Reading]:
    first, last = period_of(first_text, "query/from"), period_of(last_text, "query/to")
    if last.kind != first.kind or last.ordinal - first.ordinal >= _LONGEST:
        raise malformed("query/to", "not_a_choice", wanted=f"{first} …", given=last_text)
    periods = periods_between(first, last)
    readings: list[Reading] = []
    for name in metrics:
        readings += await series(viewer.snapshot, place, name, periods)
    return readings
