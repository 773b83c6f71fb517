"""What reporting says of itself where villages and terminals are concerned."""

from collections.abc import Iterator
from random import Random

import pytest

from tests.analytics.conftest import CityMaker
from tests.builders.filled_forms import random_rows
from tests.builders.moments import at
from tests.builders.small_city import CITY, FORD, H1, HILL, LAKE, SmallCity, the_systems

TODAY = "2021-12-10"


def test_terminals_are_told_apart_by_the_keys_with_which_they_report(city_maker: CityMaker):
    with city_maker(the_systems("meeting_day", "pledge", "reporting")) as city:
        city.clock.set(at(f"{TODAY} 09:00"))
        for form in ("meeting_day", "pledge"):
            city.report(form, "2021-11", HILL, random_rows(form, "2021-11", HILL, Random(1)))
        city.report("meeting_day", "2021-11", LAKE, random_rows("meeting_day", "2021-11", LAKE, Random(1)))
        city.ask(
            """with another as (
                insert into api_key (prefix, hash, name, division, rights, created_at)
                select 'aabbccdd', hash, name, division, rights, created_at from api_key limit 1 returning id
            )
            update submission set key_id = another.id from another where form = 'pledge'"""
        )
        city.refresh()

        seen = city.values("terminals_seen", "2021-12")

    assert [seen[division] for division in (HILL, LAKE, FORD, CITY)] == [2, 1, 0, 3]


@pytest.fixture
def pledges(city_maker: CityMaker) -> Iterator[SmallCity]:
    """A city whose townships may say of a village that there is nothing to report."""
    with city_maker(the_systems("pledge", "reporting")) as city:
        city.clock.set(at(f"{TODAY} 09:00"))
        yield city


def test_a_village_of_which_nothing_but_nil_is_said_is_silent(pledges: SmallCity):
    pledges.report("pledge", "2021-11", HILL, nil=True)
    pledges.refresh()

    assert pledges.values("villages_silent", "2021-12")[H1] == 1


def test_whether_a_village_is_silent_is_not_known_while_a_report_may_yet_come(city_maker: CityMaker):
    with city_maker(the_systems("meeting_day", "pledge", "reporting")) as city:
        city.clock.set(at("2021-12-03 09:00"))
        city.open("meeting_day", "2021-11")
        city.report("pledge", "2021-11", HILL, nil=True)
        city.refresh()
        early = city.values("villages_silent", "2021-12")[H1]

        city.clock.set(at("2021-12-30 09:00"))
        city.refresh()

        assert (early, city.values("villages_silent", "2021-12")[H1]) == (None, 1)
