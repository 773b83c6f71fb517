"""Take in a report: check, store, answer. One transaction, committed before anything is acknowledged."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import psycopg
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from services.catalog.load import Catalog
from services.catalog.submission_life import State, state_of_next
from services.core.clock import Clock
from services.core.database import SUBMISSIONS_CHANNEL
from services.core.idempotency import Answer, all_given_before, keep_answers
from services.core.problems import Problem, ProblemItem, unless_problem
from services.core.scopes import acting_in_a_pipeline
from services.core.telemetry import log_of
from services.ingest.deadlines.expected import ExpectedReports
from services.ingest.deadlines.grants import is_reopened
from services.ingest.quarantine import keeping
from services.ingest.submissions import life, repository
from services.ingest.submissions.cases import Case, Sent
from services.ingest.submissions.checks import ReportChecker, SoundReport
from services.ingest.submissions.personal import PersonalFields
from services.ingest.submissions.receipts import changed_rows, receipt_of, submission_values, waived_values
from services.ingest.submissions.repository import Driver
from services.ingest.submissions.schemas import Acknowledgement, Envelope, local

_PATIENCE_SECONDS: Final = 30.0
_AT_ONCE: Final = 4
"""How many transactions: more would only wait for one another. Here whoever comes first is served first."""


class Intake:
    """Takes reports in."""

    def __init__(self, engine: AsyncEngine, clock: Clock, catalog: Catalog, personal: PersonalFields) -> None:
        self._engine = engine
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._clock = clock
        self._catalog_version = catalog.version
        self._personal = personal
        self._checker = ReportChecker(catalog, clock, ExpectedReports(clock), self._personal)

    async def receive(self, sent: Sent, *, dry_run: bool) -> Answer:
        """The answer to a request, once all that it acknowledges is durable. A dry run leaves nothing.

        Problem `request_in_progress` while the same request runs, `division_forbidden` outside the scope.
        """
        [case] = await self._receive([sent], dry_run=dry_run)
        return case.answer

    async def receive_together(self, sents: Sequence[Sent]) -> list[Case]:
        """The same for requests of one caller, with different keys and reports that do not look back to each other:
        decided in one transaction, so that one commit makes all durable.
        """
        return await self._receive(sents, dry_run=False)

    async def _receive(self, sents: Sequence[Sent], *, dry_run: bool) -> list[Case]:
        async with asyncio.timeout(_PATIENCE_SECONDS), self._places:
            while True:
                try:
                    return await self._decided(sents, dry_run=dry_run)
                except psycopg.errors.UniqueViolation as error:
                    # Somebody else's revision that came between is seen the next time, and makes the base stale.
                    if error.diag.table_name != "submission":
                        raise

    async def _decided(self, sents: Sequence[Sent], *, dry_run: bool) -> list[Case]:
        cases: list[Case] = []
        try:
            async with acting_in_a_pipeline(self._engine, sents[0].caller, sents[0].origin) as driver:
                cases = [Case(sent, self._clock.now()) for sent in sents]
                await self._decide(driver, cases)
                if dry_run:
                    await driver.rollback()
                else:
                    await self._record(driver, cases)
        except (psycopg.Error, SQLAlchemyError) as error:
            refused = [case.problem.code for case in cases if case.problem is not None]
            if not cases or len(refused) < len(cases):
                raise
            log_of("ingest").error("refusal_not_kept", codes=refused, error=str(error))
        return cases

    async def _decide(self, driver: Driver, cases: Sequence[Case]) -> None:
        """Each by the answer that was given before to the same request, else anew."""
        marked = {case.sent.mark: case for case in cases if case.sent.mark is not None}
        for case, given in zip(marked.values(), await all_given_before(driver, [*marked]), strict=True):
            with case.deciding():
                case.before = unless_problem(given)
        read: dict[int, tuple[Envelope, list[ProblemItem]]] = {}
        for number, case in enumerate(cases):
            if case.before is None and case.problem is None:
                with case.deciding():
                    read[number] = _read(case.sent)
        found = await self._checker.check(driver, cases[0].sent.caller, [*read.values()])
        for number, report in zip(read, found, strict=True):
            case = cases[number]
            with case.deciding():
                case.taken = await self._accepted(driver, unless_problem(report), case.received_at)

    async def _accepted(
        self, driver: Driver, report: SoundReport, received_at: datetime
    ) -> tuple[SoundReport, Acknowledgement]:
        await self._require_base(driver, report)
        state = await _state(driver, report, received_at)
        return report, receipt_of(report, state, received_at)

    async def _require_base(self, driver: Driver, report: SoundReport) -> None:
        """Problem unless the report names the revision that it replaces."""
        present = report.present
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

    async def _record(self, driver: Driver, cases: Sequence[Case]) -> None:
        """Keep the reports, the bodies that were refused, and the answers for when they are sent again."""
        new = [case for case in cases if case.taken is not None or case.is_refused]
        if not new:
            return
        await self._keep(driver, new)
        for case in new:
            if case.is_refused:
                sent = case.sent
                refused = keeping.Refused(
                    sent.caller.key_id, sent.media_type, sent.body, case.answer.body, *sent.about
                )
                await keeping.keep(driver, self._personal.seal, refused, case.received_at)
        answers = {case.sent.mark: case.answer for case in new if case.sent.mark is not None}
        if answers:
            await keep_answers(driver, answers, new[-1].received_at)

    async def _keep(self, driver: Driver, cases: Sequence[Case]) -> None:
        taken = [(case.sent.caller, *case.taken) for case in cases if case.taken is not None]
        if not taken:
            return
        values = [
            submission_values(report, receipt, catalog_version=self._catalog_version, key_id=caller.key_id)
            for caller, report, receipt in taken
        ]
        await repository.insert_submissions(driver, values, SUBMISSIONS_CHANNEL)
        rows = {receipt.id: self._personal.closed(receipt.form, report.rows) for _, report, receipt in taken}
        await repository.insert_rows(driver, rows)
        for caller, report, receipt in taken:
            for waived in waived_values(report, receipt, caller):
                await life.write_event(driver, receipt.id, waived)


def _read(sent: Sent) -> tuple[Envelope, list[ProblemItem]]:
    if sent.refusal is not None:
        raise sent.refusal
    return sent.read(sent.body)


async def _state(driver: Driver, report: SoundReport, now: datetime) -> State:
    """In which state the report begins; Problem when what it would replace is final, and the period not reopened."""
    present, key = report.present, report.key
    if present is None:
        return "received"
    is_open = present.state == "final" and await is_reopened(driver, (key.form, key.period, key.division), now)
    state = state_of_next(present.state, is_reopened=is_open)
    if state is None:
        raise Problem("report_final", {"present_revision": present.revision, "present_id": present.id})
    return state
