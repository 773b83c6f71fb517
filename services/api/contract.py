"""What OpenAPI says beyond the routes' types: the key, the problems, examples."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from services.core.problems import MEDIA_TYPE, Problem, describe_problems, document

Responses = dict[int | str, dict[str, Any]]

DESCRIPTION: Final = """乡村组织振兴大数据中心的读取接口。每个回答都写明取自哪一份快照（`snapshot`、`as_of`），
以及尚有多少份报送未计入（`pending`）。`null` 表示无人报送，不是零。

Reads of the Rural Organization Revitalization big-data center. Every answer says which snapshot it comes
from (`snapshot`, `as_of`) and how many submissions are not in it yet (`pending`). `null` means that nobody
reported; it is not zero.

督办、联系点与会议是逐步办理的记录，读取的总是此刻的状态，改动须持有 `act` 权限。

Supervision orders, contact points and meetings are records that are dealt with step by step: they are read as
they are at this moment, and changed with the right `act`."""

HEAD: Final = {"as_of": "2021-12-06T09:00:00+08:00", "snapshot": "snapshot-000012", "pending": 0}
COUNTY: Final = {"code": "370112000000", "name": "历城区", "level": "county"}
TOWNSHIP: Final = {"code": "370112001000", "name": "山大路街道", "level": "township"}
READING: Final = {
    "division": TOWNSHIP, "period": "2021-11", "metric": "meeting_held_rate", "numerator": 41,
    "denominator": 42, "value": 0.976190, "rank": 3, "of": 17, "reported": 42, "expected": 42,
    "previous": 1, "year_ago": None,
}  # fmt: skip

_When = Mapping[int, tuple[str, Mapping[str, object]]]

_WHEN: Final[_When] = {
    401: ("unauthenticated", {}),
    403: ("right_missing", {"right": "read"}),
    404: ("parameter_unknown_division", {"given": "370113000000"}),
    422: ("parameter_invalid", {"where": "query/period"}),
    503: ("snapshot_missing", {}),
}

_WHEN_CHANGING: Final[_When] = {
    401: ("unauthenticated", {}),
    403: ("right_missing", {"right": "act"}),
    404: ("not_found", {}),
    409: ("step_not_allowed", {"state": "closed", "event": "replied", "allowed": "—"}),
    412: ("record_changed", {"version": 2}),
    422: ("content_invalid", {"count": 1}),
    428: ("precondition_missing", {}),
    503: ("database_unavailable", {}),
}  # fmt: skip
_WHEN_COMING_IN: Final[_When] = {
    401: ("sign_in_refused", {}),
    423: ("account_locked", {"until": "2021-12-06 09:15:00"}),
    429: ("rate_limited", {"seconds": 6}),
}
_IF_MATCH: Final = {
    "name": "If-Match", "in": "header", "required": True, "schema": {"type": "string"},
    "example": '"1.5f0c2a9be07d4c1f8a63b210"',
    "description": "所依据的那一版记录的 ETag。 The ETag of the record as it was seen.",
}  # fmt: skip
_IDEMPOTENCY_KEY: Final = {
    "name": "Idempotency-Key", "in": "header", "required": False, "schema": {"type": "string"},
    "example": '"7f3a-01"',
    "description": "带引号的字符串；以同一内容重发得到同一答复。 A quoted string; sent again, the same answer.",
}  # fmt: skip
_TAGGED: Final = {"ETag": {"description": "强校验标签。 Strong.", "schema": {"type": "string"}}}


def told(example: dict[str, Any]) -> Responses:
    """The answers of a route on data: its 200 by example, and the problems that it may tell."""
    return _read("application/json", HEAD | example) | _problems(_WHEN)


def told_now(example: object, media_type: str = "application/json") -> Responses:
    """The answers of a route on records that people change: no snapshot is named, none is needed."""
    return _read(media_type, example) | _problems({**_WHEN, 503: ("database_unavailable", {})})


def changed(example: object, status: int = 201) -> Responses:
    """The answers of a route that changes a record: what has become of it, and why it may be refused."""
    done: dict[str, Any] = {
        "description": "已保存。 It is kept.",
        "content": {"application/json": {"example": example}},
        "headers": _TAGGED,
    }
    return {status: done, **_problems(_WHEN_CHANGING)}


def told_to_anybody(example: object) -> Responses:
    """The answers of a route that wants no key and has nothing to refuse."""
    return _read("application/json", example)


def let_in(example: object) -> Responses:
    """The answers of a route that wants no key, for it gives one."""
    return changed(example) | _problems(_WHEN_COMING_IN)


def taken(
    kind: TypeAdapter[Any], examples: Mapping[str, object], *, if_match: bool = False, may_be_sent_again: bool = False
) -> dict[str, Any]:
    """What a route takes: the body by its type and examples, `If-Match`, an `Idempotency-Key`."""
    schema = kind.json_schema()
    named = {name: {"value": value} for name, value in examples.items()}
    content = {"schema": _inlined(schema, schema.get("$defs", {})), "examples": named}
    body = {"requestBody": {"required": True, "content": {"application/json": content}}}
    headers = [*([_IF_MATCH] if if_match else []), *([_IDEMPOTENCY_KEY] if may_be_sent_again else [])]
    return body | ({"parameters": headers} if headers else {})


def _inlined(schema: Any, parts: Mapping[str, Any]) -> Any:
    """The schema in one piece: OpenAPI resolves references from the top of its own document."""
    if isinstance(schema, list):
        return [_inlined(part, parts) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(parts[schema["$ref"].rpartition("/")[2]], parts)
    return {name: _inlined(part, parts) for name, part in schema.items() if name not in ("$defs", "discriminator")}


def _read(media_type: str, example: object) -> Responses:
    return {
        200: {
            "description": "所求数据。 What was asked for.",
            "content": {media_type: {"example": example}},
            "headers": _TAGGED,
        },
        304: {"description": "与 If-None-Match 所示相同。 The same as If-None-Match says."},
    }


def _problems(when: _When) -> Responses:
    found: Responses = {}
    for status, (code, details) in when.items():
        told_as = document(Problem(code, details), "zh")
        found[status] = {
            "description": f"`{code}`: {told_as['detail']}",
            "content": {MEDIA_TYPE: {"example": told_as}},
        }
    return found


def describe(app: FastAPI) -> None:
    """Have `app` say in its OpenAPI that /v1 wants a key, and what a problem is."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            schemes = schema.setdefault("components", {}).setdefault("securitySchemes", {})
            schemes["key"] = {"type": "http", "scheme": "bearer", "description": "密钥。 An api key."}
            for path, methods in schema["paths"].items():
                if path.startswith("/v1/"):
                    for operation in methods.values():
                        operation.setdefault("security", [{"key": []}])
            describe_problems(schema)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
