"""Parameters that several lists take: whose they are, and from where on a page goes."""

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Protocol, TypeVar

from fastapi import Query, Request

from services.catalog.divisions import DivisionCode, InvalidDivisionCode
from services.core.accounts import Caller
from services.core.clock import TIME_ZONE
from services.core.problems import Problem
from services.ingest.faults import printable

FormFilter = Annotated[str | None, Query(description="报表 / form")]
PeriodFilter = Annotated[str | None, Query(description="报告期 / period")]
DivisionFilter = Annotated[str | None, Query(description="该区划及其以下 / this division and all below")]
Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(description="上一页的 next / `next` of the page before")]

IDEMPOTENCY_KEY: Final[dict[str, object]] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "example": '"7f3a-01"',
    "description": "带引号的字符串;重发同一请求得到同一答复 / a quoted string; sent again, the same answer",
}
"""The header, as OpenAPI tells it."""


def refusals(problems: Mapping[int, str]) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of the problems that a route may answer, by status."""
    return {
        status: {"description": text, "content": {"application/problem+json": {"schema": {"type": "object"}}}}
        for status, text in problems.items()
    }


class _Numbered(Protocol):
    @property
    def id(self) -> int: ...


N = TypeVar("N", bound=_Numbered)

_LARGEST_ID: Final = 2**63 - 1


def asked_scope(viewer: Caller, division: str | None) -> DivisionCode:
    """What may be listed: the division asked for if it lies in the scope, else the whole scope."""
    if division is None:
        return viewer.scope
    try:
        asked = DivisionCode(division)
    except InvalidDivisionCode:
        raise Problem("parameter_invalid", {"where": "division"}) from None
    if not viewer.may_see(asked):
        raise Problem("parameter_unknown_division", {"given": printable(division)})
    return asked


def storable(text: str | None) -> str | None:
    """A filter as Postgres takes it: no text there has a NUL, so nothing is found by one."""
    return None if text is None else text.replace("\0", "\ufffd")


def cursor_of(*place: object) -> str:
    """Where a page ends, as the caller gives it back."""
    return base64.urlsafe_b64encode(" ".join(map(str, place)).encode()).decode()


def place_of(cursor: str, parts: int) -> list[str]:
    """The parts of a cursor; Problem `parameter_invalid` for anything that is none."""
    try:
        place = base64.urlsafe_b64decode(cursor).decode().split(" ")
    except ValueError:
        raise cursor_invalid() from None
    if len(place) != parts or "\0" in cursor:
        raise cursor_invalid()
    return place


def number_of(cursor: str | None) -> int | None:
    """The place of a list that goes by number."""
    if cursor is None:
        return None
    [number] = place_of(cursor, 1)
    if not (number.isascii() and number.isdigit()) or len(number) > 19 or int(number) > _LARGEST_ID:
        raise cursor_invalid()
    return int(number)


def page_of(found: list[N], limit: int) -> tuple[list[N], str | None]:
    """The first `limit` of what goes by number, and the cursor of what is behind; one more was read to know."""
    return found[:limit], cursor_of(found[limit - 1].id) if len(found) > limit else None


def moment_of(text: str | None, where: str) -> datetime | None:
    """A day or a moment, in Asia/Shanghai without an offset; Problem `parameter_invalid` for anything else."""
    try:
        moment = None if text is None else datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise Problem("parameter_invalid", {"where": where}) from None
    return moment if moment is None or moment.tzinfo is not None else moment.replace(tzinfo=TIME_ZONE)


def cursor_invalid() -> Problem:
    """The problem of a cursor that no page gave."""
    return Problem("parameter_invalid", {"where": "cursor"})


def link_headers(request: Request, behind: str | None) -> dict[str, str]:
    """The header that leads to the next page, if there is one."""
    if behind is None:
        return {}
    return {"Link": f'<{request.url.include_query_params(cursor=behind)}>; rel="next"'}
