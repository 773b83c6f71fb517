"""The rows of a report: against the divisions it must cover, against earlier reports, and as they are kept."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.catalog.divisions import DivisionCode
from services.catalog.periods import Period
from services.catalog.validators import CheckedRows, FormValidator, Row
from services.core.problems import ProblemItem
from services.ingest.deadlines.expected import ExpectedReport
from services.ingest.faults import division_fault, row_fault
from services.ingest.submissions import repository
from services.ingest.submissions.personal import PersonalFields
from services.ingest.submissions.repository import Driver, PresentRevision, ReportKey, StoredRow, registered

NIL_FIELDS: Final = b"{}"


@dataclass(frozen=True)
class History:
    """What was reported before: the revision that is present, and rows of earlier periods by their key."""

    present: PresentRevision | None
    earlier: Mapping[str, Mapping[tuple[object, ...], Row]]


@dataclass(frozen=True)
class Asked:
    """A report that has a history."""

    validator: FormValidator
    period: Period
    division: DivisionCode

    @property
    def key(self) -> ReportKey:
        """What the report is about."""
        return self._key(self.period)

    @property
    def earlier(self) -> dict[str, ReportKey]:
        """The reports whose rows its form's checks look back to."""
        back = {"previous": self.period.previous, "year_ago": self.period.year_ago}
        return {name: self._key(back[name]) for name in self.validator.looks_back}

    def _key(self, period: Period) -> ReportKey:
        return ReportKey(self.validator.form.form, str(period), self.division.code)


async def lock_histories(driver: Driver, personal: PersonalFields, reports: Sequence[Asked]) -> list[History]:
    """The histories of reports; their present revisions are kept from others until the transaction ends."""
    if not reports:
        return []
    earlier = {key for report in reports for key in report.earlier.values()}
    present, kept = await repository.lock_histories(driver, [report.key for report in reports], earlier)
    histories = []
    for report in reports:
        rows = {name: _by_key(report.validator, personal, kept[key]) for name, key in report.earlier.items()}
        histories.append(History(present.get(report.key), rows))
    return histories


def _by_key(
    validator: FormValidator, personal: PersonalFields, kept: Iterable[StoredRow]
) -> dict[tuple[object, ...], Row]:
    opened = personal.opened(validator.form.form, kept)
    rows = validator.restored([(row.division, row.fields) for row in opened if not row.nil])
    return {validator.row_key(row): row for row in rows}


async def row_faults(
    driver: Driver, checked: CheckedRows, expected: ExpectedReport | None, reporter: DivisionCode | None
) -> list[ProblemItem]:
    """What is wrong with the rows, in their order."""
    faults = [(fault.row, row_fault(fault)) for fault in checked.faults]
    units: frozenset[str] = frozenset() if expected is None else expected.unit_set
    codes = {
        number: row.division
        for number, row in enumerate(checked.rows)
        if row is not None and row.division and row.division not in units
    }
    known = await registered(driver, set(codes.values())) if codes else frozenset()
    details = {"reporter": "—" if reporter is None else reporter.code}
    for number, code in codes.items():
        if code not in known:
            faults.append((number, division_fault("village_unknown", code, row=number, details=details)))
        elif expected is not None or (reporter is not None and not code.startswith(reporter.prefix)):
            # Without an expected report (its period is wrong) all that is known is who lies below whom.
            faults.append((number, division_fault("village_elsewhere", code, row=number, details=details)))
    return [item for _, item in sorted(faults, key=lambda fault: fault[0])]


def stored_rows(validator: FormValidator, checked: CheckedRows) -> Iterator[StoredRow]:
    """The rows as they are kept."""
    for row in checked.rows:
        assert row is not None
        yield StoredRow(row.division, row.nil, validator.stored(row))


def missing_units(expected: ExpectedReport, rows: Iterable[StoredRow]) -> Iterator[ProblemItem]:
    """A warning for each division that the report says nothing of."""
    told = {row.division for row in rows}
    for unit in expected.units:
        if unit not in told:
            yield division_fault("village_missing", unit, row=None, details={})
