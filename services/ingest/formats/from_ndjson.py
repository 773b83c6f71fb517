"""A body of JSON lines → its lines, as they come in: few are held at a time, and none that is too large."""

from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from typing import Final

import msgspec

_BLANK: Final = b" \t\r"


@dataclass(frozen=True)
class Line:
    """A line that is not empty, counted from 1; `body` is None when it is larger than the limit."""

    number: int
    body: bytes | None


class _Keyed(msgspec.Struct):
    idempotency_key: object = None
    form: object = None
    division: object = None


_KEYED: Final = msgspec.json.Decoder(_Keyed)


async def read_lines(parts: AsyncIterable[bytes], limit: int, most: int) -> AsyncIterator[list[Line]]:
    """The lines of a body, without their ends: up to `most` of those together that end in one part of it.

    A line larger than `limit` bytes is passed over up to its end.
    """
    number, held, is_too_large = 1, bytearray(), False
    async for part in parts:
        lines: list[Line] = []
        begin = 0
        while begin <= len(part):
            end = part.find(b"\n", begin)
            stop = len(part) if end < 0 else end
            is_too_large = is_too_large or len(held) + stop - begin > limit
            if is_too_large:
                held.clear()
            else:
                held += part[begin:stop]
            if end < 0:
                break
            if is_too_large or held.strip(_BLANK):
                lines.append(Line(number, None if is_too_large else _without_end(held)))
            if len(lines) == most:
                yield lines
                lines = []
            number, begin, is_too_large = number + 1, end + 1, False
            held.clear()
        if lines:
            yield lines
    if is_too_large or held.strip(_BLANK):
        yield [Line(number, None if is_too_large else _without_end(held))]


def key_of(line: bytes) -> object:
    """What a line says under `idempotency_key`; None without one, and of what is no JSON object."""
    keyed = _keyed(line)
    return None if keyed is None else keyed.idempotency_key


def names_of(line: Line) -> set[object]:
    """What tells a line from those that it must not be taken together with: form and reporter, and its key.

    Alike for all lines that do not say it.
    """
    keyed = _Keyed() if line.body is None else _keyed(line.body) or _Keyed()
    series = (keyed.form, keyed.division)
    names: set[object] = {series if all(isinstance(part, str) for part in series) else None}
    return names | ({keyed.idempotency_key} if isinstance(keyed.idempotency_key, str) else set())


def _keyed(line: bytes) -> _Keyed | None:
    try:
        return _KEYED.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _without_end(line: bytearray) -> bytes:
    return bytes(line).removesuffix(b"\r")
