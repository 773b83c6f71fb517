"""GET /v1/forms: what can be reported, and the JSON Schema of each form."""

from dataclasses import asdict, dataclass
from typing import Any, Final

import msgspec
from fastapi import APIRouter, Request, Response

from services.catalog.json_schema import submission_schema
from services.catalog.load import Catalog
from services.core.problems import Problem
from services.ingest.caller import Viewer

router = APIRouter(prefix="/v1/forms", tags=["forms / 报表"])


@dataclass(frozen=True)
class FormSummary:
    """A form in short. `due` counts days after the period's last day."""

    form: str
    version: int
    title: dict[str, str]
    periodicity: str
    grain: str
    nil: bool
    due: dict[str, int]
    schema: str


@router.get("", summary="报表清单 / Forms", response_model=dict[str, list[FormSummary]])
async def read_forms(request: Request, _: Viewer) -> Response:
    """按名称列出现行报表。Every form that is reported, at its present version, by name."""
    catalog: Catalog = request.app.state.catalog
    forms = [
        FormSummary(
            form.form, form.version, form.title.model_dump(), form.periodicity, form.grain, form.nil,
            form.due.model_dump(), f"/v1/forms/{form.form}/schema.json",
        )
        for _name, form in sorted(catalog.reported_forms.items())
        if form.due is not None
    ]  # fmt: skip
    return Response(msgspec.json.encode({"forms": [asdict(form) for form in forms]}), media_type="application/json")


_SCHEMA: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "JSON Schema 2020-12",
        "content": {"application/schema+json": {"schema": {"type": "object"}}},
    }
}


@router.get(
    "/{form}/schema.json", summary="报送内容的 JSON Schema / JSON Schema of a submission",
    responses=_SCHEMA, response_class=Response,
)  # fmt: skip
async def read_schema(form: str, request: Request, _: Viewer) -> Response:
    """跨字段校验不在其中,以报送时的检查为准。Checks across fields are beyond it: posting (or a dry run) tells."""
    catalog: Catalog = request.app.state.catalog
    if form not in catalog.reported_forms:
        raise Problem("not_found")
    return Response(msgspec.json.encode(submission_schema(catalog.forms[form])), media_type="application/schema+json")
