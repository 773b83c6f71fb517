"""The life of a report as it is kept: the steps that were taken with its revisions, and the next one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import msgspec

from services.catalog.submission_life import State, state_of_next
from services.core.database import load_queries
from services.core.problems import ProblemItem
from services.ingest.submissions.repository import Driver, ReportKey
from services.ingest.submissions.schemas import LifeEvent, ReturnedItem, Revision, local
from services.ingest.submissions.waivers import WaivedWarning

_QUERIES: Final = {
    name: text.encode() for name, text in load_queries("services.ingest.submissions", "life.sql").items()
}  # fmt: skip
_ENCODER: Final = msgspec.json.Encoder()
_ITEMS: Final = msgspec.json.Decoder(list[ReturnedItem])
_WAIVED: Final = msgspec.json.Decoder(list[WaivedWarning])
_WARNINGS: Final = msgspec.json.Decoder(list[ProblemItem])


@dataclass(frozen=True)
class Locked:
    """A submission that nobody else changes until the transaction ends."""

    id: UUID
    report: ReportKey
    revision: int
    rows: int
    state: State
    steps: int
    unanswered: int
    warnings: Sequence[ProblemItem]
    newest: int


async def lock(driver: Driver, submission: UUID, *, prefix: str) -> Locked | None:
    """The submission, kept from others; None when it is absent or not below `prefix`."""
    row = await (await driver.execute(_QUERIES["locked"], {"id": submission, "prefix": prefix})).fetchone()
    if row is None:
        return None
    report = ReportKey(*row[:3])
    newest = await (await driver.execute(_QUERIES["newest_revision"], vars(report))).fetchone()
    assert newest is not None
    columns: tuple[Any, ...] = (*row[3:8], _WARNINGS.decode(row[8]), newest[0])
    return Locked(submission, report, *columns)


async def write_event(driver: Driver, submission: UUID, values: Mapping[str, object]) -> None:
    """Keep what was done with a submission."""
    written = {"reason": None, **values, "submission": submission}
    for name in ("items", "warnings"):
        given = values.get(name)
        written[name] = _ENCODER.encode(given).decode() if given else None
    await driver.execute(_QUERIES["insert_event"], written)


async def move(driver: Driver, submission: UUID, event: str, state: State, unanswered: int) -> None:
    """Let a submission be in the state after an event."""
    values = {"submission": submission, "event": event, "state": state, "unanswered": unanswered}
    await driver.execute(_QUERIES["move"], values)


async def announce(driver: Driver, report: ReportKey, channel: str) -> None:
    """Tell analytics that a report has changed."""
    await driver.execute(_QUERIES["announce"], {"channel": channel, **vars(report)})


async def read_events(driver: Driver, report: ReportKey, revisions: Sequence[Revision]) -> list[LifeEvent]:
    """All that happened to a report, in order: each revision that came in, and the steps taken with it."""
    rows = await (await driver.execute(_QUERIES["events"], vars(report))).fetchall()
    steps = [_event(row) for row in rows]
    return sorted([*_arrivals(revisions), *steps], key=lambda event: event.revision)


def _arrivals(revisions: Sequence[Revision]) -> Iterator[LifeEvent]:
    """A revision begins where the one before it ended, which nobody moves any more."""
    before: State | None = None
    for revision in reversed(revisions):
        state = state_of_next(before, is_reopened=True)
        assert state is not None
        yield LifeEvent(state, revision.received_at, revision.id, revision.revision, state, revision.division)
        before = revision.state


def _event(row: Sequence[Any]) -> LifeEvent:
    submission, revision, event, state, at, reason, items, warnings, division = row
    return LifeEvent(
        event, local(at), submission, revision, state, division, reason,
        None if items is None else _ITEMS.decode(items), None if warnings is None else _WAIVED.decode(warnings),
    )  # fmt: skip


def waived_in(events: Sequence[LifeEvent], submission: UUID) -> list[WaivedWarning]:
    """The warnings of a submission that were answered."""
    return [one for event in events if event.submission == submission for one in event.warnings or ()]
