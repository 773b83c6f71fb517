"""Take in a report: check, store, answer. One transaction, committed before anything is acknowledged."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Final

import psycopg
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from services.catalog.load import Catalog
from services.catalog.submission_life import State, state_of_next
from services.core.accounts import Caller
from services.core.clock import Clock
from services.core.database import driver_of
from services.core.idempotency import Answer, RequestMark, given_before, keep_answer
from services.core.problems import MEDIA_TYPE, Problem, ProblemItem, document
from services.core.scopes import acting
from services.core.sealing import Seal
from services.core.telemetry import log_of
from services.ingest.deadlines.expected import ExpectedReports
from services.ingest.deadlines.grants import is_reopened
from services.ingest.formats.from_json import read_envelope
from services.ingest.quarantine import keeping
from services.ingest.submissions import life, repository
from services.ingest.submissions.checks import ReportChecker, SoundReport
from services.ingest.submissions.personal import PersonalFields
from services.ingest.submissions.receipts import (
    ENCODER,
    changed_rows,
    created,
    receipt_of,
    submission_values,
    waived_values,
)
from services.ingest.submissions.repository import Driver, PresentRevision
from services.ingest.submissions.schemas import Acknowledgement, Envelope, local

_PATIENCE_SECONDS: Final = 30.0
_NEVER_KEPT: Final = (401, 403, 413)
"""What is refused with these says nothing of the body, so it is not kept."""


@dataclass(frozen=True)
class Sent:
    """A report as it came. `refusal` is what was found wrong before the body was looked at, `read` looks at it.

    `media_type` is what it was announced as: of a table, with what its address says of it.
    """

    caller: Caller
    body: bytes
    media_type: str
    idempotency_key: str | None
    language: str
    refusal: Problem | None = None
    read: Callable[[bytes], tuple[Envelope, list[ProblemItem]]] = read_envelope
    origin: str | None = None

    @cached_property
    def mark(self) -> RequestMark | None:
        """What the request is known by when it is sent again; None without an Idempotency-Key."""
        if self.idempotency_key is None:
            return None
        digest = hashlib.sha256(f"POST /v1/submissions\n{self.media_type}\n".encode())
        digest.update(self.body)
        return RequestMark(self.caller.key_id, self.idempotency_key, digest.digest())

    @property
    def about(self) -> tuple[str | None, str | None, str | None]:
        """Form, period and division as far as they can be read; it is read again, for refusals are few."""
        try:
            envelope, _ = self.read(self.body)
        except Problem:
            return None, None, None
        return envelope.form, envelope.period, envelope.division


@dataclass(frozen=True)
class _Outcome:
    """The answer; `problem` when it is a refusal, `is_new` unless it was given before."""

    answer: Answer
    problem: Problem | None = None
    is_new: bool = True


class Intake:
    """Takes reports in."""

    def __init__(self, engine: AsyncEngine, clock: Clock, catalog: Catalog, personal: PersonalFields) -> None:
        self._engine = engine
        self._clock = clock
        self._catalog_version = catalog.version
        self._personal = personal
        self._checker = ReportChecker(catalog, clock, ExpectedReports(clock), self._personal)

    async def receive(self, sent: Sent, *, dry_run: bool) -> Answer:
        """The answer to a request, once all that it acknowledges is durable. A dry run leaves nothing.

        Problem `request_in_progress` while the same request runs, `division_forbidden` outside the scope.
        """
        outcome: _Outcome | None = None
        try:
            async with (
                asyncio.timeout(_PATIENCE_SECONDS),
                acting(self._engine, sent.caller, sent.origin) as connection,
            ):
                driver = driver_of(connection)
                received_at = self._clock.now()
                outcome = await self._decide(driver, sent, received_at)
                if dry_run:
                    await connection.rollback()
                else:
                    await _record(driver, self._personal.seal, sent, outcome, received_at)
        except (psycopg.Error, SQLAlchemyError) as error:
            if outcome is None or outcome.problem is None:
                raise
            log_of("ingest").error("refusal_not_kept", code=outcome.problem.code, error=str(error))
        return outcome.answer

    async def _decide(self, driver: Driver, sent: Sent, received_at: datetime) -> _Outcome:
        """The answer that was given before to the same request, or a new one; what is accepted is written."""
        try:
            before = None if sent.mark is None else await given_before(driver, sent.mark)
            if before is not None:
                return _Outcome(before, is_new=False)
            return _Outcome(created(await self._accept(driver, sent, received_at)))
        except Problem as problem:
            if problem.status in _NEVER_KEPT or problem.code == "request_in_progress":
                raise
            body = ENCODER.encode(document(problem, sent.language))
            return _Outcome(Answer(problem.status, MEDIA_TYPE, body), problem)

    async def _accept(self, driver: Driver, sent: Sent, received_at: datetime) -> Acknowledgement:
        if sent.refusal is not None:
            raise sent.refusal
        envelope, faults = sent.read(sent.body)
        report = await self._checker.check(driver, sent.caller, envelope, faults)
        present = report.present
        while True:
            await self._require_base(driver, report, present)
            if present is not None:
                # From here on nobody takes a step with what is about to be replaced.
                present = replace(present, state=await life.lock_state(driver, present.id))
            state = await _state(driver, report, present, received_at)
            receipt = receipt_of(report, present, state, received_at)
            values = submission_values(
                report, receipt, catalog_version=self._catalog_version, key_id=sent.caller.key_id
            )
            if await repository.insert_submission(driver, values):
                await repository.insert_rows(driver, receipt.id, self._personal.closed(receipt.form, report.rows))
                for waived in waived_values(report, receipt, sent.caller):
                    await life.write_event(driver, receipt.id, waived)
                return receipt
            # Somebody else's revision came between: seen now, it makes the base stale.
            present = await repository.read_present(driver, report.key)

    async def _require_base(self, driver: Driver, report: SoundReport, present: PresentRevision | None) -> None:
        """Problem unless the report names the revision that it replaces."""
        if present is None:
            if report.base_revision is not None:
                raise Problem("base_unknown", {"base_revision": report.base_revision})
        elif report.base_revision != present.revision:
            newest = await repository.read_newest_rows(driver, report.key)
            kept = [*self._personal.opened(report.key.form, newest)]
            raise Problem("base_stale", {
                "present_revision": present.revision, "present_id": present.id, "content_hash": present.content_hash,
                "received_at": local(present.received_at), "changed_rows": changed_rows(report.rows, kept),
            })  # fmt: skip


async def _state(driver: Driver, report: SoundReport, present: PresentRevision | None, now: datetime) -> State:
    """In which state the report begins; Problem when what it would replace is final, and the period not reopened."""
    if present is None:
        return "received"
    key = report.key
    is_open = present.state == "final" and await is_reopened(driver, (key.form, key.period, key.division), now)
    state = state_of_next(present.state, is_reopened=is_open)
    if state is None:
        raise Problem("report_final", {"present_revision": present.revision, "present_id": present.id})
    return state


async def _record(driver: Driver, seal: Seal, sent: Sent, outcome: _Outcome, received_at: datetime) -> None:
    """Keep what was refused, and the answer for when the request is sent again."""
    if outcome.problem is not None:
        about = sent.about
        kept = keeping.Refused(sent.caller.key_id, sent.media_type, sent.body, outcome.answer.body, *about)
        await keeping.keep(driver, seal, kept, received_at)
    if outcome.is_new and sent.mark is not None:
        await keep_answer(driver, sent.mark, outcome.answer, received_at)
