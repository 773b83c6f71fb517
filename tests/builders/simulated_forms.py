"""What the simulation reports, checked as ingest checks it and reckoned with the catalog's formulas."""

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from services.catalog.evaluate import Situation, compiled
from services.catalog.load import load_catalog
from services.catalog.periods import Period
from services.catalog.references import form_expression
from services.catalog.validators import CheckedRows, FormValidator
from services.demo import city
from services.demo.city import Township, simulated_city
from services.demo.rows import Maker, Row

CATALOG: Final = load_catalog()
_PUBLISHED: Final = Path(city.__file__).parent / "published"


@cache
def the_city() -> Sequence[Township]:
    """The simulated city, made once."""
    return simulated_city()


def two_townships() -> Sequence[Township]:
    """The largest township, and the one that lags most."""
    return [max(the_city(), key=lambda t: len(t.villages)), max(the_city(), key=lambda t: t.lag)]


def periods(form: str, since: str, until: int = 2021) -> list[Period]:
    """Every period of the form from `since` to the end of the year `until`."""
    first = Period.parse(since)
    years = [Period(year, "year") for year in range(first.year, until + 1)]
    return [p for year in years for p in year.parts(CATALOG.forms[form].periodicity) if not p < first]


def checked_reports(form: str, maker: Maker, since: str) -> dict[Period, CheckedRows]:
    """The reports of two townships over all periods, each checked against those before it."""
    validator = FormValidator(CATALOG.forms[form])
    found: dict[Period, CheckedRows] = {}
    keyed: dict[Period, dict[tuple[object, ...], Any]] = {}
    for period in periods(form, since):
        rows = [row for township in two_townships() for row in maker(township, period)]
        earlier = {"previous": keyed.get(period.previous, {}), "year_ago": keyed.get(period.year_ago, {})}
        found[period] = validator.check(json.dumps(rows).encode(), period, earlier)
        keyed[period] = {validator.row_key(row): row for row in found[period].rows}
    return found


def faults_of(reports: dict[Period, CheckedRows]) -> list[tuple[str, str, str | None]]:
    """Period, code and division of every fault, warnings too."""
    return [(str(period), fault.code, fault.division) for period, found in reports.items() for fault in found.faults]


def by_formula(metric: str, rows: Iterable[Any], period: Period, part: str = "numerator") -> Decimal:
    """The sum of one side of a metric over typed rows, by the catalog's formula."""
    asked = CATALOG.metrics[metric]
    assert asked.form is not None
    side = compiled(form_expression(CATALOG.forms[asked.form], getattr(asked.formulas[-1], part)))
    return sum((Decimal(side(Situation(row, period))) for row in rows), Decimal(0))


def published_totals(system: str) -> list[dict[str, Any]]:
    """The published totals of a system."""
    return yaml.safe_load((_PUBLISHED / f"{system}.yaml").read_text("utf-8"))


def city_rows(form: str, maker: Maker, since: str) -> list[Row]:
    """Every row that the whole city reports."""
    return [row for period in periods(form, since) for township in the_city() for row in maker(township, period)]
