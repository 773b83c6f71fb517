"""A stored card as the api tells it: with names, the days left, its evidence and its steps."""

from datetime import date, datetime
from typing import Any

from services.api.cards.repository import CardRow, EventRow
from services.api.cards.schemas import Card, CardEvent, CardStep, Evidence, Rule
from services.api.schemas import EvidenceSubmission, Reading, Text
from services.api.viewer import ScopedViewer
from services.catalog.card_life import sides, steps_for
from services.core.clock import TIME_ZONE


def card_of(row: CardRow, viewer: ScopedViewer, today: date) -> Card:
    """The card, its path cut to what the viewer may see."""
    evidence = row.evidence
    tree = viewer.snapshot.tree
    division = tree.by_code.get(row.division)
    path = viewer.path(division)[:-1] if division else []
    return Card(
        id=row.id,
        rule=row.rule,
        title=Text(**evidence["rule"]["title"]),
        text=Text(**evidence["text"]),
        division=tree.named(row.division),
        path=[step for step in path if step.level != "city"],
        metric=evidence["metric"],
        colour=row.colour,
        status=row.status,
        period=row.period,
        raised_at=_local(row.raised_at),
        due_on=row.due_on.isoformat(),
        days_left=(row.due_on - today).days,
        acknowledge_by=row.acknowledge_by.isoformat() if row.status == "raised" else None,
        paused_on=row.paused_on.isoformat() if row.paused_on else None,
        lifting_proposed_at=_local(row.lifting_proposed_at) if row.lifting_proposed_at else None,
        previous_card=row.previous_card,
        value=evidence.get("value"),
        url=f"/v1/cards/{row.id}",
    )


def evidence_of(row: CardRow, viewer: ScopedViewer, values: list[Reading]) -> Evidence:
    """What the card rests on, as it was judged; `values` are today's readings of the same periods."""
    rule: dict[str, Any] = row.evidence["rule"]
    return Evidence(
        rule=Rule(rule["rule"], rule["version"], Text(**rule["title"]), rule["condition"], Text(**rule["text"])),
        values=values,
        snapshot=row.evidence["snapshot"],
        submissions=[
            EvidenceSubmission(**(given | {"division": viewer.snapshot.tree.named(given["division"])}))
            for given in row.evidence["submissions"]
            if given["division"].startswith(viewer.caller.scope.prefix)
        ],
    )


def event_of(row: EventRow, viewer: ScopedViewer) -> CardEvent:
    """One step, with the snapshot that it was judged by."""
    return CardEvent(
        event=row.event,
        at=_local(row.at),
        colour=row.colour,
        status=row.status,
        actor=row.actor,
        division=viewer.snapshot.tree.named(row.division) if row.division else None,
        text=row.text,
        due_on=row.due_on.isoformat() if row.due_on else None,
        snapshot=(row.evidence or {}).get("snapshot", ""),
    )


def steps_of(row: CardRow, viewer: ScopedViewer) -> list[CardStep]:
    """What the viewer may do with the card now."""
    if "act" not in viewer.caller.rights:
        return []
    mine = sides(row.level, viewer.caller.scope.level)
    return [CardStep(step.event, step.text, step.due_on) for step in steps_for(row.life, mine)]


def _local(moment: datetime) -> str:
    return moment.astimezone(TIME_ZONE).isoformat()
