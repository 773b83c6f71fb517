"""Rows that the simulated city reports: checked as ingest checks them, measured as the warehouse measures them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import duckdb
import yaml

from services.catalog.load import load_catalog
from services.catalog.periods import Period
from services.catalog.validators import Fault, FormValidator
from services.catalog.warehouse import distinct_members, staged_rows, wide_measures
from services.demo import systems
from services.demo.city import Township, simulated_city
from services.demo.rows import Maker, Row

CATALOG: Final = load_catalog()
LAST: Final = Period.parse("2021-Q4")
_PUBLISHED: Final = Path(systems.__file__).parent.parent / "published"
_STAGING: Final = """

create schema facts;
create table facts.periods (period varchar, first_on date, last_on date);
create temp table rows (form varchar, division varchar, period varchar, is_nil boolean, fields json)
"""
Reported = list[tuple[Period, Row]]


@cache
def the_city() -> Sequence[Township]:
    return simulated_city()


def two_townships() -> Sequence[Township]:
    """The largest one, and the one that lags most."""
    return [max(the_city(), key=lambda t: len(t.villages)), max(the_city(), key=lambda t: t.lag)]


def reported(maker: Maker, since: str, townships: Sequence[Township]) -> Reported:
    """Every row of these townships from `since` to the end of 2021, with its quarter."""
    first = Period.parse(since)
    quarters = [first.shifted(step) for step in range(LAST.ordinal - first.ordinal + 1)]
    return [(quarter, row) for quarter in quarters for township in townships for row in maker(township, quarter)]


def filled(rows: Reported, *quarters: Period) -> list[Row]:
    """The rows of these quarters that have something to report."""
    return [row for quarter, row in rows if quarter in quarters and "nil" not in row]


def faults_of(form: str, rows: Reported) -> list[Fault]:
    """Everything that is wrong with the rows, warnings too, each checked against the quarter before."""
    validator, found, before = FormValidator(CATALOG.forms[form]), [], {}
    for quarter in sorted({quarter for quarter, _ in rows}):
        sent = json.dumps([row for its, row in rows if its == quarter]).encode()
        checked = validator.check(sent, quarter, {"previous": before})
        before = {validator.row_key(row): row for row in checked.rows}
        found += checked.faults
    return found


def measured(form: str, rows: Reported) -> Mapping[str, Mapping[str, float | None]]:
    """Metric → quarter → value over all the rows, by the SQL that the catalog compiles to."""
    asked = CATALOG.forms[form]
    with duckdb.connect() as warehouse:
        warehouse.execute(_STAGING)
        periods = {(str(q), q.first_day, q.last_day) for q, _ in rows}
        warehouse.executemany("insert into facts.periods values (?, ?, ?)", list(periods))
        warehouse.executemany("insert into temp.rows values (?, ?, ?, ?, ?)", list(_stored(form, rows)))
        warehouse.execute(f"create temp table form_{form} as {staged_rows(asked)}")
        warehouse.execute(f"create table wide as {wide_measures(CATALOG, asked)}")
        metrics = [metric for metric in CATALOG.metrics.values() if metric.form == form]
        return {
            metric.metric: dict(warehouse.execute(_rolled_up(form, metric.metric)).fetchall()) for metric in metrics
        }


def _stored(form: str, rows: Reported) -> Iterable[tuple[Any, ...]]:
    for quarter, row in rows:
        fields = {name: value for name, value in row.items() if name not in ("division", "nil")}
        yield form, row["division"], str(quarter), row.get("nil", False), json.dumps(fields)


def _rolled_up(form: str, name: str) -> str:
    metric = CATALOG.metrics[name]
    if metric.divisions == "distinct":
        members = distinct_members(CATALOG.forms[form], metric)
        return f"select period, count(distinct member) from ({members}) group by period"
    pick = metric.divisions[:3] if metric.divisions in ("maximum", "minimum") else "sum"
    value = f"cast({pick}({name}__numerator) as double)"
    if metric.divisions == "ratio":
        value += f" / cast(nullif(sum({name}__denominator), 0) as double)"
    return f"select period, {value} from wide group by period"


def meets_published(system: str, values: Mapping[str, float]) -> Mapping[str, bool]:
    """Whether each published total of the system comes out of `values`, by metric; a total left out is not met."""
    listed = yaml.safe_load((_PUBLISHED / f"{system}.yaml").read_text("utf-8"))
    return {total["metric"]: total["metric"] in values and _meets(total, values[total["metric"]]) for total in listed}


def _meets(total: Mapping[str, Any], value: float) -> bool:
    wanted = total["published"] * total["factor"]
    if total["rule"] == "at_least":
        return bool(wanted <= value < 1.05 * wanted)
    return bool(round(value, total["digits"]) == wanted if total["rule"] == "rounds_to" else value == wanted)
