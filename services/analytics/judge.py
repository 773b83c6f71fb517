"""Findings of the card rules against the open cards: raise, strengthen, propose to lift.

Judging the same findings again changes nothing. A card carries its evidence: the rule and its version,
the values, the snapshot and the submissions they came from.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import psycopg
from duckdb import DuckDBPyConnection
from psycopg.rows import TupleRow, dict_row
from psycopg.types.json import Jsonb

from services.analytics.evidence import Finding, evidence_of, read_findings
from services.catalog.load import Catalog
from services.core.clock import Clock
from services.core.queries import load_queries

_QUERIES: Final = load_queries("services.analytics", "judge.sql")
_STRENGTH: Final = {"yellow": 1, "red": 2}


@dataclass(frozen=True)
class Verdicts:
    """How many cards a judgement raised, strengthened, proposed to lift, or put back."""

    raised: int = 0
    strengthened: int = 0
    lifting_proposed: int = 0
    lifting_withdrawn: int = 0


@dataclass(frozen=True)
class _Step:
    """What happens to one card."""

    finding: Finding
    event: str | None
    colour: str
    status: str
    card_id: int | None


def judge(
    connection: psycopg.Connection[TupleRow], warehouse: DuckDBPyConnection, catalog: Catalog, clock: Clock
) -> Verdicts:
    """Bring the open cards in line with the warehouse's findings; the caller commits."""
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(_QUERIES["lock"].encode())
        open_cards = cursor.execute(_QUERIES["open_cards"].encode()).fetchall()
    cards = {(card["rule"], card["division"]): card for card in open_cards}
    findings = [f for f in read_findings(warehouse, list(cards)) if f.rule in catalog.rules]
    steps = [step for f in findings if (step := _step(f, cards.get((f.rule, f.division))))]
    evidence = evidence_of(warehouse, catalog, [step.finding for step in steps])
    with connection.pipeline():
        for step, proof in zip(steps, evidence, strict=True):
            _take(connection, catalog, clock, step, proof)
    counts = [step.event for step in steps]
    return Verdicts(**{event: counts.count(event) for event in Verdicts.__dataclass_fields__})


def _step(finding: Finding, card: Mapping[str, Any] | None) -> _Step | None:
    """What a finding asks for, given the open card of its cause; None when all is said already."""
    if card is None:
        colour = finding.colour
        return _Step(finding, "raised", colour, "raised", None) if colour else None
    colour, status = card["colour"], card["status"]
    if finding.period_order < card["period_order"]:
        return None
    if finding.colour is None:
        return (
            None
            if status == "lifting_proposed"
            else _Step(finding, "lifting_proposed", colour, "lifting_proposed", card["id"])
        )
    if _STRENGTH[finding.colour] > _STRENGTH[colour]:
        return _Step(finding, "strengthened", finding.colour, "raised", card["id"])
    if status == "lifting_proposed":
        return _Step(finding, "lifting_withdrawn", colour, "raised", card["id"])
    if (finding.period, finding.value) != (card["period"], card["value"]):
        return _Step(finding, None, colour, status, card["id"])
    return None


def _take(
    connection: psycopg.Connection[TupleRow],
    catalog: Catalog,
    clock: Clock,
    step: _Step,
    proof: Mapping[str, object],
) -> None:
    finding, now = step.finding, clock.now()
    values = {
        "id": step.card_id, "rule": finding.rule, "division": finding.division, "level": finding.level,
        "colour": step.colour, "status": step.status, "period": finding.period, "at": now,
        "due_on": now.date() + timedelta(days=catalog.rules[finding.rule].deadline_days),
        "evidence": Jsonb(proof), "event": step.event,
    }  # fmt: skip
    if step.card_id is None:
        connection.execute(_QUERIES["raise_card"].encode(), values)
        return
    connection.execute(_QUERIES["change_card"].encode(), values)
    if step.event is not None:
        connection.execute(_QUERIES["add_event"].encode(), values)
