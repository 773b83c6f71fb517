"""What a request carries before its content is looked at: media type and size."""

import re
from typing import Final

from starlette.requests import Request

from services.core.problems import Problem

_MEDIA_TYPE: Final = re.compile(r'application/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?', re.IGNORECASE)


def require_json(request: Request) -> None:
    """Problem `media_type_unknown` unless the body is announced as plain JSON in UTF-8."""
    given = request.headers.get("content-type", "")
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        raise Problem("media_type_unknown", {"given": f"{given} ({encoding})"})
    if not _MEDIA_TYPE.fullmatch(given.strip()):
        raise Problem("media_type_unknown", {"given": given or "—"})


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body; Problem `body_too_large` as soon as it is known to be larger than `limit` bytes."""
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and len(announced) < 20 and int(announced) > limit:
        raise Problem("body_too_large", {"limit": limit})
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise Problem("body_too_large", {"limit": limit})
        parts.append(part)
    return b"".join(parts)
