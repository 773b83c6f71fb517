"""GET /v1/drilldown/{code}: from a division to those below it."""

from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from services.api.answers import Admitted
from services.api.contract import COUNTY, READING, TOWNSHIP, told
from services.api.drilldown.schemas import DrilldownAnswer
from services.api.parameters import DivisionInPath, KnownMetrics, PeriodParameter, period_of
from services.api.viewer import ScopedViewer, ViewerAsOf
from services.core.problems import Problem

_PATH: Final = "/v1/drilldown/"

router = APIRouter(prefix="/v1/drilldown", tags=["drilldown"])

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
    viewer: ViewerAsOf,
    metric: Metrics = [],  # noqa: B006
) -> Response:
    """本级与下一级各区划的读数。 Readings of a division and of those directly below it, by metric, then code."""
    known: KnownMetrics = request.app.state.known_metrics
    return Response(await _told(viewer, known, code, period, metric), media_type="application/json")


class Straight:
    """Answers a plain request before FastAPI reads it, which takes longer than the answer itself.

    Whatever is missing, repeated, escaped, unknown or out of scope is left to the route, which has the words for it.
    """

    def __init__(self, known: KnownMetrics) -> None:
        self._known = known

    async def __call__(self, admitted: Admitted, path: str, query: bytes) -> bytes | None:
        """The answer's bytes; None where the route shall answer."""
        code = path.removeprefix(_PATH)
        given: dict[str, list[str]] = {"period": [], "metric": []}
        try:
            for part in query.decode("ascii").split("&"):
                name, _, value = part.partition("=")
                given[name].append(value)
            (period,) = given["period"]
            if len(code) == len(path) or b"%" in query or b"+" in query:
                return None
            return await _told(ScopedViewer(*admitted), self._known, code, period, given["metric"])
        except (KeyError, ValueError, Problem):
            return None


async def _told(viewer: ScopedViewer, known: KnownMetrics, code: str, period: str, metrics: Sequence[str]) -> bytes:
    """A DrilldownAnswer as JSON."""
    known.require(metrics, viewer.snapshot)
    division = viewer.require(code, "path/code")
    wanted = period_of(period)
    names = metrics if len(metrics) < 2 else sorted(set(metrics))
    values = await viewer.snapshot.slice_of(period)
    return b'%b,%b,"own":%b,"readings":%b}' % (
        viewer.served.told_head[:-1],
        viewer.directory.told_place(division, wanted, viewer.caller.scope),
        values.told_own(code, names),
        values.told_children(code, names),
    )
