"""A stored card as the api tells it: with names, the days left and its evidence."""

from datetime import date, datetime
from typing import Any

from services.api.cards.repository import CardRow, EventRow
from services.api.cards.schemas import Card, CardEvent, Evidence, EvidenceSubmission, Rule
from services.api.schemas import Reading, Text
from services.api.viewer import ScopedViewer
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


def event_of(row: EventRow) -> CardEvent:
    """One step, with the snapshot that it was judged by."""
    return CardEvent(row.event, _local(row.at), row.colour, row.evidence.get("snapshot", ""))


def _local(moment: datetime) -> str:
    return moment.astimezone(TIME_ZONE).isoformat()
