"""Numbers as people read them."""

import pytest

from dashboards.answers import DivisionRef, Metric, Period, Reading, Text
from dashboards.readable import change, shown, shown_answer, shown_reading
from dashboards.spans import before, fitting, name_of, newest, series_to
from dashboards.stories import Moment
from dashboards.texts import Texts

ZH, EN = Texts("zh"), Texts("en")


def a_metric(form: str, *, direction: str = "higher", unit: str = "", rhythm: str = "month") -> Metric:
    return Metric("m", Text("指标", "Metric"), unit, form, direction, None, rhythm)


def a_reading(value, *, previous=None, year_ago=None, expected=1) -> Reading:
    place = DivisionRef("370114000000", "章丘区", "county")
    return Reading(place, "2021-12", "m", value, None, value, 1, 12, 1, expected, previous, year_ago)


def a_period(code: str, kind: str, first: str, last: str) -> Period:
    return Period(code, kind, first, last)


JUNE = a_period("2021-06", "month", "2021-06-01", "2021-06-30")
JULY = a_period("2021-07", "month", "2021-07-01", "2021-07-31")
FIRST_QUARTER = a_period("2021-Q1", "quarter", "2021-01-01", "2021-03-31")
SECOND_QUARTER = a_period("2021-Q2", "quarter", "2021-04-01", "2021-06-30")
YEAR = a_period("2021", "year", "2021-01-01", "2021-12-31")
ALL = [FIRST_QUARTER, YEAR, SECOND_QUARTER, JUNE, JULY]


@pytest.mark.parametrize(
    ("form", "unit", "value", "chinese", "english"),
    [
        ("share", "percent", 0.9304, "93.0%", "93.0%"),
        ("money", "yuan", 1_286_405_000.0, "128,640.5 万元", "128,640.5 10k yuan"),
        ("score", "point", 80.62, "80.6 分", "80.6 points"),
        ("number", "village", 4691.0, "4,691 个村", "4,691 villages"),
        ("number", "nobody_knows", 1.25, "1.2", "1.2"),
    ],
)
def test_a_value_is_told_in_the_reader_s_units(form, unit, value, chinese, english):
    metric = a_metric(form, unit=unit)

    assert (str(shown(value, metric, ZH)), str(shown(value, metric, EN))) == (chinese, english)


def test_where_space_is_dear_large_values_lose_their_decimal():
    metric = a_metric("money", unit="yuan")

    assert (shown(70_950_000.0, metric, ZH).brief, shown(9_500_000.0, metric, ZH).brief) == ("7,095", "950.0")


def test_zero_is_a_value_and_silence_is_not():
    metric = a_metric("share")

    assert (str(shown(0.0, metric, ZH)), str(shown(None, metric, ZH))) == ("0.0%", "未报")


def test_where_nobody_has_to_report_nothing_is_missing():
    reading = a_reading(None, expected=0)

    assert str(shown_reading(reading, a_metric("share"), EN)) == "not due"


@pytest.mark.parametrize(
    ("form", "value", "previous", "told"),
    [
        ("share", 0.93, 0.91, "▲ 2.0 个百分点"),
        ("money", 93.0, 100.0, "▼ 7.0%"),
        ("score", 80.6, 80.1, "▲ 0.5"),
        ("share", 0.93, 0.93, "持平"),
    ],
)
def test_a_change_is_told_in_points_for_rates_and_percent_for_amounts(form, value, previous, told):
    moved = change(a_reading(value, previous=previous), a_metric(form), ZH)

    assert str(moved) == told


@pytest.mark.parametrize(("direction", "tone"), [("higher", "better"), ("lower", "worse"), ("none", "even")])
def test_more_is_better_only_where_the_catalog_says_so(direction, tone):
    moved = change(a_reading(0.9, previous=0.8), a_metric("share", direction=direction), ZH)

    assert moved is not None
    assert moved.tone == tone


def test_money_is_compared_with_a_year_ago_when_that_is_known():
    reading = a_reading(110.0, previous=50.0, year_ago=100.0)

    moved = change(reading, a_metric("money"), ZH)

    assert moved is not None
    assert (str(moved), moved.base) == ("▲ 10.0%", "year_ago")


@pytest.mark.parametrize("reading", [a_reading(None, previous=1.0), a_reading(1.0), a_reading(1.0, previous=0.0)])
def test_without_two_values_there_is_no_change(reading):
    assert change(reading, a_metric("money"), ZH) is None


@pytest.mark.parametrize(
    ("code", "chinese", "english"),
    [
        ("2021", "2021年", "2021"),
        ("2021-H2", "2021年下半年", "2021, second half"),
        ("2021-Q3", "2021年第3季度", "Q3 2021"),
        ("2021-11", "2021年11月", "Nov 2021"),
    ],
)
def test_a_period_has_a_name_in_both_languages(code, chinese, english):
    assert (name_of(code, ZH), name_of(code, EN)) == (chinese, english)


def test_the_wall_opens_with_the_newest_of_the_shortest_periods():
    assert newest(ALL, "2021-08-01") == JULY


def test_the_wall_does_not_open_with_a_month_that_is_still_under_way():
    assert newest(ALL, "2021-07-31") == JUNE


@pytest.mark.parametrize(
    ("rhythm", "chosen", "read"),
    [
        ("month", JUNE, JUNE),
        ("month", SECOND_QUARTER, SECOND_QUARTER),
        ("quarter", JULY, SECOND_QUARTER),
        ("year", JULY, YEAR),
    ],
)
def test_a_metric_reported_less_often_is_read_in_its_own_newest_period(rhythm, chosen, read):
    assert fitting(a_metric("share", rhythm=rhythm), chosen, ALL) == read


def test_a_series_ends_with_the_chosen_period():
    assert series_to(JUNE, ALL) == [JUNE]
    assert series_to(JULY, ALL) == [JUNE, JULY]


def test_the_first_period_has_none_before_it():
    assert (before(JULY, ALL), before(JUNE, ALL)) == (JUNE, None)


@pytest.mark.parametrize(("reported", "expected", "words"), [(1, 1, "无数值"), (0, 1, "未报"), (0, 0, "不适用")])
def test_a_share_of_nothing_is_not_called_unreported(reported, expected, words):
    told = Moment("2021-12", None, reported, expected)

    assert str(shown_answer(told, a_metric("share"), ZH)) == words
