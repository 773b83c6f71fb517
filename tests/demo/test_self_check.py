"""The simulated self-check: its year adds up to what was published, and the catalog counts it alike."""

from services.catalog.periods import Period
from tests.builders.simulated_reports import city_rows, measures_of, published, total

BASICS = ("organisation", "team", "activities", "rules", "support")


def test_the_year_lists_as_many_problems_and_services_as_were_published():
    told = published("self_check")

    assert sum(total("self_check", f"found_{basic}") for basic in BASICS) == told["self_check_found"]["published"]
    assert total("self_check", "services_done") == told["micro_services_done"]["published"]


def test_the_catalog_counts_problems_services_and_funds_as_they_were_reported():
    period = Period.parse("2021-Q3")
    rows = list(city_rows("self_check", period))[:200]

    found = measures_of("self_check", period, rows)

    assert found["self_check_found"]["numerator"] == sum(row[f"found_{basic}"] for row in rows for basic in BASICS)
    assert found["self_check_fixed"]["numerator"] == sum(row[f"fixed_{basic}"] for row in rows for basic in BASICS)
    assert found["micro_services_done"]["numerator"] == sum(row["services_done"] for row in rows)
    assert float(found["micro_service_cost"]["numerator"]) == round(sum(row["funds_spent"] for row in rows), 2)
