"""GET /v1/snapshots: the snapshots that are kept and can be read with `as_of`."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from services.api.contract import told_now
from services.api.kept import KeptSnapshots
from services.api.records import told
from services.api.viewer import Reader

router = APIRouter(prefix="/v1/snapshots", tags=["snapshots"])


@dataclass(frozen=True, slots=True)
class SnapshotEntry:
    """A snapshot by its name; `as_of` is the moment of its data (Asia/Shanghai)."""

    name: str
    as_of: str


@dataclass(frozen=True, slots=True)
class SnapshotsAnswer:
    """The snapshots that are kept, the newest first."""

    snapshots: list[SnapshotEntry]


_EXAMPLE = {"snapshots": [{"name": "snapshot-000012", "as_of": "2021-12-06T09:00:00+08:00"}]}


@router.get("", response_model=SnapshotsAnswer, responses=told_now(_EXAMPLE))
async def read_snapshots(request: Request, _: Reader) -> Response:
    """保存的数据快照，可用 as_of 读取。 The snapshots that are kept and can be read with `as_of`."""
    kept: KeptSnapshots = request.app.state.kept
    entries = [SnapshotEntry(each.name, each.as_of.isoformat()) for each in await kept.listed()]
    return told(request, SnapshotsAnswer(entries))
