"""GET /compliance: whose reports came in, on time, late or not at all."""

from collections import defaultdict
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from dashboards.answers import Compliance, ComplianceRow, DivisionRef
from dashboards.pages.rendering import render
from dashboards.reporting import Counts, of_division, summed
from dashboards.together import together
from dashboards.visits import AVisit, Visit

router = APIRouter()


@dataclass(frozen=True)
class ReportLine:
    """One division's reports, all chosen forms together."""

    division: DivisionRef
    counts: Counts
    link: str | None


@router.get("/compliance")
async def read_compliance(request: Request, visit: AVisit) -> Response:
    """A division by form, and the divisions below it."""
    query = visit.manner.query
    code = query.get("division") or visit.root.code
    answer, place = await together(
        visit.api.compliance(code, visit.period.period),
        visit.api.drilldown(code, visit.fitting(visit.metric).period, [visit.metric.metric]),
    )
    own = of_division(code, answer)
    form = query.get("form") if any(row.form == query.get("form") for row in own) else None
    return render(
        request,
        visit,
        "compliance.html",
        page="compliance",
        place=place,
        own=own,
        total=summed([row for row in own if form in (None, row.form)]),
        form=form,
        lines=_lines(answer, code, form, visit),
        forms={f.form: visit.texts.of(f.title) for f in visit.catalog.forms},
    )


def _lines(answer: Compliance, code: str, form: str | None, visit: Visit) -> list[ReportLine]:
    """Children, the least punctual first; those with nothing due last."""
    groups: dict[DivisionRef, list[ComplianceRow]] = defaultdict(list)
    for row in answer.rows:
        if row.division.code != code and form in (None, row.form):
            groups[row.division].append(row)
    lines = [ReportLine(division, summed(rows), _link(division, visit)) for division, rows in groups.items()]
    return sorted(lines, key=lambda line: (line.counts.share is None, line.counts.share, line.division.code))


def _link(division: DivisionRef, visit: Visit) -> str:
    """Deeper for a county; a township reports itself, so its own page."""
    if division.level == "county":
        return visit.link("/compliance", division=division.code)
    return visit.link(f"/divisions/{division.code}")
