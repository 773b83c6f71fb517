"""GET /v1/villages/{code}: one village's whole story."""

from fastapi import APIRouter, Request, Response

from services.api import records
from services.api.contract import told
from services.api.parameters import DivisionInPath, PeriodParameter, malformed, period_of
from services.api.tree import Division
from services.api.viewer import ScopedViewer, Viewer
from services.api.villages.documentation import ONE
from services.api.villages.schemas import VillageAnswer
from services.api.villages.service import Stories
from services.core.clock import Clock

router = APIRouter(prefix="/v1/villages", tags=["villages"])

_WHERE = "path/code"


@router.get("/{code}", response_model=VillageAnswer, responses=told(ONE))
async def read_village(request: Request, code: DivisionInPath, period: PeriodParameter, viewer: Viewer) -> Response:
    """一个村的全貌：各工作体系的指标与走势、红黄牌、承诺、星级、整顿、督办、报送与缺报。

    A village's whole story: metrics and trends, cards, pledges, stars, case, orders, reports, what is missing.
    """
    stories: Stories = request.app.state.stories
    clock: Clock = request.app.state.clock
    village, asked = _village(viewer, code), period_of(period)
    story = await stories.tell(viewer, village, asked, clock.now())
    about = {"division": village.ref, "path": viewer.path(village), "period": str(asked)}
    return records.told(request, {**viewer.head, **about, **story})


def _village(viewer: ScopedViewer, code: str) -> Division:
    found = viewer.require(code, _WHERE)
    if found.level != "village":
        raise malformed(_WHERE, "division_level_wrong", given=code, wanted="village", wanted_zh="村")
    return found
