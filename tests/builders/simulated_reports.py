"""Reports of the simulated city, checked as ingest checks them."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
import yaml

from services.catalog.load import load_catalog
from services.catalog.periods import Period
from services.catalog.schema import Form
from services.catalog.validators import Fault, FormValidator
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
