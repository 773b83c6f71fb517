"""Periods: how they are written, how they nest, and what stands beside them."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.periods import KINDS, InvalidPeriod, Period, periods_of_years

KIND = st.sampled_from(KINDS)
DAY = st.dates(date(1500, 1, 1), date(2500, 12, 31))
PERIOD = st.builds(Period.containing, DAY, KIND)
WRITTEN = st.builds(Period.containing, st.dates(date(1900, 1, 1), date(2199, 12, 31)), KIND)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2021", "2021-01-01", "2021-12-31"),
        ("2021-H1", "2021-01-01", "2021-06-30"),
        ("2021-H2", "2021-07-01", "2021-12-31"),
        ("2021-Q3", "2021-07-01", "2021-09-30"),
        ("2021-11", "2021-11-01", "2021-11-30"),
        ("2020-02", "2020-02-01", "2020-02-29"),
        ("2100-02", "2100-02-01", "2100-02-28"),
    ],
)
def test_a_period_has_the_days_that_its_code_says(text, first, last):
    period = Period.parse(text)

    assert (period.first_day.isoformat(), period.last_day.isoformat()) == (first, last)


@pytest.mark.parametrize(
    "text",
    ["", "21", "2021-", "2021-H3", "2021-Q0", "2021-Q5", "2021-00", "2021-13", "2021-1", "2021-H1 ", " 2021",
     "2021-h1", "1000-01", "1899", "2200", "3000", "2021-11-05", "2021/11", "２０２１", "2021-1１", "2021\n"],
)  # fmt: skip
def test_what_is_no_period_is_refused(text):
    with pytest.raises(InvalidPeriod):
        Period.parse(text)


@pytest.mark.parametrize(("kind", "number"), [("year", 2), ("half", 0), ("half", 3), ("quarter", 5), ("month", 13)])
def test_there_is_no_period_beyond_the_year(kind, number):
    with pytest.raises(InvalidPeriod, match=f"no {kind} {number} in 2021"):
        Period(2021, kind, number)


@given(st.from_regex(r"(19|20|21)\d\d(-([HQ]?\d{1,2}))?", fullmatch=True))
def test_a_period_is_written_in_one_way_only(text):
    try:
        period = Period.parse(text)
    except InvalidPeriod:
        return

    assert str(period) == text


@given(WRITTEN)
def test_a_period_is_read_back_from_its_code(period):
    assert Period.parse(str(period)) == period


@given(DAY, KIND)
def test_a_day_lies_in_the_period_that_contains_it(day, kind):
    period = Period.containing(day, kind)

    assert period.first_day <= day <= period.last_day


@given(PERIOD)
def test_the_next_period_begins_the_day_after(period):
    assert period.next.first_day == period.last_day + timedelta(days=1)
    assert period.next.previous == period
    assert period.next.ordinal == period.ordinal + 1


@given(PERIOD, st.integers(-200, 200), st.integers(-200, 200))
def test_steps_add_up(period, one, other):
    assert period.shifted(one).shifted(other) == period.shifted(one + other)


@given(PERIOD)
def test_a_year_is_as_many_steps_as_it_has_parts(period):
    steps = len(Period(period.year, "year").parts(period.kind))

    assert period.year_ago == period.shifted(-steps)
    assert period.year_later == period.shifted(steps)


@pytest.mark.parametrize("text", ["1900", "1900-01", "1900-Q1", "2199", "2199-12", "2199-H2"])
def test_whatever_can_be_written_has_neighbours_for_a_lifetime(text):
    period = Period.parse(text)

    century = 100 * len(Period(period.year, "year").parts(period.kind))
    assert period.shifted(-century).year == period.year - 100
    assert period.shifted(century).year == period.year + 100
    assert period.year_ago and period.year_later


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [("2021", "2020", "2022"), ("2021-H1", "2020-H2", "2021-H2"), ("2021-Q4", "2021-Q3", "2022-Q1"),
     ("2021-12", "2021-11", "2022-01"), ("2021-01", "2020-12", "2021-02")],
)  # fmt: skip
def test_neighbours_cross_the_end_of_the_year(text, before, after):
    period = Period.parse(text)

    assert (str(period.previous), str(period.next)) == (before, after)


@given(PERIOD, KIND)
def test_the_parts_cover_a_period_without_gap_or_overlap(period, kind):
    parts = period.parts(kind)

    if not parts:
        assert KINDS.index(kind) < KINDS.index(period.kind)
        return
    assert (parts[0].first_day, parts[-1].last_day) == (period.first_day, period.last_day)
    assert all(left.next == right for left, right in pairwise(parts))
    assert all(period.contains(part) for part in parts)


@given(PERIOD, PERIOD)
def test_a_period_contains_another_when_it_has_all_its_days(one, other):
    days = one.first_day <= other.first_day <= other.last_day <= one.last_day

    assert one.contains(other) is days


@given(PERIOD, KIND)
def test_to_date_runs_from_new_year_to_the_end_of_the_period(period, kind):
    parts = period.to_date(kind)

    assert all(part.last_day <= period.last_day for part in parts)
    if period.parts(kind):
        assert parts[0].first_day == date(period.year, 1, 1)
        assert parts[-1].last_day == period.last_day


def test_to_date_of_a_month_in_quarters_has_those_that_are_over():
    assert [str(p) for p in Period.parse("2021-08").to_date("quarter")] == ["2021-Q1", "2021-Q2"]


def test_around_are_the_longer_periods_that_contain_it_shortest_first():
    assert [str(p) for p in Period.parse("2021-08").around()] == ["2021-08", "2021-Q3", "2021-H2", "2021"]
    assert [str(p) for p in Period.parse("2021").around()] == ["2021"]


@given(st.lists(PERIOD, min_size=2, max_size=8))
def test_sorting_is_by_first_day_the_longer_first(periods):
    ordered = sorted(periods)

    keys = [(p.first_day, KINDS.index(p.kind)) for p in ordered]
    assert keys == sorted(keys)


def test_all_periods_of_a_year_are_nineteen():
    found = periods_of_years(range(2021, 2022))

    assert len(found) == len(set(found)) == 1 + 2 + 4 + 12
    assert [str(p) for p in found[:4]] == ["2021", "2021-H1", "2021-H2", "2021-Q1"]
