"""When each report of the simulated year arrives: in time, late, never, and corrected afterwards."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, Final

from services.catalog.periods import Period
from services.catalog.schema import Form
from services.core.clock import TIME_ZONE
from services.demo.city import Township, rng_of
from services.demo.reports import YEAR, Row, rows_of

ENDS: Final = datetime(2022, 1, 25, 9, 30, tzinfo=TIME_ZONE)
"""The demo city's today: its clock runs on from here."""
_NEVER: Final = 0.012
_CORRECTED: Final = 0.035


@dataclass(frozen=True, order=True)
class Arrival:
    """One report on its way: when it arrives, and what it is."""

    at: datetime
    form: str
    period: str
    division: str
    revision: int
    township: Township = field(compare=False)
    month: int = field(compare=False)

    def rows(self) -> list[Row]:
        """The rows; a correction changes a few villages' figures."""
        rows = rows_of(self.form, self.township, self.month)
        if self.revision > 1:
            rng = rng_of("correction", self.form, self.period, self.division)
            for row in rng.sample(rows, max(1, len(rows) // 20)):
                _correct(row, rng)
        return rows


def arrivals(forms: list[Form], city: list[Township]) -> list[Arrival]:
    """Every report of the year that arrives before ENDS, in order of arrival."""
    found = [
        arrival
        for form in forms
        for period in Period(YEAR, "year").parts(form.periodicity)
        for township in city
        for arrival in _arrivals(form, period, township)
    ]
    return sorted(arrival for arrival in found if arrival.at < ENDS)


def _arrivals(form: Form, period: Period, township: Township) -> Iterator[Arrival]:
    rng = rng_of("arrival", form.form, period, township.code)
    if rng.random() < _NEVER:
        return
    limit = form.due.days + form.due.grace_days
    is_punctual = rng.random() < township.punctuality
    day = rng.randint(1, form.due.days) if is_punctual else limit + rng.randint(1, 12)
    at = _working_hour(period.last_day + timedelta(days=day), rng)
    month = period.last_day.month
    yield Arrival(at, form.form, str(period), township.code, 1, township, month)
    if rng.random() < _CORRECTED:
        later = _working_hour(at.date() + timedelta(days=rng.randint(3, 25)), rng)
        yield Arrival(later, form.form, str(period), township.code, 2, township, month)


def _working_hour(day: date, rng: Random) -> datetime:
    return datetime.combine(day, time(rng.randint(8, 17), 0), TIME_ZONE)


def _correct(row: dict[str, Any], rng: Random) -> None:
    """Change one figure of a row the way a clerk who looked again would."""
    if "income_other" in row:
        row["income_other"] = round(row["income_other"] + rng.randint(200, 4000), 2)
    elif "members_attended" in row and row["held"]:
        row["members_attended"] = max(1, row["members_attended"] - rng.randint(1, 3))
    elif "service_visits" in row:
        row["service_visits"] = min(4, row["service_visits"] + 1)
    elif "pledge_no" in row and not row["completed"]:
        row["progress"] = min(99, row["progress"] + rng.randint(1, 5))
    elif "task" in row and row["state"] == "under_way":
        row["actual_progress"] = min(99, row["actual_progress"] + 1)
