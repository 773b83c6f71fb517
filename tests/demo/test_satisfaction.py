"""The simulated survey: few villages are surely low, and the catalog counts the answers as they were given."""

from math import sqrt

from services.catalog.periods import Period
from tests.builders.simulated_reports import city_rows, filled, measured, periods_of

ENOUGH = 20


def upper_bound(satisfied: int, reached: int) -> float:
    """The upper end of Wilson's interval at 95 %, as the textbook has it."""
    z, share = 1.96, satisfied / reached
    centre = share + z * z / (2 * reached)
    spread = z * sqrt(share * (1 - share) / reached + z * z / (4 * reached * reached))
    return (centre + spread) / (1 + z * z / reached)


def test_every_quarter_some_villages_are_low_beyond_chance_and_most_are_not():
    for period in periods_of("satisfaction"):
        asked = [row for row in city_rows("satisfaction", period) if row.get("reached", 0) >= ENOUGH]
        low = [row for row in asked if upper_bound(row["satisfied"], row["reached"]) < 0.9]
        assert 10 <= len(low) <= 300


def test_the_catalog_counts_answers_and_problems_as_they_were_reported():
    period = Period.parse("2021-Q4")
    rows = list(city_rows("satisfaction", period))[:300]
    answered = filled(rows)

    measures = measured("satisfaction", {period: rows})

    assert measures.total("satisfaction_rate") == sum(row["satisfied"] for row in answered)
    assert measures.total("satisfaction_rate", "denominator") == sum(row["reached"] for row in answered)
    assert measures.total("villager_problems_late") == sum(
        row["problems_due"] - row["problems_in_time"] for row in answered
    )
