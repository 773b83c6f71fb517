"""What a card rests on: the finding, its rule, the values, and the submissions they came from."""

from collections.abc import Sequence
from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from services.analytics.wording import sentence
from services.catalog.card_life import Colour
from services.catalog.load import Catalog
from services.catalog.periods import Period
from services.catalog.references import card_expression
from services.catalog.schema import CardRule, Condition
from services.catalog.sources import looked_at, reports_behind


@dataclass(frozen=True)
class Finding:
    """Where a division stands with a rule; `colour` is None when nothing is wrong."""

    rule: str
    rule_version: int
    division: str
    level: str
    places_name: str
    period: str
    period_order: int
    colour: Colour | None
    value: float
    previous: float | None
    rank: int | None
    places: int | None
    reported: int
    expected: int


def read_findings(warehouse: DuckDBPyConnection, open_causes: Sequence[tuple[str, str]]) -> list[Finding]:
    """Every finding with a colour, and those without one whose cause has an open card; by rule, then division."""
    rows = warehouse.execute(
        """select
            f.rule, f.rule_version, f.division, l.level, concat_ws('', c.name, t.name, l.name), f.period,
            p.ordinal, f.colour, f.value, f.previous, f.rank, f.places, f.reported, f.expected
        from marts.card_findings as f
        join facts.lineage as l on l.division = f.division
        join facts.periods as p on p.period = f.period
        left join facts.lineage as t on t.division = l.township and t.division <> l.division
        left join facts.lineage as c on c.division = l.county and c.division <> l.division
        where f.colour is not null or concat(f.rule, ' ', f.division) in (select unnest(?))
        order by f.rule, f.division""",
        [[f"{rule} {division}" for rule, division in open_causes]],
    ).fetchall()
    return [Finding(*row) for row in rows]


def evidence_of(
    warehouse: DuckDBPyConnection, catalog: Catalog, findings: Sequence[Finding]
) -> list[dict[str, object]]:
    """The evidence of each finding, in order, ready to be kept as JSON."""
    row = warehouse.execute("select name from facts.snapshot").fetchone()
    snapshot = row[0] if row else None
    submissions = _submissions(warehouse, catalog, findings)
    return [_evidence(catalog, f, snapshot, found) for f, found in zip(findings, submissions, strict=True)]


def _evidence(
    catalog: Catalog, finding: Finding, snapshot: str | None, submissions: list[dict[str, object]]
) -> dict[str, object]:
    rule = catalog.rules[finding.rule]
    metric = catalog.metrics[rule.metric]
    condition = _condition(rule, finding.colour)
    return {
        "rule": {
            "rule": rule.rule, "version": rule.version, "title": rule.title.model_dump(),
            "condition": condition.when, "consecutive": condition.consecutive, "text": rule.text.model_dump(),
        },
        "text": sentence(rule, metric, finding, condition.consecutive),
        "metric": rule.metric, "period_order": finding.period_order,
        "value": finding.value, "previous": finding.previous, "rank": finding.rank, "places": finding.places,
        "reported": finding.reported, "expected": finding.expected,
        "streak_periods": [str(period) for period in _streak(rule, finding)],
        "snapshot": snapshot,
        "submissions": submissions,
    }  # fmt: skip


def _streak(rule: CardRule, finding: Finding) -> list[Period]:
    """The periods that were judged, newest first."""
    period = Period.parse(finding.period)
    return [period.shifted(-step) for step in range(_condition(rule, finding.colour).consecutive)]


def _condition(rule: CardRule, colour: str | None) -> Condition:
    """The condition that a colour stands for; for a clear finding the milder one, which no longer holds."""
    found = rule.red if colour == "red" else rule.yellow or rule.red
    assert found is not None
    return found


def _submissions(
    warehouse: DuckDBPyConnection, catalog: Catalog, findings: Sequence[Finding]
) -> list[list[dict[str, object]]]:
    """For each finding the newest submissions that its value came from."""
    found: list[list[dict[str, object]]] = [[] for _ in findings]
    wanted = [
        (number, finding.division, form, part)
        for number, finding in enumerate(findings)
        for form, part in _reports(catalog, catalog.rules[finding.rule], finding)
    ]
    if not wanted:
        return found
    rows = warehouse.execute(
        """with wanted as (
            select unnest(?) as number, unnest(?) as division, unnest(?) as form, unnest(?) as period
        )
        select distinct w.number, s.id, s.form, s.period, s.division, s.revision, s.received_at, s.on_time
        from wanted as w
        join facts.submissions as s on s.form = w.form and s.period = w.period
        join facts.expected_units as u on u.form = s.form and u.period = s.period and u.reporter = s.division
        join facts.ancestors as a on a.division = u.division and a.ancestor = w.division
        order by w.number, s.form, s.period, s.division""",
        [list(column) for column in zip(*wanted, strict=True)],
    ).fetchall()
    for number, identity, form, period, division, revision, received_at, on_time in rows:
        found[number].append(
            {
                "id": identity, "form": form, "period": period, "division": division, "revision": revision,
                "received_at": received_at.isoformat(), "on_time": on_time,
            }
        )  # fmt: skip
    return found


def _reports(catalog: Catalog, rule: CardRule, finding: Finding) -> set[tuple[str, str]]:
    """Form and period of the reports that a finding rests on: in every period that its condition looked at."""
    reads = card_expression(_condition(rule, finding.colour).when).names
    return {
        report
        for judged in _streak(rule, finding)
        for period in looked_at(judged, previous="previous" in reads, year_ago="year_ago" in reads)
        for report in reports_behind(catalog, rule.metric, period)
    }
