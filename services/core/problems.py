"""All problems: a stable code, a status, and texts in both languages; told as RFC 9457 documents.

A problem is raised where it is found. Its texts stand in locales/problems.yaml by code, with the
details filled in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import Any, Final, TypeVar

import msgspec
import yaml
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.core.telemetry import log_of

T = TypeVar("T")

MEDIA_TYPE: Final = "application/problem+json"
LANGUAGES: Final = ("zh", "en")


@dataclass(frozen=True)
class ProblemItem:
    """One of several things wrong with a request: where it stands, and what was wanted."""

    code: str
    pointer: str
    text: Mapping[str, str]
    division: str | None = None
    field: str | None = None
    severity: str = "error"


@dataclass(eq=False)
class Problem(Exception):
    """A request that cannot be answered as asked. `details` fill the texts and stand in the document."""

    code: str
    details: Mapping[str, object] = field(default_factory=dict)
    errors: Sequence[ProblemItem] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """The HTTP status of its code."""
        return int(_entries()[self.code]["status"])


def unless_problem(found: T | Problem) -> T:
    """What was found; a Problem that stands in its place is raised."""
    if isinstance(found, Problem):
        raise found
    return found


@cache
def _entries() -> dict[str, Any]:
    text = files("services.core").joinpath("locales/problems.yaml").read_text("utf-8")
    entries: dict[str, Any] = yaml.safe_load(text)
    return entries


def codes() -> list[str]:
    """Every code that stands in the locale file."""
    return list(_entries())


def text_of(code: str, details: Mapping[str, object]) -> dict[str, str]:
    """The text of `code` in both languages."""
    entry = _entries()[code]
    return {language: str(entry[language]).format_map(_Lenient(details)) for language in LANGUAGES}


_ALWAYS: Final = (
    (b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)  # fmt: skip
_HTTPS_ONLY: Final = (b"strict-transport-security", b"max-age=31536000")
_NOT_KEPT: Final = (b"cache-control", b"no-store")


class SafeHeaders:
    """Stands before an app that tells figures and problems: no answer is guessed at, framed, or kept on the way."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with these headers at the start of each answer; `cache-control` where none is said."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        always = (*_ALWAYS, _HTTPS_ONLY) if scope.get("scheme") == "https" else _ALWAYS

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = message.get("headers", ())
                kept = () if any(name == b"cache-control" for name, _ in said) else (_NOT_KEPT,)
                message = {**message, "headers": [*said, *always, *kept]}
            await send(message)

        await self._app(scope, receive, send_with_headers)


class _Lenient(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "…"


def document(problem: Problem, language: str) -> dict[str, object]:
    """The RFC 9457 document: `title` and `detail` in `language`, `text` in both."""
    text = text_of(problem.code, problem.details)
    found: dict[str, object] = {
        "type": f"urn:rorc:problem:{problem.code}",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": text[language],
        "code": problem.code,
        "text": text,
    }
    found |= {name: value for name, value in problem.details.items() if name not in found}
    if problem.errors:
        found["errors"] = problem.errors
    return found


def language_of(request: Request) -> str:
    """The language the caller asks for: Chinese unless English comes first."""
    return "en" if request.headers.get("accept-language", "").strip().lower().startswith("en") else "zh"


def problem_response(problem: Problem, language: str) -> Response:
    """The problem as an HTTP answer."""
    body = msgspec.json.encode(document(problem, language))
    return Response(body, problem.status, dict(problem.headers), MEDIA_TYPE)


_TEXT: Final = {
    "type": "object",
    "required": [*LANGUAGES],
    "properties": {language: {"type": "string"} for language in LANGUAGES},
}
_ITEM: Final = {
    "type": "object",
    "required": ["code", "pointer", "text", "severity"],
    "properties": {
        "code": {"type": "string"},
        "pointer": {"type": "string"},
        "text": _TEXT,
        "division": {"type": ["string", "null"]},
        "field": {"type": ["string", "null"]},
        "severity": {"type": "string", "enum": ["error", "warning"]},
    },
}
_SCHEMA: Final = {
    "type": "object",
    "description": "RFC 9457",
    "required": ["type", "title", "status", "detail", "code", "text"],
    "properties": {
        "type": {"type": "string", "pattern": "^urn:rorc:problem:"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "text": _TEXT,
        "errors": {"type": "array", "items": _ITEM},
    },
}
_ANYWHERE: Final = {
    401: "unauthenticated", 403: "right_missing", 404: "not_found", 422: "parameter_invalid",
    503: "database_unavailable",
}  # fmt: skip
_WITH_A_BODY: Final = {400: "not_json", 413: "body_too_large", 507: "storage_full"}


def describe_problems(openapi: dict[str, Any]) -> None:
    """Have an OpenAPI document say which problems each route under /v1 may answer, and what a problem is made of."""
    schemas = openapi.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = _SCHEMA
    for path, operations in openapi["paths"].items():
        for operation in operations.values():
            responses = operation["responses"]
            if path.startswith("/v1/"):
                _add_problems(responses, _ANYWHERE | (_WITH_A_BODY if "requestBody" in operation else {}))
            for response in responses.values():
                if MEDIA_TYPE in response.get("content", {}):
                    response["content"][MEDIA_TYPE]["schema"] = {"$ref": "#/components/schemas/Problem"}
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)


def _add_problems(responses: dict[str, Any], wanted: Mapping[int, str]) -> None:
    """Those that the route does not tell itself; FastAPI's own 422 is never answered."""
    for status, code in wanted.items():
        told = responses.get(str(status), {})
        if MEDIA_TYPE not in told.get("content", {}):
            description = " ".join(text_of(code, {}).values())
            responses[str(status)] = {"description": description, "content": {MEDIA_TYPE: {}}}


def answer_problems(app: FastAPI) -> None:
    """Make `app` tell every failure as a problem, and none of its insides."""

    async def told(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return problem_response(error, language_of(request))

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "bad_request")
        return problem_response(Problem(code, headers=error.headers or {}), language_of(request))

    async def misused(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        items = [
            ProblemItem("parameter_invalid", "/".join(map(str, e["loc"])), {"zh": str(e["msg"]), "en": str(e["msg"])})
            for e in error.errors()
        ]
        where = ", ".join(item.pointer for item in items)
        return problem_response(Problem("parameter_invalid", {"where": where}, items), language_of(request))

    async def left(request: Request, _: Exception) -> Response:
        log_of("problems").warning("sender_went_away", path=request.url.path)
        return problem_response(Problem("bad_request"), language_of(request))  # nobody hears it

    async def failed(request: Request, error: Exception) -> Response:
        log_of("problems").error("unexpected", path=request.url.path, exc_info=error)
        return problem_response(Problem("internal"), language_of(request))

    app.add_exception_handler(Problem, told)
    app.add_exception_handler(HTTPException, refused)
    app.add_exception_handler(RequestValidationError, misused)
    app.add_exception_handler(ClientDisconnect, left)
    app.add_exception_handler(Exception, failed)
