"""Reads that explanations need, keyed by name and period: facts of the marts, and answers of reports in Postgres."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Protocol, TypeVar

import duckdb
import msgspec
from starlette.requests import Request

from services.api.snapshot import Snapshot
from services.api.tree import Division
from services.core.accounts import Caller
from services.core.database import driver_of, load_queries
from services.core.problems import Problem
from services.core.scopes import answering

_QUERIES: Final = load_queries("services.api.explain")
_ANSWERS: Final = load_queries("services.api.explain", "records.sql")["answers"].encode()
_MOST_SUBMISSIONS: Final = 200

Key = tuple[str, str]
"""A metric, an index or a form, and a period."""

Answers = Mapping[Key, Mapping[str, Any]]
"""What one division's row says, by form and period."""


@dataclass(frozen=True, slots=True)
class ValueRow:
    """A metric's value."""

    name: str
    period: str
    numerator: Decimal | None
    denominator: Decimal | None
    value: float | None
    reported: int
    expected: int


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """How an index came to its score."""

    name: str
    period: str
    points: Decimal | None
    deducted: Decimal | None
    score: Decimal | None
    reached: int | None
    highest_grade: int | None
    grade: int | None


@dataclass(frozen=True, slots=True)
class ComponentRow:
    """What a component gives to an index."""

    name: str
    period: str
    metric: str
    value: float | None
    score: Decimal | None
    points: Decimal | None


@dataclass(frozen=True, slots=True)
class DeductionRow:
    """What is taken off an index."""

    name: str
    period: str
    metric: str
    value: float | None
    points: Decimal | None


@dataclass(frozen=True, slots=True)
class VetoRow:
    """A veto that holds."""

    name: str
    period: str
    metric: str
    value: float | None
    highest_grade: int


@dataclass(frozen=True, slots=True)
class BandRow:
    """How many have a grade, or lie in a band."""

    name: str
    period: str
    is_scored: bool
    grade: int | None
    band: float | None
    units: int


@dataclass(frozen=True, slots=True)
class LineRow:
    """Where the lowest tenth ends."""

    name: str
    period: str
    scored: int
    line: Decimal | None


@dataclass(frozen=True, slots=True)
class LowestRow:
    """One of the lowest tenth."""

    name: str
    period: str
    unit: str
    score: Decimal
    grade: int | None


@dataclass(frozen=True, slots=True)
class SubmissionRow:
    """A report; `found` counts all that there are."""

    id: str
    form: str
    period: str
    division: str
    revision: int
    received_at: datetime
    on_time: bool
    found: int


@dataclass(frozen=True)
class Wanted:
    """The metrics, the indexes and the periods whose facts an explanation tells."""

    metrics: frozenset[str]
    indexes: frozenset[str]
    periods: frozenset[str]


@dataclass(frozen=True)
class Facts:
    """What the marts say of one division; `peer_lines` is of the division in which it is compared."""

    values: Mapping[Key, ValueRow]
    scores: Mapping[Key, ScoreRow]
    components: Mapping[Key, Sequence[ComponentRow]]
    deductions: Mapping[Key, Sequence[DeductionRow]]
    vetoes: Mapping[Key, Sequence[VetoRow]]
    bands: Mapping[Key, Sequence[BandRow]]
    lines: Mapping[Key, LineRow]
    peer_lines: Mapping[Key, LineRow]
    lowest: Mapping[Key, Sequence[LowestRow]]


class _Row(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def period(self) -> str: ...


R = TypeVar("R", bound=_Row)


async def read_facts(snapshot: Snapshot, division: Division, peers: str, wanted: Wanted) -> Facts:
    """Everything told of a division; `peers` is the division in which it is compared. Problem in an older file."""
    about = {"indexes": sorted(wanted.indexes), "periods": sorted(wanted.periods)}

    async def of_indexes(kind: Callable[..., R], query: str, code: str = division.code) -> list[R]:
        if not wanted.indexes:
            return []
        return await snapshot.read(kind, _QUERIES[query], about | {"division": code})

    try:
        return Facts(
            _by_key(await _values(snapshot, division, wanted)),
            _by_key(await of_indexes(ScoreRow, "score_rows")),
            _grouped(await of_indexes(ComponentRow, "component_rows")),
            _grouped(await of_indexes(DeductionRow, "deduction_rows")),
            _grouped(await of_indexes(VetoRow, "veto_rows")),
            _grouped(await of_indexes(BandRow, "distribution_rows")),
            _by_key(await of_indexes(LineRow, "line_rows")),
            _by_key(await of_indexes(LineRow, "line_rows", peers)),
            _grouped(await of_indexes(LowestRow, "lowest_rows")),
        )
    except duckdb.CatalogException as error:
        raise Problem("snapshot_unexplained", {"snapshot": snapshot.name}) from error


async def _values(snapshot: Snapshot, division: Division, wanted: Wanted) -> list[ValueRow]:
    values = {
        "metrics": sorted(wanted.metrics), "periods": sorted(wanted.periods),
        "division": division.code, "parent": division.parent,
    }  # fmt: skip
    return await snapshot.read(ValueRow, _QUERIES["value_rows"], values)


async def read_submissions(
    snapshot: Snapshot, division: str, scope: str, reports: Collection[Key]
) -> list[SubmissionRow]:
    """The reports of these forms and periods about a division, whose senders lie in a scope; the latest of them."""
    listed = sorted(reports)
    values = {
        "division": division, "scope": scope, "most": _MOST_SUBMISSIONS,
        "forms": [form for form, _ in listed], "parts": [period for _, period in listed],
    }  # fmt: skip
    try:
        return await snapshot.read(SubmissionRow, _QUERIES["submission_rows"], values)
    except duckdb.CatalogException as error:
        raise Problem("snapshot_unexplained", {"snapshot": snapshot.name}) from error


async def read_answers(
    snapshot: Snapshot, request: Request, caller: Caller, division: str, reports: Collection[Key]
) -> Answers:
    """What the reports that a snapshot rests on say of a division, which has one row in each."""
    rows = await read_submissions(snapshot, division, "", reports)
    by_id = {row.id: (row.form, row.period) for row in rows}
    if not by_id:
        return {}
    async with answering(request, caller) as connection:
        found = await driver_of(connection).execute(_ANSWERS, {"submissions": [*by_id], "division": division})
        return {by_id[number]: msgspec.json.decode(fields) for number, fields in await found.fetchall()}


def _by_key(rows: Iterable[R]) -> dict[Key, R]:
    return {(row.name, row.period): row for row in rows}


def _grouped(rows: Iterable[R]) -> dict[Key, Sequence[R]]:
    found: dict[Key, list[R]] = defaultdict(list)
    for row in rows:
        found[row.name, row.period].append(row)
    return dict(found)
