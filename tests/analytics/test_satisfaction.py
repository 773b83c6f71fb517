"""Satisfaction by telephone: Wilson's interval of a village, and cards only where low is beyond chance."""

from typing import Any

import pytest

from tests.builders.moments import at
from tests.builders.small_city import F1, FORD, GLEN, H1, H2, H3, HILL, SmallCity, the_systems

QUARTER = "2021-Q4"


@pytest.fixture
def surveyed_city(city_maker):
    with city_maker(the_systems("satisfaction")) as city:
        yield city


def an_answer(village: str, satisfied: int, reached: int) -> dict[str, Any]:
    counts = ("problems_raised", "problems_due", "problems_in_time", "problems_solved", "problems_open")
    return {"division": village, "sampled": reached, "reached": reached, "satisfied": satisfied} | dict.fromkeys(
        counts, 0
    )


def bounds(city: SmallCity, division: str) -> list[float | None]:
    values = [city.value(f"satisfaction_{end}_bound", division, QUARTER) for end in ("lower", "upper")]
    return [None if value is None else value[0] for value in values]


def test_a_village_has_the_interval_of_its_counts_and_a_township_its_weakest_village(surveyed_city):
    rows = [an_answer(H1, 45, 50), an_answer(H2, 81, 263), {"division": H3, "nil": True}]
    surveyed_city.report("satisfaction", QUARTER, HILL, rows)

    surveyed_city.refresh()

    # 81 of 263 is an example of Newcombe (1998), table I: 0.2553 to 0.3662.
    assert bounds(surveyed_city, H1) == pytest.approx([0.7864, 0.9565], abs=1e-4)
    assert bounds(surveyed_city, H2) == pytest.approx([0.2553, 0.3662], abs=1e-4)
    assert bounds(surveyed_city, HILL) == bounds(surveyed_city, H2)
    assert surveyed_city.value("satisfaction_rate", HILL, QUARTER)[0] == pytest.approx(126 / 313)


def test_nobody_asked_is_no_interval_and_everybody_satisfied_still_is_one(surveyed_city):
    rows = [an_answer(H1, 0, 0), an_answer(H2, 10, 10), an_answer(H3, 0, 10)]
    surveyed_city.report("satisfaction", QUARTER, HILL, rows)

    surveyed_city.refresh()

    assert bounds(surveyed_city, H1) == [None, None]
    assert bounds(surveyed_city, H2) == pytest.approx([0.7225, 1.0], abs=1e-4)
    assert bounds(surveyed_city, H3) == pytest.approx([0.0, 0.2775], abs=1e-4)


def test_a_card_needs_a_low_rate_a_low_upper_end_and_enough_answers(surveyed_city):
    rows = [an_answer(H1, 30, 50), an_answer(H2, 2, 15), an_answer(H3, 18, 23)]
    surveyed_city.report("satisfaction", QUARTER, HILL, rows)
    surveyed_city.report("satisfaction", QUARTER, FORD, [an_answer(F1, 48, 50)])
    surveyed_city.clock.set(at("2022-01-25 09:00"))

    surveyed_city.refresh()

    assert surveyed_city.ask("select division, colour from card where rule = 'satisfaction_low'") == [(H1, "red")]


def test_a_township_is_judged_by_the_interval_of_its_pooled_counts(surveyed_city):
    surveyed_city.report("satisfaction", QUARTER, HILL, [an_answer(v, 84, 100) for v in (H1, H2, H3)])
    surveyed_city.report("satisfaction", QUARTER, GLEN, [an_answer("370113002201", 42, 50)])
    surveyed_city.clock.set(at("2022-01-25 09:00"))

    surveyed_city.refresh()

    found = surveyed_city.ask("select division, colour from card where rule = 'satisfaction_low_township'")
    assert found == [(HILL, "yellow")]
