"""GET /v1/compliance: what was due, what is in."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from services.api.answers import answer
from services.api.compliance.schemas import ComplianceAnswer, ComplianceRow
from services.api.contract import TOWNSHIP, told
from services.api.parameters import DivisionParameter, PeriodParameter, chosen, period_of
from services.api.viewer import ScopedViewer, Viewer
from services.catalog.load import Catalog
from services.core.database import load_queries

router = APIRouter(prefix="/v1/compliance", tags=["compliance"])

_QUERIES: Final = load_queries("services.api.compliance")
_ROW: Final = {
    "division": TOWNSHIP, "form": "meeting_day", "period": "2021-11", "expected": 1, "received": 1,
    "on_time": 1, "late": 0, "missing": 0, "awaited": 0, "corrected": 0, "due_on": "2021-12-05",
}  # fmt: skip
FormParameter = Annotated[
    str | None,
    Query(description="报表名，缺省为全部。 A form's name; all by default.", examples=["meeting_day"]),
]


@router.get("", response_model=ComplianceAnswer, responses=told({"rows": [_ROW]}))
async def read_compliance(
    request: Request,
    viewer: Viewer,
    *,
    period: PeriodParameter,
    division: DivisionParameter = None,
    form: FormParameter = None,
) -> Response:
    """应报、已报、按时、迟报、缺报、待报的份数。 Counts of reports expected, in, in time, late, missing, awaited."""
    catalog: Catalog = request.app.state.catalog
    place = viewer.require(division)
    wanted = period_of(period)
    if form is not None:
        chosen(form, catalog.reported_forms, "query/form")
    rows = await _rows(viewer, {"period": str(wanted), "division": place.code, "form": form})
    return answer(ComplianceAnswer(**viewer.head, rows=rows))


async def _rows(viewer: ScopedViewer, values: dict[str, str | None]) -> list[ComplianceRow]:
    named = viewer.snapshot.tree.named

    def row(division: str, *rest: Any) -> ComplianceRow:
        counted = (*rest[:-1], rest[-1].isoformat())
        return ComplianceRow(named(division), *counted)

    return await viewer.snapshot.read(row, _QUERIES["compliance_rows"], values)
