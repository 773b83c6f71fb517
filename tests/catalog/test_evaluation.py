"""Formulas in Python and in DuckDB: the same value for the same row, missing values included."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.catalog.evaluate import Situation, compiled
from services.catalog.expression_sql import rows_sql, scalar_sql
from services.catalog.expressions import parse
from services.catalog.periods import Period

KINDS = {
    "x": "number", "y": "number", "amount": "number", "held": "boolean", "done": "boolean", "kind": "text",
    "held_on": "date",
}  # fmt: skip
TYPES = {
    "x": "bigint", "y": "bigint", "amount": "decimal(18, 4)", "held": "boolean", "done": "boolean",
    "kind": "varchar", "held_on": "date",
}  # fmt: skip
PERIOD = Period.parse("2021-Q3")
NAMES = {kind: [name for name, k in KINDS.items() if k == kind] for kind in ("number", "boolean", "text", "date")}


@pytest.fixture(scope="module")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def numbers(depth: int) -> st.SearchStrategy[str]:
    """Number expressions; divided by powers of two only, so that binary fractions are exact."""
    names = st.sampled_from(NAMES["number"])
    leaf = st.one_of(
        names,
        st.integers(0, 9).map(str),
        st.sampled_from(["0.5", "2.25", "null"]),
        st.builds("{}({})".format, st.sampled_from(["previous", "year_ago"]), names),
        st.sampled_from(["month_of_period()", "days_between(held_on, period_last_day())"]),
    )
    if depth == 0:
        return leaf
    inner = numbers(depth - 1)
    return st.one_of(
        leaf,
        st.builds("({} {} {})".format, inner, st.sampled_from("+-"), inner),
        st.builds("({} * {})".format, inner, st.integers(0, 4)),
        st.builds("({} / {})".format, inner, st.sampled_from([1, 2, 4, 8])),
        st.builds("(- {})".format, inner),
        st.builds("abs({})".format, inner),
        st.builds("round({}, {})".format, leaf, st.integers(0, 4)),
        st.builds("sqrt({})".format, st.one_of(leaf, names.map("({0} * {0})".format))),
        st.builds("nullif({}, {})".format, inner, inner),
        st.builds("{}({}, {})".format, st.sampled_from(["greatest", "least"]), inner, inner),
        st.builds("case when {} then {} else {} end".format, conditions(depth - 1), inner, inner),
        st.builds("case when {} then {} end".format, conditions(depth - 1), inner),
    )


def conditions(depth: int) -> st.SearchStrategy[str]:
    """Conditions over every kind of value."""
    leaf = st.one_of(
        st.sampled_from([*NAMES["boolean"], "true", "false", "null", "previous(held)"]),
        st.builds("kind {} '{}'".format, st.sampled_from(["=", "<>", "<", ">="]), st.sampled_from("abc")),
        st.builds("held_on {} {}".format, st.sampled_from(["<", ">=", "="]), st.sampled_from(
            ["period_first_day()", "period_last_day()", "previous(held_on)"]
        )),
        st.builds("{} is {}null".format, st.sampled_from(list(KINDS)), st.sampled_from(["", "not "])),
        st.builds("held is {}{}".format, st.sampled_from(["", "not "]), st.sampled_from(["true", "false"])),
        st.builds("kind {}in ('a'{})".format, st.sampled_from(["", "not "]), st.sampled_from(["", ", null"])),
    )  # fmt: skip
    if depth == 0:
        return leaf
    inner, number = conditions(depth - 1), numbers(depth - 1)
    return st.one_of(
        leaf,
        st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner),
        st.builds("(not {})".format, inner),
        st.builds("({} {} {})".format, number, st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), number),
        st.builds("({} in ({}, {}))".format, number, number, number),
        st.builds("({} {}between {} and {})".format, number, st.sampled_from(["", "not "]), number, number),
    )


INTEGER = st.none() | st.integers(-20, 20)
DAYS = st.none() | st.dates(date(2021, 6, 25), date(2021, 10, 5))
ROW = st.fixed_dictionaries(
    {
        "x": INTEGER, "y": INTEGER, "amount": st.none() | st.decimals(-20, 20, places=4),
        "held": st.none() | st.booleans(), "done": st.none() | st.booleans(),
        "kind": st.none() | st.sampled_from("abc"), "held_on": DAYS,
    }
)  # fmt: skip
EARLIER = st.none() | ROW


def by_python(text: str, row: dict, previous: dict | None, year_ago: dict | None) -> object:
    expression = parse(text, KINDS, look_back=True)
    rows = [None if values is None else SimpleNamespace(**values) for values in (row, previous, year_ago)]
    return compiled(expression)(Situation(rows[0], PERIOD, rows[1], rows[2]))


def by_duckdb(duck, text: str, row: dict, previous: dict | None, year_ago: dict | None) -> object:
    sql = scalar_sql(parse(text, KINDS, look_back=True))
    values = {
        **{name: (row[name], TYPES[name]) for name in KINDS},
        **{f"previous_{name}": ((previous or {}).get(name), TYPES[name]) for name in KINDS},
        **{f"year_ago_{name}": ((year_ago or {}).get(name), TYPES[name]) for name in KINDS},
        "first_on": (PERIOD.first_day, "date"),
        "last_on": (PERIOD.last_day, "date"),
    }
    columns = ", ".join(f"cast(? as {kind}) as {name}" for name, (_, kind) in values.items())
    found = duck.execute(f"select {sql} from (select {columns})", [value for value, _ in values.values()]).fetchone()
    return found[0]


def same(one: object, other: object) -> bool:
    if one is None or other is None or isinstance(one, (bool, str, date)):
        return one == other
    return abs(Decimal(str(one)) - Decimal(str(other))) < Decimal("1e-6")


@given(text=numbers(3), row=ROW, previous=EARLIER, year_ago=EARLIER)
@settings(max_examples=400, deadline=None)
def test_python_and_duckdb_give_the_same_number(duck, text, row, previous, year_ago):
    given_rows = (row, previous, year_ago)

    assert same(by_python(text, *given_rows), by_duckdb(duck, text, *given_rows)), text


@given(text=conditions(3), row=ROW, previous=EARLIER, year_ago=EARLIER)
@settings(max_examples=600, deadline=None)
def test_python_and_duckdb_decide_the_same(duck, text, row, previous, year_ago):
    given_rows = (row, previous, year_ago)

    assert by_python(text, *given_rows) is by_duckdb(duck, text, *given_rows), text


ONE_ROW = {"x": 5, "y": None, "amount": Decimal("0.1250"), "held": True, "done": None, "kind": "a", "held_on": None}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("y > 0", None), ("held or done", True), ("held and done", None), ("not done", None),
        ("x in (5, null)", True), ("x in (4, null)", None), ("x between 6 and y", False), ("nullif(x, y)", 5),
        ("x / 0", None), ("x / nullif(x - 5, 0)", None), ("greatest(y, 3)", 3), ("least(y, y)", None),
        ("case when done then 1 else 2 end", 2), ("case when done then 1 end", None), ("y is null", True),
        ("sqrt(x + 4)", 3), ("sqrt(x - 5)", 0), ("sqrt(-x)", None), ("sqrt(y)", None), ("sqrt(x / 0)", None),
        ("round(amount, 2)", Decimal("0.13")), ("round(-amount, 2)", Decimal("-0.13")), ("previous(x)", None),
        ("month_of_period()", 9), ("days_between(period_first_day(), period_last_day())", 91),
    ],
)  # fmt: skip
def test_what_is_unknown_stays_unknown_and_nothing_else_does(text, value, duck):
    assert by_python(text, ONE_ROW, None, None) == value
    assert same(by_duckdb(duck, text, ONE_ROW, None, None), value)


ROWS = (
    "(values ('a', false, 3, true), ('b', false, null, false), ('c', true, null, null)) as r(kind, is_nil, x, held)"
)


@pytest.mark.parametrize(
    ("text", "where", "value"),
    [
        ("x", "true", 3), ("x", "kind = 'b'", None), ("x", "kind = 'c'", 0), ("held", "true", 1),
        ("count(*)", "true", 2), ("count(*)", "kind = 'c'", 0), ("sum(x) filter (where held)", "true", 3),
        ("sum(x) filter (where not held)", "kind = 'a'", 0), ("max(x)", "kind = 'c'", None), ("count(x)", "true", 1),
        ("sum(x) / count(*)", "kind = 'c'", None), ("count(*) > 1", "true", 1), ("count(*) > 1", "kind = 'a'", 0),
    ],
)  # fmt: skip
def test_over_rows_nothing_to_report_is_zero_and_not_reported_is_missing(text, where, value, duck):
    sql = rows_sql(parse(text, KINDS, aggregates=True))

    assert duck.execute(f"select {sql} from {ROWS} where {where}").fetchone()[0] == value
