"""GET /v1/explain/{metric}: how a value came about, and what would raise it."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from services.api.answers import answer
from services.api.contract import told
from services.api.explain.advice import Advice, nothing_to_raise, reports_with, standards_in
from services.api.explain.documentation import EXAMPLE
from services.api.explain.repository import SubmissionRow, read_answers, read_facts, read_submissions
from services.api.explain.schemas import ExplainAnswer, Improvements, Node
from services.api.explain.tell import Telling, first_index, wanted_of
from services.api.parameters import DivisionParameter, KnownMetrics, PeriodParameter, period_of
from services.api.schemas import EvidenceSubmission
from services.api.tree import Division, DivisionTree
from services.api.viewer import ScopedViewer, ViewerAsOf
from services.catalog.load import Catalog
from services.catalog.periods import Period
from services.catalog.sources import reports_behind
from services.core.clock import TIME_ZONE

router = APIRouter(prefix="/v1/explain", tags=["explain"])

MetricInPath = Annotated[
    str,
    Path(
        description="指标或指数名，见 /v1/catalog。 A metric's or an index's name out of /v1/catalog.",
        examples=["lead_goose"],
    ),
]


@router.get("/{metric}", response_model=ExplainAnswer, responses=told(EXAMPLE))
async def read_explanation(
    request: Request,
    viewer: ViewerAsOf,
    metric: MetricInPath,
    period: PeriodParameter,
    division: DivisionParameter = None,
) -> Response:
    """数值的来龙去脉，以及怎样提升。 How a value came about, and what would raise it."""
    catalog: Catalog = request.app.state.catalog
    known: KnownMetrics = request.app.state.known_metrics
    known.require_in_catalog(metric)
    place, of_period, snapshot = viewer.require(division), period_of(period), viewer.snapshot
    facts = await read_facts(snapshot, place, _peers(place, snapshot.tree), wanted_of(catalog, metric, of_period))
    telling = Telling(catalog, facts, place, snapshot.tree)
    tree = telling.node(metric, of_period)
    scope, behind = viewer.caller.scope.prefix, reports_behind(catalog, metric, of_period)
    submissions = await read_submissions(snapshot, place.code, scope, behind)
    return answer(
        ExplainAnswer(
            **viewer.head,
            metric=metric,
            division=place.ref,
            path=viewer.path(place),
            period=period,
            catalog_version=snapshot.catalog_version,
            rules_changed=snapshot.catalog_version != catalog.version,
            tree=tree,
            improvements=await _advice(request, viewer, telling, tree, of_period),
            submissions=[_submission(row, snapshot.tree) for row in submissions],
            submission_count=submissions[0].found if submissions else 0,
        )
    )


async def _advice(
    request: Request, viewer: ScopedViewer, telling: Telling, tree: Node, period: Period
) -> Improvements:
    snapshot = viewer.snapshot
    if snapshot.catalog_version != telling.catalog.version:
        return nothing_to_raise("rules_changed")
    index = first_index(tree, telling.catalog.indexes)
    if index is None:
        return nothing_to_raise("not_an_index")
    if not telling.is_formed_here(index):
        return nothing_to_raise("not_formed_here", index)
    standards = standards_in(telling.catalog, index, period)
    reports = reports_with(standards, telling.catalog, period)
    code = telling.division.code
    answers = await read_answers(snapshot, request, viewer.caller, code, reports) if reports else {}
    return Advice(telling.catalog, telling.facts, standards, answers, period).of(index)


def _peers(place: Division, tree: DivisionTree) -> str:
    """The division in which a place is compared: its county; for a county the city."""
    above = tree.by_code.get(place.parent or "")
    if above is None:
        return place.code
    return above.code if above.level in ("county", "city") else _peers(above, tree)


def _submission(row: SubmissionRow, tree: DivisionTree) -> EvidenceSubmission:
    received_at = row.received_at.astimezone(TIME_ZONE).isoformat()
    sender = tree.named(row.division)
    return EvidenceSubmission(row.id, row.form, row.period, sender, row.revision, received_at, row.on_time)
