"""GET /v1/rankings: who stands where within a division."""

from typing import Annotated, cast

from fastapi import APIRouter, Query, Request, Response

from services.api.answers import answer
from services.api.contract import COUNTY, READING, told
from services.api.parameters import (
    DivisionParameter,
    KnownMetrics,
    MetricParameter,
    PeriodParameter,
    chosen,
    period_of,
)
from services.api.rankings.schemas import RankingAnswer
from services.api.schemas import Level
from services.api.slices import Among
from services.api.tree import LEVELS, Division
from services.api.viewer import ViewerAsOf

router = APIRouter(prefix="/v1/rankings", tags=["rankings"])

_EXAMPLE = {
    "metric": "meeting_held_rate",
    "period": "2021-11",
    "division": COUNTY,
    "level": "township",
    "readings": [READING],
}
LevelParameter = Annotated[
    str | None,
    Query(
        description="排名的层级，缺省为下一级。 The level that is ranked; by default the one directly below.",
        examples=["township"],
        json_schema_extra={"enum": list(LEVELS[1:])},
    ),
]


@router.get("", response_model=RankingAnswer, responses=told(_EXAMPLE))
async def read_ranking(
    request: Request,
    viewer: ViewerAsOf,
    *,
    metric: MetricParameter,
    period: PeriodParameter,
    division: DivisionParameter = None,
    level: LevelParameter = None,
) -> Response:
    """区划内的名次，并列者同名次，无名次者在后。 Places within a division; ties share one, the unranked come last."""
    known: KnownMetrics = request.app.state.known_metrics
    known.require([metric], viewer.snapshot)
    place = viewer.require(division)
    ranked = _level(place, level)
    values = await viewer.snapshot.slice_of(str(period_of(period)))
    parents = viewer.snapshot.tree.parents_at(place, ranked)
    readings = values.ranked(parents, metric, _among(place, ranked)) if ranked != place.level else []
    return answer(
        RankingAnswer(
            **viewer.head,
            metric=metric,
            period=period,
            division=place.ref,
            level=ranked,
            readings=readings,
        )
    )


def _level(place: Division, given: str | None) -> Level:
    """The level to rank; a village has none below it and is asked for its own, where nobody stands."""
    below = LEVELS[LEVELS.index(place.level) + 1 :] or LEVELS[-1:]
    return below[0] if given is None else cast(Level, chosen(given, below, "query/level"))


def _among(place: Division, level: Level) -> Among:
    """Siblings where the level is directly below; else all of the county or of the city."""
    if LEVELS.index(level) == LEVELS.index(place.level) + 1:
        return "siblings"
    return "county" if place.level == "county" else "city"
