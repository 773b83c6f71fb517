"""Many reports in one request, a line each: taken or refused one by one, in order, each answered when it is done."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Iterator, Sequence
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
from services.core.problems import Problem, ProblemItem
from services.core.telemetry import log_of
from services.ingest.formats.from_json import read_envelope
from services.ingest.formats.from_ndjson import Line, key_of, names_of, read_lines
from services.ingest.submissions.cases import Case, Sent
from services.ingest.submissions.receipts import ENCODER, refused
from services.ingest.submissions.schemas import Envelope
from services.ingest.submissions.service import Intake
from services.ingest.unavailable import UNAVAILABLE, has_undone, problem_of

NDJSON: Final = "application/x-ndjson"
_TOGETHER: Final = 16
"""How many lines, of those that came together, are taken in one transaction: one commit is dearer than one line."""
_AT_ONCE: Final = 2
"""How many such transactions of a batch: while the database writes for one, the other can check."""
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
    """The results of some lines at a time, one for each, in order, and one more, for the line that did not come, if
    the sender is too slow.

    Lines that came together are taken together, and some of these at once; but of one reporter's form each only after
    the line before, which it may correct or look back to. After a line that is left undecided none is begun: a
    correction must not overtake its report, only to be refused for good.
    """
    lines = _Lines(intake, engine, batch)
    beginning = asyncio.create_task(lines.begin(parts))
    try:
        while (result := await lines.begun.get()) is not None:
            # Who gives up here ends none that is begun: a correction that waits for it would overtake it.
            yield await asyncio.shield(result)
        await beginning
    finally:
        beginning.cancel()
        while not lines.begun.empty():  # so that the last, None, has a place
            lines.begun.get_nowait()
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
        """Begin with lines as they come and there is a place for them."""
        number = 0
        try:
            async for lines in read_lines(parts, self._batch.largest_line, _TOGETHER):
                for together, names in _groups(lines):
                    number = together[-1].number
                    await self._begin(together, names)
        except Problem as problem:
            await self.begun.put(asyncio.create_task(self._broken_off(number + 1, problem)))
        finally:
            await self.begun.put(None)

    async def _begin(self, lines: Sequence[Line], names: set[object]) -> None:
        await self._places.acquire()
        before = {self._last[name] for name in names & self._last.keys()}
        task = asyncio.create_task(self._answer(lines, before))
        self.at_work.add(task)
        task.add_done_callback(partial(self._ended, names))
        self._last |= dict.fromkeys(names, task)
        await self.begun.put(task)

    async def _answer(self, lines: Sequence[Line], before: set[asyncio.Task[bytes]]) -> bytes:
        if before:
            await asyncio.wait(before)
        answers = await self._together(lines)
        for line in lines[len(answers) :]:
            answers.append(await self._alone(line))
        return b"".join(map(_result, lines, answers))

    async def _together(self, lines: Sequence[Line]) -> list[Answer]:
        """The answers of one transaction; none where each line is to be tried by itself."""
        bodies = [line.body for line in lines if line.body is not None]
        if self._follows_undecided(lines[0]) or self._batch.dry_run or len(bodies) < max(2, len(lines)):
            return []
        try:
            cases = await self._intake.receive_together([_sent(self._batch, body) for body in bodies])
        except UNAVAILABLE as error:
            return [] if has_undone(error) else [self._told(lines[0], await problem_of(error, self._engine))]
        except Exception as error:
            log_of("ingest").warning("lines_taken_apart", line=lines[0].number, error=str(error))
            return []
        return [self._answered(line, case) for line, case in zip(lines, cases, strict=True)]

    def _follows_undecided(self, line: Line) -> bool:
        """Whether a line before is undecided. One before that is tried: a sender goes on from the undecided one."""
        return self._undecided is not None and self._undecided < line.number

    def _answered(self, line: Line, case: Case) -> Answer:
        try:
            return case.answer
        except Problem as problem:
            return self._told(line, problem)

    async def _alone(self, line: Line) -> Answer:
        try:
            if self._follows_undecided(line):
                raise Problem("line_not_tried", {"undecided": self._undecided})
            if line.body is None:
                raise Problem("body_too_large", {"limit": self._batch.largest_line})
            return await self._intake.receive(_sent(self._batch, line.body), dry_run=self._batch.dry_run)
        except Problem as problem:
            return self._told(line, problem)
        except UNAVAILABLE as error:
            return self._told(line, await problem_of(error, self._engine))
        except Exception as error:
            log_of("problems").error("unexpected", line=line.number, exc_info=error)
            return self._told(line, Problem("internal"))

    def _told(self, line: Line, problem: Problem) -> Answer:
        """What goes wrong with one line is told: others have answers."""
        if problem.code in _UNDECIDED:
            self._undecided = min(line.number, self._undecided or line.number)
        return refused(problem, self._batch.language)

    async def _broken_off(self, number: int, problem: Problem) -> bytes:
        line = Line(number, None)
        return _result(line, self._told(line, problem))

    def _ended(self, names: set[object], task: asyncio.Task[bytes]) -> None:
        self._places.release()
        self.at_work.discard(task)
        for name in names:
            if self._last.get(name) is task:
                del self._last[name]


def _groups(lines: Iterable[Line]) -> Iterator[tuple[list[Line], set[object]]]:
    """The lines as they may be taken together, with the names that no two of them share."""
    together: list[Line] = []
    names: set[object] = set()
    for line in lines:
        own = names_of(line)
        if not names.isdisjoint(own):
            yield together, names
            together, names = [], set()
        together.append(line)
        names |= own
    yield together, names


def _result(line: Line, answer: Answer) -> bytes:
    kind = _Taken if answer.status == 201 else _Refused
    return ENCODER.encode(kind(line.number, answer.status, msgspec.Raw(answer.body))) + b"\n"


def _sent(batch: Batch, body: bytes) -> Sent:
    key, refusal = None, None
    try:
        key = idempotency_key_in(key_of(body))
    except Problem as problem:
        refusal = problem
    return Sent(batch.caller, body, NDJSON, key, batch.language, refusal, _read, batch.origin)


def _read(body: bytes) -> tuple[Envelope, list[ProblemItem]]:
    return read_envelope(body, is_line=True)


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
