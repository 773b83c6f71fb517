"""Puts a village's story together: numbers out of the snapshot, records out of Postgres."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncEngine

from services.api.tree import Division
from services.api.viewer import ScopedViewer
from services.api.villages import repository, tell
from services.api.villages.forms import (
    PLEDGE,
    RECTIFICATION,
    STAR_RATING,
    facts_of,
    gates_of,
    pledge_of,
    standards_of,
    vetoes_of,
)
from services.api.villages.measured import STANDARDS, STAR_SCORE, STARS, Measured, Numbers, periods_of
from services.api.villages.repository import Fields, Place, ReportRow
from services.api.villages.schemas import Case, Pledges, StarYear
from services.api.villages.spans import read_in, reported_in
from services.catalog.divisions import DivisionCode
from services.catalog.load import Catalog
from services.catalog.periods import Period
from services.core.database import driver_of
from services.core.scopes import acting

_FOLLOWED: Final = (STAR_RATING, RECTIFICATION)
"""Forms whose earlier reports belong to the story, too."""


@dataclass(frozen=True)
class Stories:
    """Tells stories of villages, to whoever asks."""

    catalog: Catalog
    engine: AsyncEngine
    numbers: Numbers

    async def tell(self, viewer: ScopedViewer, village: Division, asked: Period, now: datetime) -> dict[str, Any]:
        """The members of a VillageAnswer behind its head."""
        measured = await self.numbers.of(viewer.snapshot, village, asked)
        told_in = read_in(asked, periods_of(viewer.snapshot))
        due = self._due(told_in)
        followed = self._followed(viewer, asked)
        township = village.parent or village.code
        may_see_township = viewer.caller.may_see(DivisionCode(township))
        place = Place(village.code, township)
        async with acting(self.engine, viewer.caller) as connection:
            driver = driver_of(connection)
            rows = await repository.read_reports(driver, place, due | followed)
            told = self._to_be_read(rows)
            reported = Reported(rows, await repository.read_rows(driver, place, told), self.catalog, measured)
            cards = await repository.read_cards(driver, place)
            addressees = [township] if may_see_township else []
            orders = await repository.read_orders(driver, addressees)
        in_period = self._in_order(row for row in rows if (row.form, Period.parse(row.period)) in due)
        return {
            "township": viewer.snapshot.tree.named(township) if may_see_township else None,
            "systems": measured.systems,
            "cards": tell.cards_of(cards, now.date()),
            "pledges": reported.pledges(in_period),
            "stars": reported.stars(),
            "case": reported.case(),
            "orders": tell.orders_of(orders, cards, viewer, now.date()),
            "reports": tell.reports_of(in_period, viewer, may_open=may_see_township),
            "missing": tell.missing_of(in_period, viewer, now, may_open=may_see_township),
        }

    def _due(self, told_in: list[Period]) -> set[tuple[str, Period]]:
        """Every report about villages that belongs to the period."""
        forms = (form for form in self.catalog.forms.values() if form.grain == "village")
        return {(form.form, period) for form in forms for period in reported_in(form.periodicity, told_in)}

    def _followed(self, viewer: ScopedViewer, asked: Period) -> set[tuple[str, Period]]:
        """The reports up to the period of the forms that are followed over the years."""
        forms = [self.catalog.forms[name] for name in _FOLLOWED if name in self.catalog.forms]
        return {
            (form.form, period)
            for form in forms
            for period in periods_of(viewer.snapshot)
            if period.kind == form.periodicity and period.first_day <= asked.last_day
        }

    def _in_order(self, rows: Iterable[ReportRow]) -> list[ReportRow]:
        """Reports as their forms stand in the catalog, each form's by period."""
        places = {name: place for place, name in enumerate(self.catalog.forms)}
        return sorted(rows, key=lambda row: (places[row.form], row.period))

    def _to_be_read(self, rows: Iterable[ReportRow]) -> list[str]:
        wanted = (PLEDGE, *_FOLLOWED)
        return [row.submission for row in rows if row.submission and row.form in wanted and row.row_count]


@dataclass(frozen=True)
class Reported:
    """What the reports of three forms say of the village."""

    reports: Sequence[ReportRow]
    rows: Mapping[str, list[Fields]]
    catalog: Catalog
    measured: Measured

    def pledges(self, in_period: Sequence[ReportRow]) -> Pledges:
        """Those of the newest month that was reported; else word of why there are none."""
        months = [row for row in in_period if row.form == PLEDGE]
        if not months:
            return Pledges(None, "not_expected", [])
        newest = max(months, key=lambda row: (row.row_count > 0, row.period))
        if not newest.row_count:
            return Pledges(newest.period, "not_reported", [])
        form, month = self.catalog.forms[PLEDGE], Period.parse(newest.period)
        pledges = [pledge_of(form, fields, month) for fields in self._rows_of(newest)]
        return Pledges(newest.period, "told" if pledges else "nothing_to_report", pledges)

    def stars(self) -> list[StarYear]:
        """Every year with a rating, the newest first."""
        years = [self._star_year(row) for row in self._newest_first(STAR_RATING)]
        return [year for year in years if year.gates or year.stars is not None]

    def case(self) -> Case | None:
        """The newest quarter in which the village was listed."""
        form = self.catalog.forms.get(RECTIFICATION)
        listed = next((row for row in self._newest_first(RECTIFICATION) if self._rows_of(row)), None)
        if form is None or listed is None:
            return None
        fields = self._rows_of(listed)[0]
        standards = self.measured.past.get((STANDARDS, listed.period))
        return Case(
            period=listed.period,
            facts=facts_of(form, fields),
            standards=standards_of(form, fields),
            standards_met=None if standards is None else standards.numerator,
            standards_due=None if standards is None else standards.denominator,
        )

    def _star_year(self, row: ReportRow) -> StarYear:
        form, period = self.catalog.forms[STAR_RATING], Period.parse(row.period)
        fields = next(iter(self._rows_of(row)), {})
        return StarYear(
            period=row.period,
            stars=self.measured.value(STARS, period),
            score=self.measured.value(STAR_SCORE, period),
            vetoes=vetoes_of(form, fields),
            gates=gates_of(form, fields),
        )

    def _newest_first(self, form: str) -> list[ReportRow]:
        return sorted((r for r in self.reports if r.form == form), key=lambda row: row.period, reverse=True)

    def _rows_of(self, row: ReportRow) -> list[Fields]:
        return self.rows.get(row.submission or "", [])
