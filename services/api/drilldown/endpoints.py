"""GET /v1/drilldown/{code}: from a division to those below it."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.routing import APIRoute

from services.api.answers import ADMITTED, answer
from services.api.contract import COUNTY, READING, TOWNSHIP, told
from services.api.drilldown.schemas import DrilldownAnswer
from services.api.parameters import DivisionInPath, KnownMetrics, PeriodParameter, period_of
from services.api.viewer import ScopedViewer, Viewer


class _Direct(APIRoute):
    """Calls the endpoint straight away when the request is plain: half of the time went into reading its
    two parameters. Whatever is missing, repeated or unknown goes FastAPI's way, which has the words for it.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler that FastAPI calls."""
        usual = super().get_route_handler()

        async def handle(request: Request) -> Response:
            query = request.query_params
            admitted = request.scope.get(ADMITTED)
            if admitted is None or not query.keys() <= {"period", "metric"} or len(query.getlist("period")) != 1:
                return await usual(request)
            code, viewer = request.path_params["code"], ScopedViewer(*admitted)
            return await read_drilldown(request, code, query["period"], viewer, query.getlist("metric"))

        return handle


router = APIRouter(prefix="/v1/drilldown", tags=["drilldown"], route_class=_Direct)

_SUMMARY = {"villages": 42, "red": 1, "yellow": 2}
_EXAMPLE = {
    "division": COUNTY,
    "path": [COUNTY],
    "period": "2021-11",
    "summary": COUNTY | _SUMMARY,
    "own": [READING | {"division": COUNTY}],
    "children": [TOWNSHIP | _SUMMARY],
    "readings": [READING],
}
Metrics = Annotated[
    list[str],
    Query(
        description="只取这些指标，缺省为全部；可重复。 Only these metrics, all by default; may be repeated.",
        examples=[["meeting_held_rate"]],
    ),
]


@router.get("/{code}", response_model=DrilldownAnswer, responses=told(_EXAMPLE))
async def read_drilldown(
    request: Request,
    code: DivisionInPath,
    period: PeriodParameter,
    viewer: Viewer,
    metric: Metrics = [],  # noqa: B006
) -> Response:
    """本级与下一级各区划的读数。 Readings of a division and of those directly below it, by metric, then code."""
    known: KnownMetrics = request.app.state.known_metrics
    known.require(metric, viewer.snapshot)
    division = viewer.require(code, "path/code")
    wanted = period_of(period)
    metrics = sorted(set(metric))
    values = await viewer.snapshot.slice_of(period)
    return answer(
        {
            **viewer.head,
            "division": division.ref,
            "path": viewer.path(division),
            "period": period,
            "summary": viewer.directory.summary(division),
            "own": values.own(code, division.parent, metrics),
            "children": viewer.directory.told_children(code, wanted),
            "readings": values.told_children(code, metrics),
        }
    )
