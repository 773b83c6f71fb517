"""Records that people change: what they send is checked whole, and nobody changes what they have not seen."""

import asyncio
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import urlsplit

import msgspec
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import ErrorDetails, PydanticCustomError
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from services.api.answers import matches, tag_of
from services.catalog.divisions import DivisionCode, InvalidDivisionCode
from services.core.accounts import Caller
from services.core.database import driver_of
from services.core.idempotency import (
    Answer,
    Driver,
    RequestMark,
    given_before,
    idempotency_key_of,
    keep_answers,
)  # fmt: skip
from services.core.problems import Problem, ProblemItem, text_of
from services.core.settings import Settings

T = TypeVar("T")

_ENCODER: Final = msgspec.json.Encoder()
_JSON: Final = "application/json"
LARGEST_ID: Final = 2**63 - 1
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_TAG: Final = re.compile(r'"(\d{1,9})\.[0-9a-f]+"')
_SHOWN: Final = 100
_MOST_TOLD: Final = 100
_YEARS: Final = (2000, 2100)
"""Beyond them a moment is a slip, and at the very ends no time zone can take it."""


class Content(BaseModel):
    """What is sent: no member that is not known, no type that is only almost right."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _printable(text: str) -> str:
    if _CONTROL.search(text):
        raise PydanticCustomError("unusable_text", "control characters")
    return text


def _one_line(text: str) -> str:
    if "\n" in text or "\r" in text:
        raise PydanticCustomError("unusable_text", "several lines")
    return text


def _code(text: str) -> str:
    try:
        return DivisionCode(text).code
    except InvalidDivisionCode as error:
        raise PydanticCustomError("division_invalid", "no code") from error


def _https(text: str) -> str:
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise PydanticCustomError("https_wanted", "no address") from error
    if parts.scheme != "https" or not parts.hostname or re.search(r"\s", text):
        raise PydanticCustomError("https_wanted", "not https")
    return text


def _near(moment: datetime) -> datetime:
    if not _YEARS[0] <= moment.year < _YEARS[1]:
        raise PydanticCustomError("out_of_range", "far away", {"minimum": _YEARS[0], "maximum": _YEARS[1] - 1})
    return moment


_LINE: Final = StringConstraints(strip_whitespace=True, min_length=1, max_length=200)
_PROSE: Final = StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)
_LINK: Final = StringConstraints(pattern="^https://", max_length=2000)
Line = Annotated[str, _LINE, AfterValidator(_printable), AfterValidator(_one_line)]
Prose = Annotated[str, _PROSE, AfterValidator(_printable)]
Code = Annotated[str, AfterValidator(_code)]
Moment = Annotated[AwareDatetime, AfterValidator(_near)]
Link = Annotated[str, _LINK, AfterValidator(_printable), AfterValidator(_https)]


async def read_content(request: Request, kind: TypeAdapter[T], *, tagged: bool = False) -> T:
    """The body of a request; Problem with everything that is wrong. `tagged`: its `event` says which kind it is."""
    settings: Settings = request.app.state.settings
    try:
        async with asyncio.timeout(settings.body_timeout_seconds):
            body = await _read_body(request, settings.max_body_bytes)
    except TimeoutError as error:
        raise Problem("body_too_slow", {"seconds": settings.body_timeout_seconds}) from error
    try:
        return kind.validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        if faults[0]["type"] == "json_invalid":
            raise Problem("not_json", {"why": faults[0]["ctx"]["error"]}) from error
        raise refusal([_item(fault, tagged=tagged) for fault in faults[:_MOST_TOLD]], len(faults)) from error


async def _read_body(request: Request, limit: int) -> bytes:
    """The whole body; Problem as soon as it is larger than `limit` bytes."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > limit:
            raise Problem("body_too_large", {"limit": limit})
    return bytes(body)


_CODES: Final = {
    "missing": "required", "extra_forbidden": "unknown_member", "string_too_long": "too_long",
    "string_too_short": "unusable_text", "too_short": "required", "literal_error": "not_a_choice",
    "union_tag_invalid": "not_a_choice", "union_tag_not_found": "required", "too_long": "too_many",
    "out_of_range": "out_of_range", "string_pattern_mismatch": "https_wanted", "unusable_text": "unusable_text",
    "division_invalid": "division_invalid", "https_wanted": "https_wanted",
}  # fmt: skip
_TYPES: Final = {
    "timezone": "datetime+08:00",
    "dataclass": "object",
    "model": "object",
    "greater": "≥ 1",
    "less": "a smaller number",
}


def _item(error: ErrorDetails, *, tagged: bool) -> ProblemItem:
    context: Mapping[str, Any] = error.get("ctx", {})
    where = error["loc"][1:] if tagged else error["loc"]
    if error["type"].startswith("union_tag"):
        where = ("event",)
    kind = error["type"].partition("_")[0]
    details = {
        "given": str(context.get("tag", error["input"]))[:_SHOWN],
        "wanted": context.get("expected_tags") or context.get("expected") or _TYPES.get(kind, kind),
        "limit": context.get("max_length"),
        "minimum": context.get("minimum"),
        "maximum": context.get("maximum"),
        "hint": "", "hint_zh": "",
    }  # fmt: skip
    return fault(_CODES.get(error["type"], "wrong_type"), *where, **details)


def fault(code: str, *where: str | int, **details: object) -> ProblemItem:
    """One thing that is wrong with what was sent, at a place in it."""
    pointer = "".join(f"/{str(step)[:_SHOWN].replace('~', '~0').replace('/', '~1')}" for step in where)
    return ProblemItem(code, pointer, text_of(code, details))


def refusal(faults: Sequence[ProblemItem], count: int) -> Problem:
    """The problem of content with these faults; `count` is how many there are, told or not."""
    return Problem("content_invalid", {"count": count}, faults)


def refuse(faults: Sequence[ProblemItem]) -> None:
    """Problem `content_invalid` if there are faults."""
    if faults:
        raise refusal(faults, len(faults))


def require_actor(caller: Caller, division: str) -> None:
    """Problem `step_forbidden` unless the caller may act in the name of `division`: its own key, or one above."""
    if not caller.may_see(DivisionCode(division)):
        raise Problem("step_forbidden", {"division": division, "scope": caller.scope.code})


def require_step(state: str, event: str, allowed: Sequence[str]) -> None:
    """Problem `step_not_allowed` unless the event is among those that may follow on the state."""
    if event not in allowed:
        raise Problem("step_not_allowed", {"state": state, "event": event, "allowed": ", ".join(allowed) or "—"})


@dataclass(frozen=True)
class Seen:
    """The versions of a record that a writer has seen; None is any."""

    versions: frozenset[int] | None

    @classmethod
    def of(cls, request: Request) -> "Seen":
        """What `If-Match` names; Problem `precondition_missing` without one. Only the version in a tag counts."""
        given = request.headers.get("if-match")
        if given is None:
            raise Problem("precondition_missing")
        if given.strip() == "*":
            return cls(None)
        found = (_TAG.fullmatch(tag.strip()) for tag in given.split(","))
        return cls(frozenset(int(tag[1]) for tag in found if tag))

    def require(self, version: int) -> None:
        """Problem `record_changed` unless this version was seen."""
        if self.versions is not None and version not in self.versions:
            raise Problem("record_changed", {"version": version})


@dataclass(frozen=True)
class Creation:
    """A request that creates a record: sent again with its Idempotency-Key, it has happened once."""

    driver: Driver
    mark: RequestMark | None

    @classmethod
    def of(cls, request: Request, connection: AsyncConnection, caller: Caller, content: Content) -> "Creation":
        """The request by its key and its content; the transaction of `connection` keeps what is answered."""
        key = idempotency_key_of(request)
        sent = f"{request.url.path}\n{content.model_dump_json()}".encode()
        mark = None if key is None else RequestMark(caller.key_id, key, hashlib.sha256(sent).digest())
        return cls(driver_of(connection), mark)

    async def answered(self) -> Response | None:
        """The first answer, if there was one; Problem when the key is in use for other content, or still at work."""
        given = None if self.mark is None else await given_before(self.driver, self.mark)
        return None if given is None else _created(given.body)

    async def answer(self, content: object, at: datetime) -> Response:
        """The new record as it is answered, now and when the request is sent again."""
        body = _ENCODER.encode(content)
        if self.mark is not None:
            await keep_answers(self.driver, {self.mark: Answer(201, _JSON, body)}, at)
        return _created(body)


class _Named(msgspec.Struct):
    url: str


class _Created(msgspec.Struct):
    """Of a new record's answer: where the record is."""

    order: _Named | None = None
    meeting: _Named | None = None


def _created(body: bytes) -> Response:
    """A new record, which is at version 1."""
    made = msgspec.json.decode(body, type=_Created)
    [location] = [named.url for named in (made.order, made.meeting) if named is not None]
    return Response(body, 201, {"location": location, **_headers(_record_tag(body, 1))}, _JSON)


def _record_tag(body: bytes, version: int) -> str:
    """A record's ETag begins with its version."""
    return f'"{version}.{tag_of(body)[1:]}'


def _headers(tag: str) -> dict[str, str]:
    return {"etag": tag, "cache-control": "private, no-cache", "vary": "Authorization"}


def told(request: Request, content: object, *, version: int | None = None, media_type: str = _JSON) -> Response:
    """The content as it is at this moment, or 304 when the reader has it; `version` is that of a record."""
    body = content if isinstance(content, bytes) else _ENCODER.encode(content)
    tag = tag_of(body) if version is None else _record_tag(body, version)
    known = request.headers.get("if-none-match")
    if request.method == "GET" and known is not None and matches(known, tag):
        return Response(status_code=304, headers=_headers(tag))
    return Response(body, headers=_headers(tag), media_type=media_type)
