"""Places and comparisons: who is best among whom, and against when."""

from collections.abc import Iterator

import pytest

from tests.analytics.conftest import CityMaker
from tests.builders.small_city import (
    CITY,
    EAST,
    F1,
    F2,
    FORD,
    G1,
    GLEN,
    H1,
    H2,
    H3,
    HILL,
    L1,
    L2,
    LAKE,
    WEST,
    SmallCity,
    the_systems,
)
from tests.builders.stock_rows import report_stocks

AMOUNTS = {H1: 5, H2: 5, H3: 3, L1: 9, L2: 5, F1: 2, F2: 2, G1: 20}


@pytest.fixture(scope="module")
def ranked(city_maker: CityMaker) -> Iterator[SmallCity]:
    """A month that all have reported; to be read only."""
    with city_maker(the_systems("stock")) as city:
        report_stocks(city, "2021-11", AMOUNTS)
        city.refresh()
        yield city


def places(city: SmallCity, metric: str, scope: str = "") -> dict[str, tuple[int | None, int | None]]:
    """Rank and places of every division."""
    prefix = f"{scope}_" if scope else ""
    ranks = city.values(metric, "2021-11", f"{prefix}rank")
    counts = city.values(metric, "2021-11", f"{prefix}places")
    return {division: (rank, counts[division]) for division, rank in ranks.items()}


def test_ties_share_a_place_and_the_next_is_skipped(ranked: SmallCity):
    found = places(ranked, "stock_sum")

    assert [found[v] for v in (H1, H2, H3)] == [(1, 3), (1, 3), (3, 3)]


def test_where_less_is_better_the_smallest_is_first(ranked: SmallCity):
    found = places(ranked, "stock_last")

    assert [found[v] for v in (H1, H2, H3)] == [(2, 3), (2, 3), (1, 3)]


def test_a_metric_without_direction_ranks_nobody(ranked: SmallCity):
    assert set(places(ranked, "stock_kinds").values()) == {(None, None)}


def test_villages_stand_in_their_county_and_townships_in_their_city_too(ranked: SmallCity):
    county, city = places(ranked, "stock_sum", "county"), places(ranked, "stock_sum", "city")

    assert [county[v] for v in (L1, H1, H2, L2, H3)] == [(1, 5), (2, 5), (2, 5), (2, 5), (5, 5)]
    assert [county[t] for t in (LAKE, HILL, GLEN, FORD)] == [(1, 2), (2, 2), (1, 2), (2, 2)]
    assert [city[t] for t in (GLEN, LAKE, HILL, FORD)] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert [city[c] for c in (EAST, WEST)] == [(1, 2), (2, 2)]
    assert city[H1] == (None, None) and places(ranked, "stock_sum")[CITY] == (None, None)


def test_below_the_coverage_floor_there_is_no_place_and_nobody_counts_it(stock_city: SmallCity):
    report_stocks(stock_city, "2021-11", {H1: 50, L1: 1, L2: 1, F1: 2, F2: 2, G1: 3})
    stock_city.refresh()

    found, wider = places(stock_city, "stock_sum"), places(stock_city, "stock_sum", "city")
    assert (found[HILL], found[LAKE], found[H2], found[H1]) == ((None, None), (1, 1), (None, None), (1, 1))
    assert (wider[HILL], wider[GLEN], wider[FORD], wider[LAKE]) == ((None, None), (2, 3), (1, 3), (3, 3))


def test_a_coverage_that_just_reaches_the_floor_has_a_place(stock_city: SmallCity):
    stock_city.open("stock", "2021-08", "2021-09", "2021-10")
    report_stocks(stock_city, "2021-11", {H1: 1, H2: 1, H3: 1, L1: 1, L2: 1})
    report_stocks(stock_city, "2021-12", {L1: 1, L2: 1})

    stock_city.refresh()

    assert stock_city.value("stock_thin", EAST, "2021") == (7, 7, 25)
    assert stock_city.values("stock_thin", "2021", "rank")[EAST] == 1


@pytest.mark.parametrize(("metric", "previous", "year_ago"), [("stock_sum", 4, 3), ("stock_lowest", 4, 3)])
def test_a_value_is_compared_with_the_period_before_and_the_year_before(
    stock_city: SmallCity, metric: str, previous: float, year_ago: float
):
    for period, amount in (("2020-12", 3), ("2021-11", 4), ("2021-12", 9)):
        report_stocks(stock_city, period, {G1: amount})
        stock_city.refresh()

    assert stock_city.values(metric, "2021-12", "previous")[G1] == previous
    assert stock_city.values(metric, "2021-12", "year_ago")[G1] == year_ago
    assert stock_city.values(metric, "2020-12", "previous")[G1] is None


def test_a_correction_changes_the_comparisons_that_look_back_at_it(stock_city: SmallCity):
    for period, amount in (("2020-11", 3), ("2021-11", 4), ("2021-12", 9)):
        report_stocks(stock_city, period, {G1: amount})
    stock_city.refresh()
    report_stocks(stock_city, "2021-11", {G1: 7})
    report_stocks(stock_city, "2020-11", {G1: 1})

    stock_city.refresh()

    assert stock_city.values("stock_sum", "2021-12", "previous")[CITY] == 7
    assert stock_city.values("stock_sum", "2021-11", "year_ago")[WEST] == 1
    assert stock_city.values("stock_sum", "2021-Q4", "year_ago")[GLEN] == 1


def test_a_correction_moves_the_places_of_its_neighbours(stock_city: SmallCity):
    report_stocks(stock_city, "2021-11", AMOUNTS)
    stock_city.refresh()
    report_stocks(stock_city, "2021-11", {L1: 0, L2: 0})

    stock_city.refresh()

    assert places(stock_city, "stock_sum", "county")[H1] == (1, 5)
    assert places(stock_city, "stock_sum", "city")[HILL] == (2, 4)
    assert places(stock_city, "stock_sum")[WEST] == (1, 2)
