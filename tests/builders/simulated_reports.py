"""Reports of the simulated city: as they are filled in, checked as by ingest, measured as in the warehouse."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import chain
from typing import Any, Final

import duckdb
import msgspec

from services.catalog.evaluate import Situation, compiled
from services.catalog.load import load_catalog
from services.catalog.periods import Period
from services.catalog.references import form_expression
from services.catalog.schema import Form
from services.catalog.validators import CheckedRows, Fault, FormValidator
from services.catalog.warehouse import distinct_members, staged_rows, wide_measures
from services.demo import timeline
from services.demo.city import Township, simulated_city
from services.demo.makers import filled_forms
from services.demo.published import PublishedTotal, read_published
from services.demo.rows import Reporter, Row

CATALOG: Final = load_catalog()
_STAGING: Final = """
create schema facts;
create table facts.periods (period varchar, first_on date, last_on date);
create temp table rows (form varchar, division varchar, period varchar, is_nil boolean, fields json)
"""

Reports = Mapping[Period, Sequence[Row]]


def the_form(name: str) -> Form:
    return CATALOG.forms[name]


@cache
def two_townships() -> Sequence[Township]:
    """The largest one, and the one that lags most."""
    return [max(simulated_city(), key=lambda t: len(t.villages)), max(simulated_city(), key=lambda t: t.lag)]


def periods_of(form: str, year: int | None = None) -> list[Period]:
    """Every period that the simulation reports a form for, or those of one year."""
    return [p for p in timeline.periods_from(filled_forms()[form].since) if year in (None, p.year)]


def city_rows(form: str, period: Period) -> Iterator[Row]:
    """The rows of all reporters, as their makers give them."""
    return _rows(form, period, timeline.reporters_of(the_form(form)))


def _rows(form: str, period: Period, reporters: Sequence[Reporter]) -> Iterator[Row]:
    for reporter in reporters:
        yield from filled_forms()[form].make(reporter, period)


def reported(form: str, reporters: Sequence[Reporter] | None = None) -> Reports:
    """The rows of these reporters, else of the whole city, by period."""
    asked = timeline.reporters_of(the_form(form)) if reporters is None else reporters
    return {period: list(_rows(form, period, asked)) for period in periods_of(form)}


def all_rows(reports: Reports) -> list[Row]:
    return list(chain.from_iterable(reports.values()))


def filled(rows: Sequence[Row]) -> list[Row]:
    """The rows that have something to report."""
    return [row for row in rows if not row.get("nil")]


def added_up(reports: Reports, *fields: str) -> Any:
    """These fields of all rows added up, without the catalog."""
    return sum(row.get(field, 0) for row in all_rows(reports) for field in fields)


def checked(form: str, reports: Reports) -> dict[Period, CheckedRows]:
    """The reports as ingest checks them, each against those before it."""
    validator, known = FormValidator(the_form(form)), {}
    found: dict[Period, CheckedRows] = {}
    for period, rows in reports.items():
        earlier = {"previous": known.get(period.previous, {}), "year_ago": known.get(period.year_ago, {})}
        found[period] = validator.check(msgspec.json.encode(rows), period, earlier)
        known[period] = {validator.row_key(row): row for row in found[period].rows if row and not row.nil}
    return found


def faults_of(form: str, reports: Reports) -> list[Fault]:
    """Everything that is wrong with the reports, warnings too."""
    return [fault for found in checked(form, reports).values() for fault in found.faults]


@dataclass(frozen=True)
class Measures:
    """What the warehouse makes of reports: both sides of each metric of the form by division and period."""

    sides: Sequence[Mapping[str, Any]]
    members: Mapping[tuple[str, str], int]

    def of(self, metric: str) -> dict[tuple[str, str], Decimal | None]:
        """The numerators of a metric by division and period."""
        return {(row["division"], row["period"]): row[f"{metric}__numerator"] for row in self.sides}

    def total(self, metric: str, side: str = "numerator") -> Any:
        """One side of a metric added up over all divisions and periods."""
        return sum(self._side(metric, side, None), Decimal(0))

    def value(self, metric: str, period: Period) -> float | None:
        """A metric over all divisions in one period, rolled up as the catalog says."""
        rule = CATALOG.metrics[metric].divisions
        if rule == "distinct":
            return self.members.get((metric, str(period)), 0)
        values = self._side(metric, "numerator", period)
        if not values:
            return None
        if rule in ("maximum", "minimum"):
            return float(max(values) if rule == "maximum" else min(values))
        below = sum(self._side(metric, "denominator", period)) if rule == "ratio" else 1
        return float(sum(values)) / float(below) if below else None

    def _side(self, metric: str, side: str, period: Period | None) -> list[Decimal]:
        rows = [row for row in self.sides if period is None or row["period"] == str(period)]
        return [value for row in rows if (value := row[f"{metric}__{side}"]) is not None]


def measured(form: str, reports: Reports) -> Measures:
    """What the SQL that the catalog compiles to makes of these reports."""
    asked = the_form(form)
    distinct = [m for m in CATALOG.metrics.values() if m.form == form and m.divisions == "distinct"]
    with duckdb.connect() as warehouse:
        warehouse.execute(_STAGING)
        days = [(str(period), period.first_day, period.last_day) for period in reports]
        warehouse.executemany("insert into facts.periods values (?, ?, ?)", days)
        warehouse.executemany("insert into temp.rows values (?, ?, ?, ?, ?)", list(_stored(form, reports)))
        warehouse.execute(f"create temp table form_{form} as {staged_rows(asked)}")
        wide = warehouse.execute(wide_measures(CATALOG, asked))
        names = [column[0] for column in wide.description or ()]
        sides = [dict(zip(names, row, strict=True)) for row in wide.fetchall()]
        members = {
            (metric.metric, period): count
            for metric in distinct
            for period, count in warehouse.execute(
                f"select period, count(distinct member) from ({distinct_members(asked, metric)}) group by period"
            ).fetchall()
        }
    return Measures(sides, members)


def _stored(form: str, reports: Reports) -> Iterator[tuple[Any, ...]]:
    for period, rows in reports.items():
        for row in rows:
            fields = {name: value for name, value in row.items() if name not in ("division", "nil")}
            yield form, row["division"], str(period), row.get("nil", False), msgspec.json.encode(fields).decode()


def by_formula(metric: str, rows: Sequence[Any], period: Period, part: str = "numerator") -> Decimal:
    """One side of a metric added up over typed rows, by the catalog's formula."""
    asked = CATALOG.metrics[metric]
    assert asked.form is not None
    side = compiled(form_expression(the_form(asked.form), getattr(asked.formulas[-1], part)))
    return sum((Decimal(side(Situation(row, period))) for row in rows), Decimal(0))


def published(system: str) -> Mapping[str, PublishedTotal]:
    """What is published of a system, by metric."""
    return {total.metric: total for total in read_published(system=system)}


def missed(system: str, values: Mapping[str, float]) -> list[str]:
    """The metrics whose published total does not come out of `values`, or that only one of the two knows."""
    told = published(system)
    return sorted(
        told.keys() ^ values.keys()
        | {name for name in told.keys() & values.keys() if not keeps(told[name], values[name])}
    )


def keeps(total: PublishedTotal, value: float) -> bool:
    """Whether a value is the published one, or for "over N" lies not far above it."""
    found = Decimal(value)
    return total.agrees(found, total.published) and (
        total.rule != "at_least" or found < total.published * Decimal("1.05")
    )
