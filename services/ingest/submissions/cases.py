"""Requests with a report each, and what comes of them."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

from services.core.accounts import Caller
from services.core.idempotency import Answer, RequestMark
from services.core.problems import Problem, ProblemItem
from services.ingest.formats.from_json import read_envelope
from services.ingest.submissions.checks import SoundReport
from services.ingest.submissions.receipts import created, refused
from services.ingest.submissions.schemas import Acknowledgement, Envelope

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


@dataclass
class Case:
    """A request at work. It is decided by one of the three: the answer of before, a problem, or what is taken in."""

    sent: Sent
    received_at: datetime
    before: Answer | None = None
    problem: Problem | None = None
    taken: tuple[SoundReport, Acknowledgement] | None = None

    @contextmanager
    def deciding(self) -> Iterator[None]:
        """A problem that comes up meanwhile decides it."""
        try:
            yield
        except Problem as problem:
            self.problem = problem

    @property
    def is_refused(self) -> bool:
        """Whether it is refused for what it says: that is kept."""
        problem = self.problem
        return problem is not None and problem.status not in _NEVER_KEPT and problem.code != "request_in_progress"

    @cached_property
    def answer(self) -> Answer:
        """The answer, once it is decided. Raises the Problem where nothing is to be kept."""
        if self.before is not None:
            return self.before
        if self.taken is not None:
            return created(self.taken[1])
        assert self.problem is not None
        if not self.is_refused:
            raise self.problem
        return refused(self.problem, self.sent.language)
