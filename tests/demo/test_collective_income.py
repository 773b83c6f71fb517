"""The simulated incomes: three years that grow, and the line that every village passes in the end."""

from collections import Counter
from functools import cache

from services.demo.city import SOURCES
from tests.builders.simulated_reports import city_rows, periods_of, published

LINE, DOUBLE = 50_000, 100_000


@cache
def incomes(year: int, months: int = 12) -> Counter[str]:
    """What each village has received in the first months of a year."""
    received: Counter[str] = Counter()
    for period in periods_of("collective_income", year)[:months]:
        for row in city_rows("collective_income", period):
            received[row["division"]] += sum(row[f"income_{source}"] for source in SOURCES)
    return received


def over(year: int, yuan: int) -> int:
    return sum(income >= yuan for income in incomes(year).values())


def test_at_the_end_of_the_year_no_village_is_left_under_the_line():
    told = published("collective_income")["collective_villages_under_50k"]

    assert sum(income < LINE for income in incomes(2021).values()) == told.published


def test_in_the_middle_of_the_year_some_villages_are_on_course_for_less():
    assert 20 <= sum(income * 2 < LINE for income in incomes(2021, 6).values()) <= 150


def test_villages_over_the_upper_line_have_doubled_in_a_year():
    told = published("collective_income")["collective_villages_over_100k"]

    assert told.rule == "at_least_double_of_year_before"
    assert over(2021, DOUBLE) >= told.published * over(2020, DOUBLE)


def test_the_city_earns_more_every_year():
    before, after = (incomes(year).total() for year in (2020, 2021))

    assert after > 1.1 * before
