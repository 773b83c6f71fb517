"""A posted form that may hold a file: read whole, up to a limit, and taken apart."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

MOST_BYTES = 9 * 2**20  # a little more than the largest report that ingest takes
MOST_FIELDS = 100_000
_BOUNDARY = re.compile(r'boundary="?([^";,\s]{1,70})"?', re.IGNORECASE)
_PARAMETER = re.compile(r'(?:^|[;\s])(name|filename)="([^"]*)"', re.IGNORECASE)


@dataclass(frozen=True)
class Upload:
    """A file as it was chosen."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Posted:
    """What a form posts: its fields (the last of a name counts), and its file."""

    fields: dict[str, str]
    upload: Upload | None = None

    def get(self, name: str) -> str:
        """A field; empty when it was not sent."""
        return self.fields.get(name, "")


async def read_posted(request: Request) -> Posted:
    """The form; 413 when it is too large, 400 when it cannot be read."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise HTTPException(413)
    kind = request.headers.get("content-type", "")
    try:
        if kind.startswith("multipart/form-data"):
            return _multipart(bytes(body), kind)
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise HTTPException(400) from error
    return Posted(dict(pairs))


def _multipart(body: bytes, kind: str) -> Posted:
    boundary = _BOUNDARY.search(kind)
    if boundary is None:
        raise ValueError("no boundary")
    fields: dict[str, str] = {}
    upload: Upload | None = None
    for told, content in _parts(body, boundary[1].encode("ascii")):
        name, filename = told.get("name", ""), told.get("filename")
        if filename is None:
            fields[name] = content.decode("utf-8")
        elif filename or content:
            upload = Upload(filename, content)
    return Posted(fields, upload)


def _parts(body: bytes, boundary: bytes) -> Iterator[tuple[dict[str, str], bytes]]:
    """What each part says of itself, and its content."""
    _, *parts = (b"\r\n" + body).split(b"\r\n--" + boundary)
    if not parts or not parts.pop().startswith(b"--"):
        raise ValueError("no end")
    if len(parts) > MOST_FIELDS:
        raise ValueError("too many fields")
    for part in parts:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        yield {name.lower(): value for name, value in _PARAMETER.findall(head.decode("utf-8"))}, content
