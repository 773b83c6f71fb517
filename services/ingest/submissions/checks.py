"""Is a report sound? Everything that is wrong with it is found in one pass."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from services.catalog.divisions import DivisionCode, InvalidDivisionCode
from services.catalog.load import Catalog
from services.catalog.periods import InvalidPeriod, Period, PeriodKind
from services.catalog.schema import Form
from services.catalog.validators import CheckedRows, hints
from services.catalog.workbook_words import MEDIA_TYPE as WORKBOOK
from services.core.accounts import Caller
from services.core.clock import Clock
from services.core.problems import Problem, ProblemItem
from services.ingest.deadlines.expected import ExpectedReport, ExpectedReports
from services.ingest.deadlines.grants import is_reopened
from services.ingest.deadlines.opening import deadlines_of
from services.ingest.faults import envelope_fault, invalid, printable
from services.ingest.submissions.personal import PersonalFields
from services.ingest.submissions.repository import Driver, PresentRevision, ReportKey, StoredRow, registered
from services.ingest.submissions.rows import (
    NIL_FIELDS,
    Asked,
    History,
    lock_histories,
    missing_units,
    row_faults,
    stored_rows,
)
from services.ingest.submissions.schemas import Envelope
from services.ingest.submissions.waivers import WaivedWarning, Waiver, unknown_warnings

KIND_NAMES: Final[Mapping[PeriodKind, tuple[str, str]]] = {
    "year": ("年", "year"), "half": ("半年", "half-year"), "quarter": ("季度", "quarter"), "month": ("月", "month"),
}  # fmt: skip
REPORTERS: Final = {"village": ("乡镇", "township"), "township": ("乡镇", "township"), "county": ("区县", "county")}


@dataclass(frozen=True)
class SoundReport:
    """A report with nothing wrong but warnings, ready to be kept."""

    key: ReportKey
    form: Form
    base_revision: int | None
    nil: bool
    note: str | None
    rows: Sequence[StoredRow]
    expected: ExpectedReport
    present: PresentRevision | None
    warnings: Sequence[ProblemItem]
    waivers: Sequence[Waiver]

    @property
    def waived(self) -> list[WaivedWarning]:
        """The warnings that the report itself answers."""
        return [warning for waiver in self.waivers for warning in waiver.warnings]


@dataclass
class _Findings:
    """What is known of a report so far, and what is wrong with it."""

    envelope: Envelope
    faults: list[ProblemItem]
    form: Form | None = None
    period: Period | None = None
    division: DivisionCode | None = None
    expected: ExpectedReport | None = None
    history: History = field(default_factory=lambda: History(None, {}))
    checked: CheckedRows = field(default_factory=lambda: CheckedRows([], []))
    problem: Problem | None = None


class ReportChecker:
    """Checks reports against the catalog, the register and the calendar."""

    def __init__(self, catalog: Catalog, clock: Clock, expected: ExpectedReports, personal: PersonalFields) -> None:
        self._catalog = catalog
        self._validators = catalog.validators
        self._clock = clock
        self._expected = expected
        self._personal = personal

    async def check(
        self, driver: Driver, caller: Caller, read: Sequence[tuple[Envelope, Sequence[ProblemItem]]]
    ) -> list[SoundReport | Problem]:
        """Of reports of different series, as they were read, those that are sound.

        In the place of another stands Problem `submission_invalid` with all its faults, those of the envelope first,
        or `division_forbidden`.
        """
        reports = [self._begun(caller, envelope, faults) for envelope, faults in read]
        admitted = [found for found in reports if found.problem is None]
        # In one order by all: of two that open periods neither waits for the other for ever.
        for found in sorted(admitted, key=lambda found: (found.envelope.form or "", found.envelope.period or "")):
            await self._find_expected(driver, found)
        await self._find_histories(driver, admitted)
        for found in admitted:
            await self._check_rows(driver, found)
        return [self._judged(found) for found in reports]

    def _begun(self, caller: Caller, envelope: Envelope, faults: Sequence[ProblemItem]) -> _Findings:
        found = _Findings(envelope, list(faults))
        found.division = self._division(found)
        if found.division is not None and not caller.may_see(found.division):
            details = {"division": found.division.code, "scope": caller.scope.code}
            found.problem = Problem("division_forbidden", details)
        found.form = self._form(found)
        found.period = self._period(found)
        return found

    def _division(self, found: _Findings) -> DivisionCode | None:
        given = found.envelope.division
        if given is None:
            return None
        try:
            return DivisionCode(given)
        except InvalidDivisionCode:
            found.faults.append(envelope_fault("division_invalid", "division", {"given": printable(given)}))
            return None

    def _form(self, found: _Findings) -> Form | None:
        given, version = found.envelope.form, found.envelope.form_version
        if given is None:
            return None
        form = self._catalog.forms.get(given)
        if form is None:
            details = {"given": printable(given), **hints(given, list(self._catalog.reported_forms))}
            found.faults.append(envelope_fault("form_unknown", "form", details))
        elif not form.is_reported:
            found.faults.append(envelope_fault("form_computed", "form", {"given": given}))
            return None
        elif version not in (None, form.version):
            details = {"present": str(form.version), "given": str(version)}
            found.faults.append(envelope_fault("form_version_unknown", "form_version", details))
        return form

    def _period(self, found: _Findings) -> Period | None:
        """The period if rows can be checked by it: one that has begun, of the form's kind."""
        given, form = found.envelope.period, found.form
        if given is None:
            return None
        try:
            period = Period.parse(given)
        except InvalidPeriod:
            found.faults.append(envelope_fault("period_invalid", "period", {"given": printable(given)}))
            return None
        if form is not None and period.kind != form.periodicity:
            wanted_zh, wanted = KIND_NAMES[form.periodicity]
            details = {"given": given, "wanted_zh": wanted_zh, "wanted": wanted}
            found.faults.append(envelope_fault("period_kind_wrong", "period", details))
            return None
        if period.first_day > self._clock.today():
            details = {"given": given, "opens_on": period.first_day.isoformat()}
            found.faults.append(envelope_fault("period_in_future", "period", details))
            return None
        return period

    async def _find_expected(self, driver: Driver, found: _Findings) -> None:
        """What is due from the reporter; a period that has closed is not opened any more."""
        form, period, division = found.form, found.period, found.division
        if form is None or period is None:
            return
        closes_at = deadlines_of(form, period).closes_at
        if division is not None:
            found.expected = await self._expected.read(
                driver, form, period, division.code, may_open=self._clock.now() <= closes_at
            )
        if found.expected is not None:
            closes_at = found.expected.closes_at
        if self._clock.now() > closes_at:
            if found.expected is not None and division is not None:
                report = (form.form, str(period), division.code)
                if await is_reopened(driver, report, self._clock.now()):
                    return
            details = {"given": str(period), "closed_at": closes_at.date().isoformat()}
            found.faults.append(envelope_fault("period_closed", "period", details))
        elif division is not None and found.expected is None:
            found.faults.append(await _not_reporting(driver, form, division))

    async def _find_histories(self, driver: Driver, reports: Sequence[_Findings]) -> None:
        having, asked = [], []
        for found in reports:
            if found.form is not None and found.period is not None and found.division is not None:
                having.append(found)
                asked.append(Asked(self._validators[found.form.form], found.period, found.division))
        for found, history in zip(having, await lock_histories(driver, self._personal, asked), strict=True):
            found.history = history

    async def _check_rows(self, driver: Driver, found: _Findings) -> None:
        envelope, form = found.envelope, found.form
        if envelope.rows is None:
            return
        is_empty = not bytes(envelope.rows)[1:-1].strip()
        found.faults += _nil_faults(envelope, form, is_empty=is_empty)
        if form is None or is_empty:
            return
        found.checked = self._validators[form.form].check(envelope.rows, found.period, found.history.earlier)
        if envelope.cells is not None:
            found.checked = envelope.cells.counted(found.checked)
        # Where it is the reporter itself that is wrong, its villages are not called strangers as well.
        reporter = found.division if found.expected is not None or found.period is None else None
        found.faults += await row_faults(driver, found.checked, found.expected, reporter)

    def _judged(self, found: _Findings) -> SoundReport | Problem:
        if found.problem is not None:
            return found.problem
        if found.envelope.cells is not None:
            found.faults = [*found.envelope.cells.located(found.faults)]
        if any(fault.severity == "error" for fault in found.faults):
            return invalid(found.faults, _workbook_of(found.envelope))
        report = self._sound(found)
        unknown = [*unknown_warnings(report.waived, report.warnings, "waivers")]
        return invalid([*unknown, *report.warnings]) if unknown else report

    def _sound(self, found: _Findings) -> SoundReport:
        form, expected, envelope = found.form, found.expected, found.envelope
        assert form is not None and expected is not None and found.division is not None
        warnings = [*found.faults]
        if envelope.nil:
            rows = [StoredRow(unit, True, NIL_FIELDS) for unit in expected.units]
        else:
            rows = [*stored_rows(self._validators[form.form], found.checked)]
            warnings += missing_units(expected, rows)
        key = ReportKey(form.form, str(found.period), found.division.code)
        return SoundReport(
            key, form, envelope.base_revision, bool(envelope.nil), envelope.note, rows, expected,
            found.history.present, warnings, envelope.waivers,
        )  # fmt: skip


def _workbook_of(envelope: Envelope) -> Mapping[str, object]:
    """For the cells of a workbook: the sheet they stand in, and how to get it back with them marked."""
    sheet = None if envelope.cells is None else envelope.cells.sheet
    return {} if sheet is None else {"sheet": sheet, "marked_workbook": {"accept": WORKBOOK}}


def _nil_faults(envelope: Envelope, form: Form | None, *, is_empty: bool) -> Iterator[ProblemItem]:
    if envelope.nil and not is_empty:
        yield envelope_fault("rows_with_nil", "rows")
    elif envelope.nil is False and is_empty:
        yield envelope_fault("rows_missing", "rows")
    if envelope.nil and form is not None and not form.nil:
        yield envelope_fault("nil_not_allowed", "nil")


async def _not_reporting(driver: Driver, form: Form, division: DivisionCode) -> ProblemItem:
    """Why nothing is due from a division: nobody knows it, or it does not report this form."""
    if division.code not in await registered(driver, [division.code]):
        return envelope_fault("division_unknown", "division", {"given": division.code})
    wanted_zh, wanted = REPORTERS[form.grain]
    details = {"given": division.code, "wanted_zh": wanted_zh, "wanted": wanted}
    return envelope_fault("division_not_reporting", "division", details)
