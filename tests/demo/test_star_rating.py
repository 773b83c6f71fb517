"""The simulated ratings: from one year to the next some villages win stars, and a few lose one."""

from services.demo.city import simulated_city
from tests.builders.simulated_reports import city_rows, periods_of

GROUPS = ("org_", "body_", "results_", "service_")


def scores(year: int) -> dict[str, int]:
    [period] = periods_of("star_rating", year)
    return {
        row["division"]: sum(points for name, points in row.items() if name.startswith(GROUPS))
        for row in city_rows("star_rating", period)
    }


def test_two_years_are_rated_so_that_stars_are_won_and_lost():
    before, after = scores(2020), scores(2021)
    slips = {village.code for township in simulated_city() for village in township.villages if village.slips_from}

    lost = {village for village in after if after[village] < before[village]}

    assert lost and lost <= slips
    assert sum(after[village] > before[village] for village in after) > len(after) / 2


def test_a_village_that_came_off_the_list_of_weak_ones_says_how():
    before, after = ({row["division"]: row for row in city_rows("star_rating", p)} for p in periods_of("star_rating"))
    off = [
        village for village, row in before.items() if row["veto_weak_list"] and not after[village]["veto_weak_list"]
    ]

    assert off and all(after[village]["note"] for village in off)
