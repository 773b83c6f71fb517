"""The simulated counties: each has one or two products, and none goes back."""

from collections import Counter

from services.catalog.periods import Period
from services.demo.city import simulated_counties
from tests.builders.simulated_reports import city_rows, measured, periods_of, published


def test_each_county_has_one_or_two_products_all_year():
    outside = published("county_product")["county_products_outside_one_to_two"]

    for period in periods_of("county_product", 2021):
        chosen = Counter(row["division"] for row in city_rows("county_product", period))
        assert set(chosen) == {county.code for county in simulated_counties()}
        assert sum(count not in (1, 2) for count in chosen.values()) == outside.published


def test_the_catalog_counts_steps_and_copies_as_they_were_reported():
    period = Period.parse("2021-H2")
    rows = list(city_rows("county_product", period))

    measures = measured("county_product", {period: rows})

    assert measures.total("county_products_outside_one_to_two") == 0
    assert measures.total("county_product_progress") == sum(row["steps_done"] for row in rows)
    assert measures.total("county_product_copying_townships") == sum(row["townships_copied"] for row in rows)
    assert measures.total("county_products_behind") == sum(row["steps_done"] < row["steps_due"] for row in rows)
