"""GET /v1/divisions/{code} and …/children."""

from fastapi import APIRouter, Request, Response

from services.api.answers import answer
from services.api.contract import COUNTY, TOWNSHIP, told
from services.api.divisions.schemas import ChildrenAnswer, DivisionAnswer, DivisionDetail
from services.api.parameters import DivisionInPath
from services.api.tree import Division
from services.api.viewer import ScopedViewer, Viewer
from services.catalog.periods import Period
from services.core.clock import Clock

router = APIRouter(prefix="/v1/divisions", tags=["divisions"])

_DETAIL = COUNTY | {
    "kind": None, "parent": "370100000000", "valid_from": "2000-01-01", "valid_to": None, "villages": 632,
}  # fmt: skip
_CHILD = TOWNSHIP | {"villages": 42, "red": 1, "yellow": 2}


@router.get("/{code}", response_model=DivisionAnswer, responses=told({"division": _DETAIL, "path": [COUNTY]}))
async def read_division(code: DivisionInPath, viewer: Viewer) -> Response:
    """一个区划及其上级路径。 One division, and the way to it from the top of the key's scope."""
    division = viewer.require(code, "path/code")
    return answer(DivisionAnswer(**viewer.head, division=_detail(viewer, division), path=viewer.path(division)))


@router.get(
    "/{code}/children",
    response_model=ChildrenAnswer,
    responses=told({"division": COUNTY, "children": [_CHILD]}),
)
async def read_children(request: Request, code: DivisionInPath, viewer: Viewer) -> Response:
    """下一级区划，按代码排序。 The divisions directly below that exist today, by code."""
    division = viewer.require(code, "path/code")
    clock: Clock = request.app.state.clock
    month = Period.containing(clock.today(), "month")
    children = list(viewer.directory.children(code, month))
    return answer(ChildrenAnswer(**viewer.head, division=division.ref, children=children))


def _detail(viewer: ScopedViewer, division: Division) -> DivisionDetail:
    """The parent only where the viewer may see it."""
    above = division.parent
    seen = above is not None and above in viewer.snapshot.tree.by_code and division != viewer.root
    ref = division.ref
    return DivisionDetail(
        code=ref.code,
        name=ref.name,
        level=ref.level,
        kind=division.kind,
        parent=above if seen else None,
        valid_from=division.valid_from.isoformat(),
        valid_to=None if division.valid_to is None else division.valid_to.isoformat(),
        villages=division.villages,
    )
