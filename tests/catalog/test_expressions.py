"""The subset of SQL that formulas are written in: what is in it, and how the rest is refused."""

import duckdb
import pytest

from services.catalog.expression_sql import rows_sql
from services.catalog.expressions import InvalidExpression, parse

NAMES = {"members": "number", "attended": "number", "held": "boolean", "kind": "text", "held_on": "date"}


def read(text, *, aggregates=False, look_back=False):
    return parse(text, NAMES, aggregates=aggregates, look_back=look_back)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("members", "number"), ("held", "boolean"), ("kind", "text"), ("held_on", "date"), ("null", None),
        ("1.5", "number"), ("'home'", "text"), ("true", "boolean"),
        ("members + 2 * attended - 1", "number"), ("-members", "number"), ("members / attended", "number"),
        ("abs(members - attended)", "number"), ("round(members / 3, 2)", "number"), ("round(members)", "number"),
        ("sqrt(members / 2)", "number"),
        ("greatest(members, attended, 1)", "number"), ("least(members, 3)", "number"),
        ("nullif(members, 0)", "number"), ("(members)", "number"),
        ("members = 1", "boolean"), ("members <> 1", "boolean"), ("members != 1", "boolean"),
        ("members <= attended", "boolean"), ("kind in ('home', 'office')", "boolean"),
        ("members not in (1, 2)", "boolean"), ("members between 1 and attended", "boolean"),
        ("held is null", "boolean"), ("held_on is not null", "boolean"), ("held is true", "boolean"),
        ("not held or members > 0 and attended > 0", "boolean"), ("held_on <= period_last_day()", "boolean"),
        ("days_between(held_on, period_last_day()) > 3", "boolean"), ("month_of_period() = 12", "boolean"),
        ("case when held then members else 0 end", "number"), ("case when held then 1 end", "number"),
        ("members > 0 -- a remark", "boolean"),
    ],
)  # fmt: skip
def test_what_is_in_the_subset_is_read_with_its_kind(text, kind):
    assert read(text).kind == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [("count(*)", "number"), ("sum(members)", "number"), ("max(held_on)", "date"), ("count(kind)", "number"),
     ("sum(members) filter (where held)", "number"), ("count(*) > 3", "boolean"),
     ("sum(members) / nullif(sum(attended), 0)", "number"), ("min(members) + month_of_period()", "number"),
     ("sum(case when held then 1 else 0 end)", "number")],
)  # fmt: skip
def test_formulas_over_several_rows_may_aggregate(text, kind):
    expression = read(text, aggregates=True)

    assert (expression.kind, expression.has_aggregate) == (kind, True)
    with pytest.raises(InvalidExpression):
        read(text)


@pytest.mark.parametrize("text", ["previous(members)", "members > 2 * year_ago(members)", "previous(held) is null"])
def test_looking_back_is_for_where_there_is_something_to_look_back_at(text):
    assert read(text, look_back=True).looks_back
    with pytest.raises(InvalidExpression, match="there is no function"):
        read(text)


@pytest.mark.parametrize(
    "text",
    ["select 1", "members; members", "members as m", "coalesce(members, 0)", "members::text", "kind like 'h%'",
     "members % 2", "members is distinct from 1", "form.members", "*", "kind || 'x'", "members in (select 1)",
     "members in ()", "current_date", "random()", "count(distinct kind)", "sum(members) over ()", "$1", ":members",
     "case members when 1 then 2 end", "exists (select 1)", "date '2021-01-01'", "read_csv('x')", "", "members +",
     "sum(sum(members))", "sum(members) + attended", "max(members, 2)", "if(held, 1, 2)", "count()", "members is 5",
     "count(members, 2)", "members between symmetric 1 and 2", "sqrt()", "sqrt(members, 2)"],
)  # fmt: skip
def test_what_is_outside_the_subset_is_refused(text):
    with pytest.raises(InvalidExpression):
        read(text, aggregates=True, look_back=True)


@pytest.mark.parametrize(
    "text",
    ["members + kind", "members > 'a'", "held + 1", "members and held", "not members", "kind > held_on",
     "kind in ('a', 1)", "members between 1 and 'b'", "case when members then 1 end", "nullif(members, 'x')",
     "case when held then 1 else 'none' end", "days_between(members, held_on)", "sum(held)", "held_on = '2021-01-01'",
     "sum(members) filter (where members)", "greatest(members, held)", "sqrt(kind)"],
)  # fmt: skip
def test_kinds_that_do_not_go_together_are_refused(text):
    with pytest.raises(InvalidExpression, match=r"needed|mixes"):
        read(text, aggregates=True)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("memebrs > 0", "reads 'memebrs', which is not there (did you mean 'members'?)"),
        ("zzz > 0", "reads 'zzz', which is not there"),
        ("previos(members) > 0", "there is no function 'previos' here (did you mean 'previous'?)"),
        ("month_of_periods() = 1", "there is no function 'month_of_periods' here (did you mean 'month_of_period'?)"),
        ("days_between(held_on) > 0", "days_between takes 2 argument(s)"),
        ("previous(members + 1) > 0", "previous takes one name"),
        ("coalesce(members, 0)", "'COALESCE(members, 0)' is not allowed here"),
        ("case kind when 'a' then 1 end", "write `case when …`, not `case x when …`"),
        ("members + kind", "'kind' is a text, a number is needed"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_what_was_probably_meant(text, what):
    with pytest.raises(InvalidExpression) as refusal:
        read(text, look_back=True)

    assert str(refusal.value) == what


@pytest.mark.parametrize("digits", ["-1", "1.5", "members", "'a'", "5", "1, 'x'"])
def test_rounding_is_to_a_few_decimals_that_are_written_down(digits):
    with pytest.raises(InvalidExpression, match="round"):
        read(f"round(members, {digits})")


def test_an_expression_knows_what_it_reads():
    expression = read("members > 0 and previous(attended) > year_ago(members)", look_back=True)

    assert expression.names == {"members", "attended"}
    assert expression.looks_back == {"previous", "year_ago"}
    assert not expression.has_aggregate


def test_a_condition_on_an_aggregate_of_nothing_known_stays_unknown():
    expression = parse("max(attended) > 3", {"attended": "number"}, aggregates=True)
    rows = "(values (false, cast(null as integer))) as r (is_nil, attended)"

    with duckdb.connect() as connection:
        found = connection.execute(f"select {rows_sql(expression)} from {rows}").fetchone()

    assert found == (None,)
