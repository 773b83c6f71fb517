"""Many reports in one request, a line each: taken or refused one by one, in order, each answered when it is done."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from services.core.accounts import Caller
from services.core.idempotency import Answer, idempotency_key_in
from services.core.problems import MEDIA_TYPE, Problem, ProblemItem, document
from services.core.telemetry import log_of
from services.ingest.formats.from_json import read_envelope
from services.ingest.formats.from_ndjson import Line, key_of, read_lines, report_of
from services.ingest.submissions.receipts import ENCODER
from services.ingest.submissions.schemas import Envelope
from services.ingest.submissions.service import Intake, Sent
from services.ingest.unavailable import UNAVAILABLE, problem_of

NDJSON: Final = "application/x-ndjson"
_AT_ONCE: Final = 4
"""How many lines of a batch: while the database writes one, the next can be checked."""
_UNDECIDED: Final = ("database_unavailable", "storage_full", "internal", "request_in_progress")
"""What is refused with these may yet be taken when it is sent again."""


class _Taken(msgspec.Struct):
    line: int
    status: int
    submission: msgspec.Raw


class _Refused(msgspec.Struct):
    line: int
    status: int
    problem: msgspec.Raw


@dataclass(frozen=True)
class Batch:
    """The lines of one request, and who sends them."""

    caller: Caller
    language: str
    largest_line: int
    dry_run: bool
    origin: str | None = None


async def results(
    intake: Intake, engine: AsyncEngine, batch: Batch, parts: AsyncIterable[bytes]
) -> AsyncGenerator[bytes]:
    """One result for each line, in order; one more, for the line that did not come, if the sender is too slow.

    A few lines are taken at once, but of one report each only after the line before. After a line that is left
    undecided none is begun: a correction must not overtake its report, only to be refused for good.
    """
    lines = _Lines(intake, engine, batch)
    beginning = asyncio.create_task(lines.begin(parts))
    try:
        while (result := await lines.begun.get()) is not None:
            yield await result
        await beginning
    finally:
        beginning.cancel()
        await asyncio.gather(beginning, *lines.at_work, return_exceptions=True)


class _Lines:
    """The lines of a batch at work."""

    def __init__(self, intake: Intake, engine: AsyncEngine, batch: Batch) -> None:
        self._intake, self._engine, self._batch = intake, engine, batch
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._undecided: int | None = None
        self._last: dict[object, asyncio.Task[bytes]] = {}
        self.begun: asyncio.Queue[asyncio.Task[bytes] | None] = asyncio.Queue(_AT_ONCE)
        """Their results in order, then None."""
        self.at_work: set[asyncio.Task[bytes]] = set()

    async def begin(self, parts: AsyncIterable[bytes]) -> None:
        """Begin with each line as it comes and there is a place for it."""
        number = 0
        try:
            async for line in read_lines(parts, self._batch.largest_line):
                number = line.number
                await self._places.acquire()
                report = None if line.body is None else report_of(line.body)
                task = asyncio.create_task(self._answer(line, self._last.get(report)))
                self.at_work.add(task)
                task.add_done_callback(partial(self._ended, report))
                self._last[report] = task
                await self.begun.put(task)
        except Problem as problem:
            await self.begun.put(asyncio.create_task(self._broken_off(number + 1, problem)))
        finally:
            await self.begun.put(None)

    async def _answer(self, line: Line, before: asyncio.Task[bytes] | None) -> bytes:
        if before is not None:
            await asyncio.wait([before])
        if self._undecided is not None:
            problem = Problem("line_not_tried", {"undecided": self._undecided})
            return _result(line.number, _refused(problem, self._batch.language))
        answer, is_decided = await _taken(self._intake, self._engine, self._batch, line)
        if not is_decided and self._undecided is None:
            self._undecided = line.number
        return _result(line.number, answer)

    async def _broken_off(self, number: int, problem: Problem) -> bytes:
        return _result(number, _refused(problem, self._batch.language))

    def _ended(self, report: object, task: asyncio.Task[bytes]) -> None:
        self._places.release()
        self.at_work.discard(task)
        if self._last.get(report) is task:
            del self._last[report]


def _result(number: int, answer: Answer) -> bytes:
    kind = _Taken if answer.status == 201 else _Refused
    return ENCODER.encode(kind(number, answer.status, msgspec.Raw(answer.body))) + b"\n"


async def _taken(intake: Intake, engine: AsyncEngine, batch: Batch, line: Line) -> tuple[Answer, bool]:
    """The answer to a line, and whether it is decided. What goes wrong with one is told: others have answers."""
    try:
        if line.body is None:
            raise Problem("body_too_large", {"limit": batch.largest_line})
        return await intake.receive(_sent(batch, line.body), dry_run=batch.dry_run), True
    except Problem as problem:
        refusal = problem
    except UNAVAILABLE as error:
        refusal = await problem_of(error, engine)
    except Exception as error:
        log_of("problems").error("unexpected", line=line.number, exc_info=error)
        refusal = Problem("internal")
    return _refused(refusal, batch.language), refusal.code not in _UNDECIDED


def _sent(batch: Batch, body: bytes) -> Sent:
    key, refusal = None, None
    try:
        key = idempotency_key_in(key_of(body))
    except Problem as problem:
        refusal = problem
    return Sent(batch.caller, body, NDJSON, key, batch.language, refusal, _read, batch.origin)


def _read(body: bytes) -> tuple[Envelope, list[ProblemItem]]:
    return read_envelope(body, is_line=True)


def _refused(problem: Problem, language: str) -> Answer:
    return Answer(problem.status, MEDIA_TYPE, ENCODER.encode(document(problem, language)))


class ResultStream(Response):
    """Sends each result as it comes, while the body is still read.

    Starlette's own waits for the sender to go away meanwhile, and would swallow parts of the body.
    """

    media_type = NDJSON

    def __init__(self, found: AsyncGenerator[bytes], headers: dict[str, str]) -> None:
        super().__init__(headers=headers)
        del self.headers["content-length"]
        self._found = found

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send all; a sender who went away finds what was done by sending it again."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        try:
            async with aclosing(self._found) as found:
                async for result in found:
                    await send({"type": "http.response.body", "body": result, "more_body": True})
        except ClientDisconnect:
            log_of("ingest").warning("sender_went_away")
            return
        await send({"type": "http.response.body", "body": b"", "more_body": False})
