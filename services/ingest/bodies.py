"""What a request carries before its content is looked at: media type, size, and how fast it comes."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from typing import Final, Literal

from starlette.requests import Request

from services.catalog.workbook_words import MEDIA_TYPE as WORKBOOK
from services.core.problems import Problem

Kind = Literal["json", "ndjson", "csv", "xlsx"]

_UTF_8: Final = r"\s*(?:;\s*charset\s*=\s*(?:utf-8|\"utf-8\")\s*)?"
_TABLES: Final = r"(?:utf-8|gb18030|gbk|gb2312)"
_SLOWEST_BYTES_A_SECOND: Final = 200
_CHARSET: Final = re.compile(r"charset\s*=\s*\"?([\w-]+)", re.IGNORECASE)
_KINDS: Final[Mapping[Kind, re.Pattern[str]]] = {
    "json": re.compile(rf"application/json{_UTF_8}", re.IGNORECASE),
    "ndjson": re.compile(rf"application/x-ndjson{_UTF_8}", re.IGNORECASE),
    "xlsx": re.compile(re.escape(WORKBOOK), re.IGNORECASE),
    "csv": re.compile(rf"text/csv\s*(?:;\s*charset\s*=\s*(?:{_TABLES}|\"{_TABLES}\")\s*)?", re.IGNORECASE),
}


def kind_of(request: Request) -> Kind:
    """What the body is announced as; Problem `media_type_unknown` for anything that is not taken in."""
    given = request.headers.get("content-type", "")
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        raise Problem("media_type_unknown", {"given": f"{given} ({encoding})"})
    for kind, pattern in _KINDS.items():
        if pattern.fullmatch(given.strip()):
            return kind
    raise Problem("media_type_unknown", {"given": given or "—"})


def charset_of(request: Request) -> str | None:
    """The charset that the body is announced in, in lower case; None without one."""
    found = _CHARSET.search(request.headers.get("content-type", ""))
    return None if found is None else found[1].lower()


async def parts_in_time(request: Request, seconds: float) -> AsyncIterator[bytes]:
    """The parts of a body as they come; Problem `body_too_slow` when its sender has been waited for too long.

    It is waited for `seconds`, and so many more as what has come would take at the slowest rate that is borne, but
    never for more than `seconds` at a time. A slow line is patient work; a byte now and then is none.
    """
    clock, parts, left = asyncio.get_running_loop().time, aiter(request.stream()), seconds
    while True:
        begun = clock()
        try:
            async with asyncio.timeout(left):
                part = await anext(parts, None)
        except TimeoutError:
            raise Problem("body_too_slow", {"seconds": seconds}, headers={"Connection": "close"}) from None
        if part is None:
            return
        left = min(seconds, left - (clock() - begun) + len(part) / _SLOWEST_BYTES_A_SECOND)
        yield part


async def read_body(request: Request, limit: int, seconds: float) -> bytes:
    """The whole body; Problem as soon as it is known to be larger than `limit` bytes, or comes too slowly."""
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and len(announced) < 20 and int(announced) > limit:
        raise Problem("body_too_large", {"limit": limit})
    parts: list[bytes] = []
    size = 0
    async for part in parts_in_time(request, seconds):
        size += len(part)
        if size > limit:
            raise Problem("body_too_large", {"limit": limit})
        parts.append(part)
    return b"".join(parts)
