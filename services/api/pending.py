"""Which submissions are acknowledged but not yet in the open snapshot."""

from collections.abc import Set
from typing import Final

from sqlalchemy import BigInteger, Text, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.core.tables.submissions import submission

Report = tuple[str, str, str]
"""Form, period and reporting division: what a submission is a revision of."""

_COLUMNS: Final = [
    submission.c.form, submission.c.period, submission.c.division, submission.c.revision,
    cast(submission.c.id, Text), submission.c.state == "withdrawn",
]  # fmt: skip


class Ledger:
    """The newest revision of every report in Postgres, and which of them the snapshot lacks.

    One that was withdrawn waits while the snapshot still has it.
    It reads on from a transaction-id horizon: every transaction below it had ended when it was taken, so
    what commits late or out of order is read all the same.
    """

    def __init__(self) -> None:
        self._newest: dict[Report, tuple[int, str, bool]] = {}
        self._waiting: set[Report] = set()
        self._horizon = 0
        self._in_snapshot: Set[str] = frozenset()

    @property
    def pending(self) -> int:
        """How many reports have a revision, or a withdrawal, of which the snapshot does not know."""
        return len(self._waiting)

    async def read_on(self, connection: AsyncConnection) -> None:
        """Take in what was committed since the last time."""
        xmin = cast(cast(func.pg_snapshot_xmin(func.pg_current_snapshot()), Text), BigInteger)
        # Before the rows: a horizon that is too low reads some twice, one too high would lose some.
        horizon = (await connection.execute(select(xmin))).scalar_one()
        query = select(*_COLUMNS).where(submission.c.transaction_id >= self._horizon)
        for form, period, division, revision, number, is_withdrawn in await connection.execute(query):
            report = (form, period, division)
            known = self._newest.get(report)
            if known is None or known[0] <= revision:
                self._newest[report] = (revision, number, is_withdrawn)
                self._weigh(report)
        self._horizon = horizon

    def compare_with(self, in_snapshot: Set[str]) -> None:
        """From now on, count against the submissions of another snapshot."""
        self._in_snapshot = in_snapshot
        for report in self._newest:
            self._weigh(report)

    def _weigh(self, report: Report) -> None:
        _, number, is_withdrawn = self._newest[report]
        if (number in self._in_snapshot) is not is_withdrawn:
            self._waiting.discard(report)
        else:
            self._waiting.add(report)
