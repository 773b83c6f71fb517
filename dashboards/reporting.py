"""How punctually reports came in: sums over forms of what the api counts a form."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.answers import Compliance, ComplianceRow
from dashboards.readable import Change
from dashboards.texts import Texts


@dataclass(frozen=True)
class Counts:
    """Township reports of several forms."""

    expected: int
    received: int
    on_time: int
    late: int
    missing: int
    awaited: int
    corrected: int

    @property
    def due(self) -> int:
        """Reports whose day has passed or that came before it."""
        return self.expected - self.awaited

    @property
    def share(self) -> float | None:
        """On time of those due; None while nothing is due."""
        return self.on_time / self.due if self.due > 0 else None


@dataclass(frozen=True)
class Punctuality:
    """The counts of a period, and the change of the share against the period before."""

    counts: Counts
    percent: str | None
    change: Change | None


def summed(rows: Sequence[ComplianceRow]) -> Counts:
    """All rows together."""
    return Counts(
        expected=sum(row.expected for row in rows),
        received=sum(row.received for row in rows),
        on_time=sum(row.on_time for row in rows),
        late=sum(row.late for row in rows),
        missing=sum(row.missing for row in rows),
        awaited=sum(row.awaited for row in rows),
        corrected=sum(row.corrected for row in rows),
    )


def of_division(code: str, answer: Compliance) -> list[ComplianceRow]:
    """The rows of one division, a form each."""
    return [row for row in answer.rows if row.division.code == code]


def punctuality(code: str, now: Compliance, earlier: Compliance | None, texts: Texts) -> Punctuality | None:
    """A division's punctuality over all forms; None when no form was expected in the period."""
    counts = summed(of_division(code, now))
    if not counts.expected:
        return None
    share = counts.share
    past = summed(of_division(code, earlier)).share if earlier else None
    percent = None if share is None else f"{share * 100:.1f}"
    return Punctuality(counts, percent, _change(share, past, texts))


def _change(share: float | None, past: float | None, texts: Texts) -> Change | None:
    if share is None or past is None:
        return None
    points = round((share - past) * 100, 1)
    if not points:
        return Change("", texts("change.even"), "even", "previous")
    amount = texts("change.percentage_points", n=f"{abs(points):.1f}")
    return Change("▲" if points > 0 else "▼", amount, "better" if points > 0 else "worse", "previous")
