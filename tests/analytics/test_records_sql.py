"""The SQL of the center's own records: what it says of itself, and how it counts the life of a card."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from importlib.resources import files

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from services.analytics.extract import RECORDS
from services.analytics.models import tables_read
from services.analytics.recording import records_sql, source_of
from services.catalog.load import load_catalog
from tests.builders.small_city import EAST, HILL

NAMES = sorted(
    file.name.removesuffix(".sql") for file in files("services.analytics").joinpath("records").iterdir()
)  # fmt: skip
COMPUTED = load_catalog().computed_forms


@pytest.mark.parametrize("name", NAMES)
def test_each_says_what_it_reads_and_nothing_else(name: str):
    header = records_sql(name).partition("with ")[0]
    inputs = re.findall(r"\b(?:temp|facts)\.\w+", header.partition("inputs")[2])

    assert all(f"-- {word}" in header for word in ("grain", "key", "inputs", "meaning"))
    assert set(inputs) == tables_read(records_sql(name))


@pytest.mark.parametrize("name", NAMES)
def test_none_turns_missing_into_zero(name: str):
    calls = sqlglot.parse_one(records_sql(name), read="duckdb").find_all(exp.Coalesce)

    assert not [call for call in calls if any(part.name == "0" for part in call.expressions)]


@pytest.mark.parametrize("form", COMPUTED, ids=lambda form: form.form)
def test_each_field_of_a_shipped_form_is_a_column(form):
    columns = {column.alias_or_name for column in sqlglot.parse_one(records_sql(source_of(form))).selects}

    assert {"division", "level", "period", *(field.field for field in form.fields)} <= columns


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    """November and December of one county; it is 10 December."""
    with duckdb.connect() as connection:
        connection.execute("create schema facts")
        for name, shape in RECORDS["cards"].items():
            connection.execute(f"create table facts.{name} ({shape})")
        connection.execute("create temp table moment as select date '2021-12-10' as today")
        connection.execute(
            f"""create temp table spans as
            select '{EAST}' as division, 'county' as level, 'month' as kind, *
            from (values
                ('2021-11', date '2021-11-01', date '2021-11-30', date '2021-11-30', true),
                ('2021-12', date '2021-12-01', date '2021-12-31', date '2021-12-10', false)
            ) as months (period, first_on, last_on, seen_on, is_over)"""
        )
        yield connection


def card(
    warehouse: duckdb.DuckDBPyConnection, number: int, *events: tuple[str, str], status: str = "raised",
    colour: str = "yellow", rule: str = "rule", acknowledge_by: str = "2021-12-01", paused_on: str | None = None,
) -> None:  # fmt: skip
    """A card with its events (what and when), due 15 days after the first."""
    raised_on = date.fromisoformat(events[0][1])
    due_on = date.fromordinal(raised_on.toordinal() + 15)
    warehouse.execute("insert into facts.cards values (?, ?, ?, ?, ?, ?, ?, ?)", [
        number, rule, HILL, status, raised_on, due_on, acknowledge_by, paused_on,
    ])  # fmt: skip
    for place, (event, on) in enumerate(events):
        warehouse.execute("insert into facts.card_events values (?, ?, ?, ?, ?)", [
            number * 100 + place, number, event, date.fromisoformat(on), colour,
        ])  # fmt: skip


def counted(warehouse: duckdb.DuckDBPyConnection, *columns: str) -> Sequence[tuple[object, ...]]:
    """The columns in November and in December."""
    return warehouse.execute(
        f"select {', '.join(columns)} from ({records_sql('cards_month')}) order by period"
    ).fetchall()


def test_a_card_is_open_from_its_raising_until_it_is_closed(warehouse):
    card(
        warehouse, 1, ("raised", "2021-11-20"), ("rectified", "2021-12-01"), ("closed", "2021-12-05"), status="closed"
    )
    card(warehouse, 2, ("raised", "2021-12-04"), colour="red", rule="other")

    found = counted(warehouse, "raised", "open_yellow", "open_red", "open_days", "closed")

    assert found == [(1, 1, 0, 10, 0), (1, 0, 1, 6, 1)]


def test_putting_right_counts_in_the_month_of_the_raising_once_it_is_decided(warehouse):
    card(warehouse, 1, ("raised", "2021-11-20"), ("acknowledged", "2021-11-22"), ("rectified", "2021-12-03"))
    card(warehouse, 2, ("raised", "2021-11-20"), ("acknowledged", "2021-11-29"), rule="second")
    card(warehouse, 3, ("raised", "2021-12-09"), rule="third")

    assert counted(warehouse, "to_put_right", "put_right_in_time") == [(2, 1), (0, 0)]


ACKNOWLEDGED = [
    ([("acknowledged", "2021-11-25")], {"acknowledge_by": "2021-11-25"}, (1, 1)),
    ([("acknowledged", "2021-11-26")], {"acknowledge_by": "2021-11-25"}, (1, 0)),
    ([("acknowledged", "2021-11-22")], {"acknowledge_by": "2021-11-21"}, (1, 0)),
    ([], {"acknowledge_by": "2021-12-09"}, (1, 0)),
    ([], {"acknowledge_by": "2021-12-10"}, (0, 0)),
    ([("escalated", "2021-12-07")], {"acknowledge_by": "2021-12-12", "colour": "red"}, (1, 0)),
    ([("escalated", "2021-11-24"), ("acknowledged", "2021-11-25")], {"acknowledge_by": "2021-11-29"}, (1, 0)),
    ([("acknowledged", "2021-11-22"), ("escalated", "2021-12-06")], {"acknowledge_by": "2021-11-25"}, (1, 1)),
    ([("lifting_proposed", "2021-11-24")], {"acknowledge_by": "2021-11-25", "paused_on": "2021-11-24"}, (0, 0)),
    ([("appealed", "2021-11-24"), ("upheld", "2021-12-02")],
     {"acknowledge_by": "2021-11-25", "paused_on": "2021-11-24", "status": "closed"}, (0, 0)),
]  # fmt: skip


@pytest.mark.parametrize(("events", "life", "found"), ACKNOWLEDGED)
def test_a_card_is_acknowledged_in_time_by_its_own_day(warehouse, events, life, found):
    card(warehouse, 1, ("raised", "2021-11-20"), *events, **life)

    assert counted(warehouse, "to_acknowledge", "acknowledged_in_time") == [found, (0, 0)]


def test_a_second_card_of_the_same_rule_and_division_is_a_repeat(warehouse):
    card(warehouse, 1, ("raised", "2021-11-20"), ("closed", "2021-11-25"), status="closed")
    card(warehouse, 2, ("raised", "2021-12-04"))
    card(warehouse, 3, ("raised", "2021-12-04"), rule="other")

    assert counted(warehouse, "raised", "repeats") == [(1, 0), (2, 1)]


def test_a_card_is_overdue_while_its_cause_is_there_and_no_longer(warehouse):
    card(warehouse, 1, ("raised", "2021-11-10"), ("escalated", "2021-11-27"))
    card(warehouse, 2, ("raised", "2021-11-10"), ("lifting_proposed", "2021-12-02"), rule="other")

    assert counted(warehouse, "open_overdue", "escalated") == [(2, 1), (1, 0)]


@pytest.mark.parametrize(
    ("event", "column"),
    [
        ("acknowledged", "acknowledged"), ("plan_filed", "plans_filed"), ("rectified", "rectified"),
        ("verified", "verified"), ("returned", "returned"), ("appealed", "appealed"), ("upheld", "upheld"),
        ("dismissed", "dismissed"), ("escalated", "escalated"), ("closed", "closed"),
    ],
)  # fmt: skip
def test_each_event_counts_by_its_name_in_its_month(warehouse, event: str, column: str):
    card(warehouse, 1, ("raised", "2021-11-20"), (event, "2021-12-01"))

    assert counted(warehouse, column) == [(0,), (1,)]
