"""When each report of the simulation arrives: in time, late, never, and completed afterwards."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final

from services.catalog.periods import Period
from services.catalog.schema import Form
from services.core.clock import TIME_ZONE
from services.demo.city import rng_of, simulated_city, simulated_counties
from services.demo.makers import Filled, filled_forms, rows_of, units_of
from services.demo.rows import Reporter, Row

ENDS: Final = datetime(2022, 1, 25, 9, 30, tzinfo=TIME_ZONE)
"""The demo city's today: its clock runs on from here."""
_IN_USE_FROM: Final = date(2021, 1, 1)
_NEVER: Final = 0.012
_CORRECTED: Final = 0.035


@dataclass(frozen=True, order=True)
class Arrival:
    """One report on its way: when it arrives, and what it is. `lacks` what its correction brings."""

    at: datetime
    form: str
    period: str
    division: str
    revision: int
    reporter: Reporter = field(compare=False)
    lacks: bool = field(compare=False)

    def rows(self) -> list[Row]:
        """The rows; without a few that were overlooked where a correction follows."""
        rows = rows_of(self.form, self.reporter, Period.parse(self.period))
        return _with_gaps(rows, rng_of("overlooked", self.form, self.period, self.division)) if self.lacks else rows


def arrivals(forms: Iterable[Form]) -> list[Arrival]:
    """Every report of the forms that the simulation fills which arrives before ENDS, in order of arrival."""
    filled = filled_forms()
    return sorted(
        arrival
        for form in forms
        if form.form in filled
        for period in periods_from(filled[form.form].since)
        for reporter in reporters_of(form)
        for arrival in _arrivals(form, filled[form.form], period, reporter)
        if arrival.at < ENDS
    )


def reporters_of(form: Form) -> Sequence[Reporter]:
    """Who reports a form: counties what they do themselves, townships all else."""
    return simulated_counties() if form.grain == "county" else simulated_city()


def in_use_from(form: Form) -> date:
    """The first day on which the city uses a form, whether the simulation fills it or not."""
    filled = filled_forms().get(form.form)
    return filled.since.first_day if filled else _IN_USE_FROM


def begins(forms: Iterable[Form]) -> datetime:
    """When the simulation begins: as the first period of any form does."""
    return datetime.combine(min(in_use_from(form) for form in forms), time.min, TIME_ZONE)


def periods_from(since: Period) -> Iterator[Period]:
    """The periods from `since` on that are over by ENDS."""
    period = since
    while period.last_day < ENDS.date():
        yield period
        period = period.next


def _arrivals(form: Form, filled: Filled, period: Period, reporter: Reporter) -> Iterator[Arrival]:
    """None, or the report and perhaps its correction. What must be complete is never lost, and there by ENDS."""
    rng = rng_of("arrival", form.form, period, reporter.code)
    if rng.random() < _NEVER and not filled.is_complete:
        return
    assert form.due is not None
    limit = form.due.days + form.due.grace_days
    is_punctual = rng.random() < reporter.punctuality
    day = rng.randint(1, max(1, form.due.days)) if is_punctual else limit + rng.randint(1, 12)
    if filled.is_complete:
        day = min(day, (ENDS.date() - period.last_day).days - 1)
    at = _working_hour(period.last_day + timedelta(days=day), rng)
    later = _working_hour(at.date() + timedelta(days=rng.randint(3, 25)), rng)
    corrected = rng.random() < _CORRECTED and later < ENDS and (form.grain == "village" or bool(form.key))
    yield Arrival(at, form.form, str(period), reporter.code, 1, reporter, corrected)
    if corrected:
        yield Arrival(later, form.form, str(period), reporter.code, 2, reporter, lacks=False)


def _working_hour(day: date, rng: Random) -> datetime:
    return datetime.combine(day, time(rng.randint(8, 17), 0), TIME_ZONE)


def _with_gaps(rows: list[Row], rng: Random) -> list[Row]:
    """Without a few units, or where there is but one, without a few of its rows; something always stays."""
    units = units_of(rows)
    if len(units) > 1:
        missed = set(rng.sample(units, max(1, len(units) // 20)))
        return [row for row in rows if row["division"] not in missed]
    return rows[: -max(1, len(rows) // 20)] or rows
