"""What OpenAPI says beyond the routes' types: the key, the problems, examples."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from services.core.problems import MEDIA_TYPE, Problem, document

Responses = dict[int | str, dict[str, Any]]

DESCRIPTION: Final = """乡村组织振兴大数据中心的读取接口。每个回答都写明取自哪一份快照（`snapshot`、`as_of`），
以及尚有多少份报送未计入（`pending`）。`null` 表示无人报送，不是零。

Reads of the Rural Organization Revitalization big-data center. Every answer says which snapshot it comes
from (`snapshot`, `as_of`) and how many submissions are not in it yet (`pending`). `null` means that nobody
reported; it is not zero."""

HEAD: Final = {"as_of": "2021-12-06T09:00:00+08:00", "snapshot": "snapshot-000012", "pending": 0}
COUNTY: Final = {"code": "370112000000", "name": "历城区", "level": "county"}
TOWNSHIP: Final = {"code": "370112001000", "name": "山大路街道", "level": "township"}
READING: Final = {
    "division": TOWNSHIP, "period": "2021-11", "metric": "meeting_held_rate", "numerator": 41,
    "denominator": 42, "value": 0.976190, "rank": 3, "of": 17, "reported": 42, "expected": 42,
    "previous": 1, "year_ago": None,
}  # fmt: skip

_WHEN: Final = {
    401: ("unauthenticated", {}),
    403: ("right_missing", {"right": "read"}),
    404: ("parameter_unknown_division", {"given": "370113000000"}),
    422: ("parameter_invalid", {"where": "query/period"}),
    503: ("snapshot_missing", {}),
}


def told(example: dict[str, Any]) -> Responses:
    """The answers of a route on data: its 200 by example, and the problems that it may tell."""
    found: Responses = {
        200: {
            "description": "所求数据。 What was asked for.",
            "content": {"application/json": {"example": HEAD | example}},
            "headers": {"ETag": {"description": "强校验标签。 Strong.", "schema": {"type": "string"}}},
        },
        304: {"description": "与 If-None-Match 所示相同。 The same as If-None-Match says."},
    }
    for status, (code, details) in _WHEN.items():
        told_as = document(Problem(code, details), "zh")
        found[status] = {
            "description": f"`{code}`: {told_as['detail']}",
            "content": {MEDIA_TYPE: {"example": told_as}},
        }
    return found


def describe(app: FastAPI) -> None:
    """Have `app` say in its OpenAPI that /v1 wants a key."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            schemes = schema.setdefault("components", {}).setdefault("securitySchemes", {})
            schemes["key"] = {"type": "http", "scheme": "bearer", "description": "密钥。 An api key."}
            for path, methods in schema["paths"].items():
                if path.startswith("/v1/"):
                    for operation in methods.values():
                        operation["security"] = [{"key": []}]
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
