"""Requests that may be sent again: by their Idempotency-Key they have happened once, and get the first answer."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import psycopg
from psycopg.rows import TupleRow
from starlette.requests import Request

from services.core.database import load_queries
from services.core.problems import Problem, unless_problem

Driver = psycopg.AsyncConnection[TupleRow]

_INNER: Final = re.compile(r"[ -~]{1,200}")
_KEY: Final = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\]){1,200})"')
_QUERIES: Final = {
    name: query.encode() for name, query in load_queries("services.core", "idempotency.sql").items()
}  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """An HTTP answer as it is sent, and kept to be sent again."""

    status: int
    media_type: str
    body: bytes


@dataclass(frozen=True)
class RequestMark:
    """What a request with an Idempotency-Key is known by."""

    key_id: int
    idempotency_key: str
    fingerprint: bytes


def idempotency_key_of(request: Request) -> str | None:
    """The text inside the quotes of `Idempotency-Key`, None without one; Problem if it is no quoted string."""
    given = request.headers.getlist("idempotency-key")
    if not given:
        return None
    match = _KEY.fullmatch(given[0].strip())
    if match is None or len(given) > 1:
        raise Problem("idempotency_key_invalid")
    return re.sub(r"\\(.)", r"\1", match[1])


def idempotency_key_in(given: object) -> str | None:
    """The same key where a body says it: plain text, None for none; Problem if a header could not say it."""
    if given is None:
        return None
    if not isinstance(given, str) or not _INNER.fullmatch(given):
        raise Problem("idempotency_key_invalid")
    return given


async def given_before(driver: Driver, mark: RequestMark) -> Answer | None:
    """The first answer to this request; Problem if its key is in use for another, now or before.

    Without one, others with the same key are kept out until the transaction ends.
    """
    [found] = await all_given_before(driver, [mark])
    return unless_problem(found)


async def all_given_before(driver: Driver, marks: Sequence[RequestMark]) -> list[Answer | Problem | None]:
    """The same for requests of one caller, each with a key of its own; in a pipeline by one round trip.

    Answers are looked for by statements of their own, once the locks are held: these see what the holders before
    committed.
    """
    if not marks:
        return []
    values = {"key_id": marks[0].key_id, "keys": [mark.idempotency_key for mark in marks]}
    locking = await driver.execute(_QUERIES["try_locks"], values)
    finding = [await driver.execute(_QUERIES["stored_answer"], vars(mark)) for mark in marks]
    locked = {key for (key,) in await locking.fetchall()}
    found = [await cursor.fetchone() for cursor in finding]
    return [_given(mark, mark.idempotency_key in locked, kept) for mark, kept in zip(marks, found, strict=True)]


def _given(mark: RequestMark, is_only: bool, kept: TupleRow | None) -> Answer | Problem | None:
    if not is_only:
        return Problem("request_in_progress", headers={"Retry-After": "1"})
    if kept is None:
        return None
    fingerprint, status, media_type, body = kept
    if bytes(fingerprint) != mark.fingerprint:
        return Problem("idempotency_key_reused")
    return Answer(status, media_type, bytes(body))


async def keep_answers(driver: Driver, answers: Mapping[RequestMark, Answer], answered_at: datetime) -> None:
    """Keep the answers to requests of one caller for their keys."""
    marks, kept = [*answers], [*answers.values()]
    values = {
        "key_id": marks[0].key_id, "keys": [mark.idempotency_key for mark in marks],
        "fingerprints": [mark.fingerprint for mark in marks], "statuses": [answer.status for answer in kept],
        "media_types": [answer.media_type for answer in kept], "bodies": [answer.body for answer in kept],
        "answered_at": answered_at,
    }  # fmt: skip
    await driver.execute(_QUERIES["insert_answers"], values)
