"""Rows of the simulated city: as townships report them, checked as by ingest, measured as in the warehouse."""

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import duckdb
import msgspec
import yaml

from services.catalog.load import load_catalog
from services.catalog.periods import Period
from services.catalog.validators import Fault, FormValidator
from services.catalog.warehouse import metrics_of, staged_rows, wide_measures
from services.demo.city import Township, simulated_city
from services.demo.rows import Maker, Row
from services.demo.systems import __file__ as systems_file

CATALOG: Final = load_catalog()
LAST_YEAR: Final = 2021
_PUBLISHED: Final = Path(systems_file).parent.parent / "published"

Reports = Mapping[Period, Sequence[Row]]
Measures = dict[tuple[str, str, str], Decimal | None]


def periods_since(first: str) -> Iterator[Period]:
    """The periods from `first` to the end of the simulated years."""
    period = Period.parse(first)
    while period.first_day.year <= LAST_YEAR:
        yield period
        period = period.next


def reported(maker: Maker, since: str, townships: Sequence[Township] | None = None) -> Reports:
    """What `townships` (else the whole city) report, by period."""
    asked = simulated_city() if townships is None else townships
    return {period: [row for township in asked for row in maker(township, period)] for period in periods_since(since)}


def faults_of(form: str, reports: Reports) -> list[Fault]:
    """What ingest would find in these reports, each checked against the one before it."""
    validator, before, found = FormValidator(CATALOG.forms[form]), {}, []
    for period, rows in reports.items():
        checked = validator.check(msgspec.json.encode(list(rows)), period, {"previous": before})
        found += checked.faults
        before = {validator.row_key(row): row for row in checked.rows if row is not None and not row.nil}
    return found


def measured(form: str, reports: Reports) -> Measures:
    """Numerators of the form's metrics as the warehouse computes them: by metric, division and period."""
    asked = CATALOG.forms[form]
    with duckdb.connect() as warehouse:
        warehouse.execute("create schema facts")
        warehouse.execute("create table facts.periods (period varchar, first_on date, last_on date)")
        warehouse.execute(
            "create temp table rows (form varchar, division varchar, period varchar, is_nil boolean, fields json)"
        )
        for period, rows in reports.items():
            warehouse.execute("insert into facts.periods values (?, ?, ?)", [str(period), *_days(period)])
            kept = [[form, row["division"], str(period), row.get("nil", False), _fields(row)] for row in rows]
            if kept:
                warehouse.executemany("insert into temp.rows values (?, ?, ?, ?, ?)", kept)
        warehouse.execute(f"create temp table form_{form} as {staged_rows(asked)}")
        found = warehouse.execute(wide_measures(CATALOG, asked)).fetchall()
        columns = [column[0] for column in warehouse.description or ()]
    rows_by_name = [dict(zip(columns, values, strict=True)) for values in found]
    names = [metric.metric for metric in metrics_of(CATALOG, asked) if metric.divisions != "distinct"]
    return {
        (name, row["division"], row["period"]): row[f"{name}__numerator"] for row in rows_by_name for name in names
    }


def _days(period: Period) -> list[Any]:
    return [period.first_day, period.last_day]


def _fields(row: Row) -> str:
    return json.dumps({name: value for name, value in row.items() if name not in ("division", "nil")})


def summed(measures: Measures, metric: str) -> Decimal:
    """A metric added up over all divisions and periods."""
    return sum((value for (name, *_), value in measures.items() if name == metric and value is not None), Decimal(0))


def added_up(reports: Reports, *fields: str) -> int:
    """The fields of all rows of all periods added up, without the catalog."""
    return sum(row.get(field, 0) for rows in reports.values() for row in rows for field in fields)


def published_of(system: str) -> dict[str, Any]:
    """Metric → what is published of it."""
    return {item["metric"]: item for item in yaml.safe_load((_PUBLISHED / f"{system}.yaml").read_text("utf-8"))}


def keeps(item: Mapping[str, Any], value: float) -> bool:
    """Whether a computed value is the published one, or for "over N" lies not far above it."""
    published = item["published"]
    if item["rule"] == "at_least":
        return bool(published <= value < published * 1.05)
    return bool(item["rule"] == "exact" and value == published)
