"""The simulated self-check: its year adds up to what was published, and the catalog counts it alike."""

from services.catalog.periods import Period
from tests.builders.simulated_reports import added_up, city_rows, measured, missed, reported

BASICS = ("organisation", "team", "activities", "rules", "support")


def test_the_year_lists_as_many_problems_and_services_as_were_published():
    city = reported("self_check")

    totals = {
        "self_check_found": added_up(city, *(f"found_{basic}" for basic in BASICS)),
        "micro_services_done": added_up(city, "services_done"),
    }
    assert missed("self_check", totals) == []


def test_the_catalog_counts_problems_services_and_funds_as_they_were_reported():
    period = Period.parse("2021-Q3")
    rows = list(city_rows("self_check", period))[:200]

    measures = measured("self_check", {period: rows})

    assert measures.total("self_check_found") == sum(row[f"found_{basic}"] for row in rows for basic in BASICS)
    assert measures.total("self_check_fixed") == sum(row[f"fixed_{basic}"] for row in rows for basic in BASICS)
    assert measures.total("micro_services_done") == sum(row["services_done"] for row in rows)
    assert float(measures.total("micro_service_cost")) == round(sum(row["funds_spent"] for row in rows), 2)
