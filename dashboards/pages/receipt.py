"""GET /desk/receipts/{number}: a receipt to print."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from dashboards.desk.due import moment
from dashboards.desk.services import read_submission, read_units
from dashboards.desk.visit import OwnVisit
from dashboards.pages.desk import report_path
from dashboards.pages.rendering import render
from dashboards.spans import name_of

router = APIRouter()


@router.get("/desk/receipts/{number}")
async def read_receipt(request: Request, visit: OwnVisit, number: UUID) -> Response:
    """One receipt. The services answer 404 for one that does not exist or is out of scope."""
    sent = await read_submission(visit.api, str(number))
    form = next((f for f in visit.catalog.forms if f.form == sent.form), None)
    place = await visit.api.drilldown(sent.division, visit.period.period, [visit.metric.metric])
    units = await read_units(visit.api, sent.form, sent.period, sent.division)
    return render(
        request,
        visit,
        "receipt.html",
        page="desk",
        still=True,
        sent=sent,
        title=visit.texts.of(form.title) if form else sent.form,
        reporter=place.division.name,
        path=[step.name for step in place.path],
        expected=len(units),
        period_words=name_of(sent.period, visit.texts),
        state=visit.texts.maybe(f"desk.state.{sent.state}") or sent.state,
        moment=moment,
        back=visit.link(report_path(sent.form, sent.period)),
    )
