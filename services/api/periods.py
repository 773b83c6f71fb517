"""GET /v1/periods: the periods that have values."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from services.api.answers import answer
from services.api.contract import told
from services.api.schemas import Answer, DivisionRef
from services.api.viewer import Viewer
from services.catalog.periods import PeriodKind

router = APIRouter(prefix="/v1/periods", tags=["periods"])


@dataclass(frozen=True, slots=True)
class PeriodEntry:
    """A period with its days, as ISO dates."""

    period: str
    kind: PeriodKind
    first_on: str
    last_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodsAnswer(Answer):
    """Periods by first day, the shortest first; whether figures are simulated; the top division of the key."""

    periods: list[PeriodEntry]
    simulated: bool
    root: DivisionRef


_EXAMPLE = {
    "periods": [{"period": "2021-11", "kind": "month", "first_on": "2021-11-01", "last_on": "2021-11-30"}],
    "simulated": True,
    "root": {"code": "370100000000", "name": "济南市", "level": "city"},
}


@router.get("", response_model=PeriodsAnswer, responses=told(_EXAMPLE))
async def read_periods(request: Request, viewer: Viewer) -> Response:
    """有数据的报告期，以及该密钥可见的最高一级区划。 Periods with values, and the key's top division."""
    periods = [
        PeriodEntry(p.period, p.kind, p.first_on.isoformat(), p.last_on.isoformat()) for p in viewer.snapshot.periods
    ]
    simulated: bool = request.app.state.settings.simulated
    return answer(PeriodsAnswer(**viewer.head, periods=periods, simulated=simulated, root=viewer.root.ref))
