"""What a value says: missing, nil, zero and silence; how it rolls up over divisions and periods."""

import pytest

from tests.builders.filled_forms import a_meeting, a_pledge
from tests.builders.small_city import CITY, EAST, F1, FORD, GLEN, H1, H2, H3, HILL, L1, L2, LAKE, WEST, SmallCity
from tests.builders.stock_rows import a_stock, an_errand, report_stocks


def test_missing_nil_zero_and_silent_stay_four_different_things(stock_city: SmallCity):
    stock_city.report("errand", "2021-11", HILL, [{"division": H1, "nil": True}, an_errand(H2, hours=0)])
    stock_city.refresh()

    assert stock_city.value("errands", H1, "2021-11") == (0, 1, 1)
    assert stock_city.value("errand_hours", H2, "2021-11") == (0, 1, 1)
    assert stock_city.value("errands", H2, "2021-11") == (1, 1, 1)
    assert stock_city.value("errands", H3, "2021-11") == (None, 0, 1)
    assert stock_city.value("errands", LAKE, "2021-11") == (None, 0, 2)
    assert stock_city.value("errands", HILL, "2021-11") == (1, 2, 3)
    assert stock_city.value("errands", H1, "2021-10") is None


def test_a_whole_report_of_nil_is_nought_of_every_village(stock_city: SmallCity):
    stock_city.report("errand", "2021-11", LAKE, nil=True)

    stock_city.refresh()

    assert stock_city.value("errands", LAKE, "2021-11") == (0, 2, 2)
    assert stock_city.value("errand_longest", L1, "2021-11") == (None, 1, 1)


def test_a_field_left_empty_is_missing_though_its_village_reported(stock_city: SmallCity):
    stock_city.report("stock", "2021-11", HILL, [a_stock(H1, 3, room=10), a_stock(H2, 4)])

    stock_city.refresh()

    assert stock_city.value("stock_share", H2, "2021-11") == (None, 0, 1)
    assert stock_city.value("stock_share", HILL, "2021-11") == (0.3, 1, 3)


def test_a_ratio_is_a_sum_over_a_sum_and_no_mean_of_ratios(stock_city: SmallCity):
    stock_city.report("stock", "2021-10", HILL, [a_stock(H1, 90, room=100), a_stock(H2, 0, room=1)])
    stock_city.report("stock", "2021-11", LAKE, [a_stock(L1, 10, room=99)])

    stock_city.refresh()

    assert stock_city.value("stock_share", HILL, "2021-10") == (90 / 101, 2, 3)
    assert stock_city.value("stock_share", EAST, "2021-Q4") == (100 / 200, 3, 10)


def test_each_way_of_rolling_up_over_divisions(stock_city: SmallCity):
    rows = [a_stock(H1, 3, kind="a"), a_stock(H2, 4, kind="b"), a_stock(H3, 11, kind="a")]
    stock_city.report("stock", "2021-11", HILL, rows)
    stock_city.report("stock", "2021-11", LAKE, [a_stock(L1, 20, kind="b"), a_stock(L2, 6)])

    stock_city.refresh()

    expected = {"sum": 44, "lowest": 3, "highest": 20, "median": 6, "large": 3, "kinds": 2}
    for name, value in expected.items():
        assert stock_city.value(f"stock_{name}", EAST, "2021-11") == (value, 5, 5), name
    assert stock_city.value("stock_kinds", L2, "2021-11") == (0, 1, 1)


def test_each_way_of_rolling_up_over_periods(stock_city: SmallCity):
    for month, amount in (("01", 8), ("02", 3), ("03", 5)):
        stock_city.report("stock", f"2021-{month}", GLEN, [a_stock("370113002201", amount)])

    stock_city.refresh()

    expected = {"sum": 16, "last": 5, "lowest": 3, "highest": 8, "median": 5, "to_date": 16}
    for period in ("2021-Q1", "2021-H1", "2021"):
        found = {name: stock_city.value(f"stock_{name}", GLEN, period) for name in expected}
        assert {name: value and value[0] for name, value in found.items()} == expected, period


def test_a_flow_counts_reports_and_a_balance_counts_divisions(stock_city: SmallCity):
    stock_city.open("stock", "2021-10", "2021-11", "2021-12")
    report_stocks(stock_city, "2021-11", {H1: 7, H2: 1})

    stock_city.refresh()

    assert stock_city.value("stock_sum", HILL, "2021-Q4") == (8, 2, 9)
    assert stock_city.value("stock_last", HILL, "2021-Q4") == (8, 2, 3)


def test_to_date_runs_from_january_and_says_nothing_of_a_period_that_has_not_begun(stock_city: SmallCity):
    for month, amount in (("01", 8), ("02", 3)):
        report_stocks(stock_city, f"2021-{month}", {F1: amount})
    report_stocks(stock_city, "2022-01", {F1: 100})

    stock_city.refresh()

    periods = ("2021-01", "2021-02", "2021-03", "2021-Q1", "2021-Q2", "2021-H1", "2021-H2", "2021", "2022-01")
    found = [stock_city.value("stock_to_date", F1, period) for period in periods]
    assert [value and value[0] for value in found] == [8, 11, None, 11, None, 11, None, 11, 100]
    assert stock_city.value("stock_to_date", F1, "2021-02") == (11, 2, 2)


def test_the_last_report_decides_a_balance_even_when_it_has_no_number(stock_city: SmallCity):
    stock_city.report("errand", "2021-10", HILL, [an_errand(H1, hours=30)])
    stock_city.report("errand", "2021-11", HILL, [{"division": H1, "nil": True}])

    stock_city.refresh()

    assert stock_city.value("errand_longest", H1, "2021-11") == (None, 1, 1)
    assert stock_city.value("errand_longest", H1, "2021-Q4") == (None, 1, 1)


def test_a_village_that_fell_silent_keeps_its_last_balance(stock_city: SmallCity):
    report_stocks(stock_city, "2021-10", {H1: 30})
    report_stocks(stock_city, "2021-11", {H2: 2})

    stock_city.refresh()

    assert stock_city.value("stock_last", H1, "2021-Q4") == (30, 1, 1)
    assert stock_city.value("stock_last", HILL, "2021-Q4") == (32, 2, 3)


def test_different_values_are_counted_by_the_last_report_where_the_metric_is_a_balance(stock_city: SmallCity):
    stock_city.report("stock", "2021-10", HILL, [a_stock(H1, 1, kind="a"), a_stock(H2, 1, kind="b")])
    stock_city.report("stock", "2021-11", HILL, [a_stock(H1, 1, kind="c")])

    stock_city.refresh()

    assert stock_city.value("stock_kinds", HILL, "2021-Q4") == (3, 3, 6)
    assert stock_city.value("stock_kinds_last", HILL, "2021-Q4") == (2, 2, 3)


def test_a_new_formula_leaves_earlier_years_as_they_were(stock_city: SmallCity):
    for period in ("2019-12", "2021-12", "2022-01"):
        report_stocks(stock_city, period, {H1: 7})

    stock_city.refresh()

    found = [stock_city.value("stock_by_the_rules", H1, period) for period in ("2019-12", "2021-12", "2022-01")]
    assert [value and value[0] for value in found] == [None, 7, 70]


def test_a_derived_metric_looks_back_a_period_and_is_missing_without_one(stock_city: SmallCity):
    for period, amount in (("2021-12", 7), ("2022-01", 9)):
        report_stocks(stock_city, period, {H1: amount})

    stock_city.refresh()

    assert stock_city.value("stock_growth", H1, "2021-12") == (None, 0, 1)
    assert stock_city.value("stock_growth", H1, "2022-01") == (2, 1, 1)
    assert stock_city.value("stock_growth", HILL, "2022-01") == (2, 1, 3)


def test_a_correction_replaces_the_whole_report(stock_city: SmallCity):
    report_stocks(stock_city, "2021-11", {H1: 7, H2: 1})
    stock_city.refresh()
    report_stocks(stock_city, "2021-11", {H1: 5})

    stock_city.refresh()

    assert stock_city.value("stock_sum", HILL, "2021-11") == (5, 1, 3)
    assert stock_city.value("stock_sum", H2, "2021-Q4") == (None, 0, 1)


def test_a_village_that_was_renamed_counts_once_and_bears_its_new_name(stock_city: SmallCity):
    stock_city.ask(f"update division set valid_to = '2015-01-01' where code = '{H1}'")
    stock_city.ask(
        f"""insert into division (scheme, code, name, level, kind, parent_id, valid_from)
        select scheme, code, '新名', level, kind, parent_id, valid_to from division where code = '{H1}'"""
    )
    report_stocks(stock_city, "2021-11", {H1: 7, H2: 1})

    stock_city.refresh()

    assert stock_city.value("stock_sum", HILL, "2021-11") == (8, 2, 3)
    assert stock_city.read(f"select name from marts.divisions where code = '{H1}'") == [("新名",)]


def test_a_meeting_that_was_missed_is_zero_and_a_village_without_a_row_is_not(city: SmallCity):
    city.report("meeting_day", "2021-11", HILL, [a_meeting(H1, held=False), a_meeting(H2)])

    city.refresh()

    assert [city.value("meeting_held_rate", v, "2021-11") for v in (H1, H2, H3)] == [
        (0, 1, 1),
        (1, 1, 1),
        (None, 0, 1),
    ]
    assert city.value("meeting_held_rate", CITY, "2021-11") == (0.5, 2, 8)
    assert city.value("meeting_attendance_rate", HILL, "2021-11") == (0.8, 2, 3)


def test_a_village_without_pledges_has_none_and_one_that_is_silent_is_not_counted(city: SmallCity):
    rows = [a_pledge(H1, number) for number in (1, 2, 3)] + [{"division": H2, "nil": True}]
    city.report("pledge", "2021-11", HILL, rows)

    city.refresh()

    assert [city.value("pledges", v, "2021-11") for v in (H1, H2, H3)] == [(3, 1, 1), (0, 1, 1), (None, 0, 1)]
    assert city.value("pledge_villages_under_three", HILL, "2021-11") == (1, 2, 3)


def test_money_is_added_to_the_hundredth(city: SmallCity):
    row = {f"income_{s}": 0.01 for s in ("leasing", "services", "cooperatives", "investment", "other")}
    for month in range(1, 13):
        rows = [{"division": v, **row, "expense": 0, "debt": 0} for v in (H1, H2, H3)]
        city.report("collective_income", f"2021-{month:02}", HILL, rows)

    city.refresh()

    numerator = "select numerator from marts.metric_values where metric = 'collective_income' and period = '2021'"
    assert str(city.read(f"{numerator} and division = '{WEST}'")) == "[(None,)]"
    assert str(city.read(f"{numerator} and division = '{CITY}'")[0][0]) == "1.8000"


@pytest.mark.parametrize("form", ["stock", "errand", "county_visit"])
def test_a_period_that_has_only_begun_shows_who_is_asked(stock_city: SmallCity, form: str):
    period = "2021-Q4" if form == "county_visit" else "2021-11"
    stock_city.open(form, period)

    assert stock_city.refresh().snapshot == "snapshot-000001"

    asked = stock_city.read("select division, expected, received from marts.compliance where level = 'city'")
    assert asked == [(CITY, 2 if form == "county_visit" else 4, 0)]
    assert FORD in dict(stock_city.read("select code, name from marts.divisions")) or form == "county_visit"


def test_a_report_that_never_comes_turns_from_awaited_to_missing_by_itself(stock_city: SmallCity):
    stock_city.open("stock", "2021-11")
    question = "select awaited, missing from marts.compliance where level = 'city' and form = 'stock'"
    with stock_city.at_time_of("2021-11"):
        stock_city.refresh()
    [(awaited, missing)] = stock_city.read(question)

    refreshed = stock_city.refresh()

    assert (awaited > 0, missing) == (True, 0)
    assert stock_city.read(question) == [(0, awaited)]
    assert (refreshed.snapshot is not None, stock_city.refresh().snapshot) == (True, None)
