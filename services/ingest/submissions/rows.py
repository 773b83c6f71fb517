"""The rows of a report: against the divisions it must cover, against earlier reports, and as they are kept."""

from collections.abc import Iterable, Iterator, Mapping
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


async def read_history(
    driver: Driver, validator: FormValidator, personal: PersonalFields, period: Period, division: DivisionCode
) -> History:
    """The present revision of a report, and the rows that the form's checks look back to."""
    form = validator.form.form
    names = sorted(validator.looks_back)
    back = [period.previous if name == "previous" else period.year_ago for name in names]
    keys = [ReportKey(form, str(earlier), division.code) for earlier in back]
    present, found = await repository.read_history(driver, ReportKey(form, str(period), division.code), keys)
    rows = [
        validator.restored([(row.division, row.fields) for row in personal.opened(form, kept) if not row.nil])
        for kept in found
    ]
    by_key = [{validator.row_key(row): row for row in restored} for restored in rows]
    return History(present, dict(zip(names, by_key, strict=True)))


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
