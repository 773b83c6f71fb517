"""Findings of the card rules against the open cards: raise, strengthen, escalate, propose to lift.

Judging the same findings again on the same day changes nothing. A card carries its evidence: the rule and its
version, the values, the snapshot and the submissions they came from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Final

import psycopg
from duckdb import DuckDBPyConnection
from psycopg.rows import TupleRow, dict_row
from psycopg.types.json import Jsonb

from services.analytics.evidence import Finding, evidence_of, read_findings
from services.catalog.card_life import (
    Days,
    Judgement,
    Life,
    lifting_proposed,
    lifting_withdrawn,
    raised,
    reddened,
)
from services.catalog.load import Catalog
from services.core.clock import Clock
from services.core.database import load_queries

_QUERIES: Final = load_queries("services.analytics", "judge.sql")
_STRENGTH: Final = {"yellow": 1, "red": 2}
_WITH_NEW_DAYS: Final = frozenset[Judgement](("raised", "strengthened", "escalated"))
Cause = tuple[str, str]
Card = Mapping[str, Any]


@dataclass(frozen=True)
class Verdicts:
    """How many cards a judgement raised, strengthened, escalated, proposed to lift, or put back."""

    raised: int = 0
    strengthened: int = 0
    escalated: int = 0
    lifting_proposed: int = 0
    lifting_withdrawn: int = 0


@dataclass(frozen=True)
class _Change:
    """What happens to one card: the life it leads then, and the finding that it rests on, if it is one."""

    event: Judgement | None
    life: Life
    card_id: int | None
    finding: Finding | None = None
    previous_card: int | None = None


def judge(
    connection: psycopg.Connection[TupleRow], warehouse: DuckDBPyConnection, catalog: Catalog, clock: Clock
) -> Verdicts:
    """Bring the open cards in line with the warehouse's findings and with the day; the caller commits."""
    now = clock.now()
    connection.execute(_QUERIES["lock"].encode())
    cards = {(card["rule"], card["division"]): card for card in _read(connection, "open_cards")}
    findings = [f for f in read_findings(warehouse, list(cards)) if f.rule in catalog.rules]
    closed = _closed(connection, findings, cards)
    changes = []
    for finding in findings:
        cause = (finding.rule, finding.division)
        days = _days(catalog, finding.rule)
        if cause in cards:
            change = _judged(finding, cards[cause], days, now)
        else:
            change = _raised(finding, closed.get(cause), days, now)
        changes += [change] if change else []
    changes += _escalated(cards, changes, catalog, now)
    _write(connection, warehouse, catalog, changes, now)
    counts = [change.event for change in changes]
    return Verdicts(**{event: counts.count(event) for event in Verdicts.__dataclass_fields__})  # type: ignore[arg-type]


def _read(connection: psycopg.Connection[TupleRow], query: str, **values: object) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_QUERIES[query].encode(), values).fetchall()


def _closed(
    connection: psycopg.Connection[TupleRow], findings: Sequence[Finding], cards: Mapping[Cause, Card]
) -> dict[Cause, Card]:
    """The last card of each cause that is found and has no open one."""
    causes = [(f.rule, f.division) for f in findings if (f.rule, f.division) not in cards]
    rules, divisions = [rule for rule, _ in causes], [division for _, division in causes]
    rows = _read(connection, "closed_cards", rules=rules, divisions=divisions) if causes else []
    return {(row["rule"], row["division"]): row for row in rows}


def _days(catalog: Catalog, rule: str) -> Days:
    return Days(catalog.rules[rule].deadline_days, catalog.rules[rule].escalate_days)


def _raised(finding: Finding, before: Card | None, days: Days, now: datetime) -> _Change | None:
    """A new card, unless nothing is wrong or people have closed one for this period or a later one."""
    if finding.colour is None or (before is not None and finding.period_order <= before["period_order"]):
        return None
    life = raised(finding.colour, days, now.date())
    return _Change("raised", life, None, finding, before["id"] if before else None)


def _judged(finding: Finding, card: Card, days: Days, now: datetime) -> _Change | None:
    """What a finding asks for, given the open card of its cause; None when all is said already."""
    life, number = _life_of(card), card["id"]
    if finding.period_order < card["period_order"]:
        return None
    if finding.colour is None:
        if life.lifting_proposed_at is not None:
            return None
        return _Change("lifting_proposed", lifting_proposed(life, now), number, finding)
    if _STRENGTH[finding.colour] > _STRENGTH[life.colour]:
        return _Change("strengthened", reddened(life, days, now.date()), number, finding)
    if life.lifting_proposed_at is not None:
        return _Change("lifting_withdrawn", lifting_withdrawn(life, now.date()), number, finding)
    if (finding.period, finding.value) != (card["period"], card["value"]):
        return _Change(None, life, number, finding)
    return None


def _escalated(
    cards: Mapping[Cause, Card], changes: Sequence[_Change], catalog: Catalog, now: datetime
) -> list[_Change]:
    """Yellow cards that were left lying, as they stand after `changes`; of a rule that still exists."""
    changed = {change.card_id: change.life for change in changes}
    today = now.date()
    found = []
    for (rule, _), card in cards.items():
        life = changed.get(card["id"]) or _life_of(card)
        if rule in catalog.rules and life.is_late(today):
            found.append(_Change("escalated", reddened(life, _days(catalog, rule), today), card["id"]))
    return found


def _life_of(card: Card) -> Life:
    return Life(**{field.name: card[field.name] for field in fields(Life)})


def _write(
    connection: psycopg.Connection[TupleRow],
    warehouse: DuckDBPyConnection,
    catalog: Catalog,
    changes: Sequence[_Change],
    now: datetime,
) -> None:
    proofs = iter(evidence_of(warehouse, catalog, [change.finding for change in changes if change.finding]))
    with connection.pipeline():
        for change in changes:
            values = _values(change, Jsonb(next(proofs)) if change.finding else None, now)
            if change.card_id is None:
                connection.execute(_QUERIES["raise_card"].encode(), values)
                continue
            connection.execute(_QUERIES["change_card"].encode(), values)
            if change.event is not None:
                connection.execute(_QUERIES["add_event"].encode(), values)


def _values(change: _Change, proof: Jsonb | None, now: datetime) -> dict[str, object]:
    """What the queries write of a change."""
    life, finding = change.life, change.finding
    # What has recovered is in the event; the card keeps what it was raised for.
    rests_on = finding if change.event != "lifting_proposed" else None
    return asdict(life) | {
        "id": change.card_id, "previous_card": change.previous_card, "event": change.event, "at": now,
        "rule": finding and finding.rule, "division": finding and finding.division,
        "level": finding and finding.level, "period": rests_on and rests_on.period,
        "evidence": proof if rests_on else None, "event_evidence": proof,
        "event_due_on": life.due_on if change.event in _WITH_NEW_DAYS else None,
    }  # fmt: skip
