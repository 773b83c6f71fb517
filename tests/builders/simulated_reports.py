"""Reports of the simulated city, checked as ingest checks them."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import duckdb
import msgspec
import yaml

from services.catalog.load import load_catalog
from services.catalog.periods import Period
from services.catalog.schema import Form
from services.catalog.validators import Fault, FormValidator
from services.catalog.warehouse import staged_rows, wide_measures
from services.demo import timeline
from services.demo.makers import filled_forms
from services.demo.rows import Reporter, Row
from tests.house.sources import ROOT

PUBLISHED = ROOT / "services" / "demo" / "published"


@cache
def the_form(name: str) -> Form:
    return load_catalog().forms[name]


def periods_of(form: str, year: int | None = None) -> list[Period]:
    """Every period that the simulation reports a form for, or those of one year."""
    return [p for p in timeline.periods_from(filled_forms()[form].since) if year in (None, p.year)]


def city_rows(form: str, period: Period) -> Iterator[Row]:
    """The rows of all reporters, as their makers give them."""
    for reporter in timeline.reporters_of(the_form(form)):
        yield from filled_forms()[form].make(reporter, period)


def total(form: str, field: str, year: int = 2021) -> Any:
    """A field added up over the whole city and the periods of a year."""
    return sum(row.get(field, 0) for period in periods_of(form, year) for row in city_rows(form, period))


def published(system: str) -> Mapping[str, Any]:
    """What the published file says of each metric."""
    return {item["metric"]: item for item in yaml.safe_load((PUBLISHED / f"{system}.yaml").read_text("utf-8"))}


def faults_of(form: str, reporters: Sequence[Reporter]) -> tuple[int, list[Fault]]:
    """How many rows these reporters send in all periods, and everything that is wrong with them."""
    validator, rows_seen, faults = FormValidator(the_form(form)), 0, []
    for reporter in reporters:
        known: dict[Period, dict[Any, Any]] = {}
        for period in periods_of(form):
            rows = list(filled_forms()[form].make(reporter, period))
            earlier = {"previous": known.get(period.previous, {}), "year_ago": known.get(period.year_ago, {})}
            checked = validator.check(msgspec.json.encode(rows), period, earlier)
            known[period] = {validator.row_key(row): row for row in checked.rows if row is not None}
            rows_seen += len(rows)
            faults += checked.faults
    return rows_seen, faults


def measures_of(form: str, period: Period, rows: Sequence[Row]) -> dict[str, dict[str, Any]]:
    """What the catalog's own SQL makes of rows: for each metric of the form, the sum of each of its sides."""
    asked, kept = the_form(form), FormValidator(the_form(form))
    decoded = kept.check(msgspec.json.encode(rows), period, {}).rows
    stored = [(form, r.division, str(period), r.nil, kept.stored(r).decode()) for r in decoded if r is not None]
    with duckdb.connect() as connection:
        connection.execute("create schema facts")
        connection.execute("create table facts.periods (period varchar, first_on date, last_on date)")
        columns = "form varchar, division varchar, period varchar, is_nil boolean, fields json"
        connection.execute(f"create temp table rows ({columns})")
        connection.execute(
            "insert into facts.periods values (?, ?, ?)", [str(period), period.first_day, period.last_day]
        )
        connection.executemany("insert into temp.rows values (?, ?, ?, ?, ?)", stored)
        connection.execute(f"create temp table form_{form} as {staged_rows(asked)}")
        wide = connection.execute(
            f"select * exclude (division, period) from ({wide_measures(load_catalog(), asked)})"
        )
        names, values = [column[0].split("__") for column in wide.description], wide.fetchall()
    sums: dict[str, dict[str, Any]] = {}
    for number, (metric, side) in enumerate(names):
        sums.setdefault(metric, {})[side] = sum(row[number] for row in values if row[number] is not None)
    return sums
