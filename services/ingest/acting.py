"""Requests that change what is there: sent again with their Idempotency-Key, they have happened once."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from starlette.requests import Request

from services.core.accounts import Caller
from services.core.database import driver_of
from services.core.idempotency import Answer, Driver, RequestMark, given_before, idempotency_key_of, keep_answers
from services.core.scopes import answering

_JSON: Final = "application/json"


def mark_of(request: Request, caller: Caller, body: bytes) -> RequestMark | None:
    """What the request is known by; None without an Idempotency-Key."""
    key = idempotency_key_of(request)
    if key is None:
        return None
    digest = hashlib.sha256(f"{request.method} {request.url.path}\n".encode() + body)
    return RequestMark(caller.key_id, key, digest.digest())


async def once(
    request: Request,
    caller: Caller,
    mark: RequestMark | None,
    at: datetime,
    act: Callable[[Driver], Awaitable[bytes]],
) -> bytes:
    """What `act` answers, in one transaction with what it does; the first answer when it was asked for before.

    A refusal is not kept: what was refused may be possible later.
    """
    async with answering(request, caller) as connection:
        driver = driver_of(connection)
        before = None if mark is None else await given_before(driver, mark)
        if before is not None:
            return before.body
        body = await act(driver)
        if mark is not None:
            await keep_answers(driver, {mark: Answer(201, _JSON, body)}, at)
        return body
