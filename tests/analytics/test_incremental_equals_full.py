"""However reports come in and whenever the warehouse is refreshed, it holds what a full build would."""

from random import Random
from typing import NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.analytics.conftest import CityMaker
from tests.builders.filled_forms import random_rows
from tests.builders.small_city import FORD, HILL, LAKE, VILLAGES, SmallCity, Tables

_PERIODS = {
    "meeting_day": ("2021-11", "2021-12", "2022-01"),
    "collective_income": ("2020-12", "2021-11", "2021-12", "2022-01"),
    "pledge": ("2021-12", "2022-01"),
    "key_task": ("2021-11", "2022-01"),
    "star_rating": ("2020", "2021"),
}


class Event(NamedTuple):
    """A report on its way: sent again it is a correction; `nil` says so where the form has nil."""

    form: str
    period: str
    township: str
    seed: int
    nil: bool
    refresh_after: bool


@st.composite
def events(draw: st.DrawFn) -> Event:
    form = draw(st.sampled_from(sorted(_PERIODS)))
    return Event(
        form,
        draw(st.sampled_from(_PERIODS[form])),
        draw(st.sampled_from(sorted(VILLAGES))),
        draw(st.integers(0, 2**16)),
        draw(st.booleans()) and form == "pledge",
        draw(st.sampled_from((True, False, False, False, False))),
    )


def send(city: SmallCity, event: Event) -> None:
    if event.nil:
        city.report(event.form, event.period, event.township, nil=True)
    else:
        rows = random_rows(event.form, event.period, event.township, Random(event.seed))
        city.report(event.form, event.period, event.township, rows)


def differing(one: Tables, other: Tables) -> dict[str, object]:
    """The relations in which two warehouses differ, with the rows that only one has."""
    assert one.keys() == other.keys()
    found = {name: (set(map(repr, one[name])) ^ set(map(repr, other[name]))) for name in one}
    return {name: sorted(rows)[:6] for name, rows in found.items() if rows or one[name] != other[name]}


@given(coming=st.lists(events(), min_size=3, max_size=12))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
def test_incremental_and_full_give_identical_tables(city_maker: CityMaker, coming: list[Event]):
    with city_maker() as city:
        for event in coming:
            send(city, event)
            if event.refresh_after:
                city.refresh()

        city.refresh()
        city.refresh("full", full=True)

        assert differing(city.tables(), city.tables("full")) == {}


def test_a_full_refresh_of_the_same_warehouse_changes_nothing(city: SmallCity):
    reports = [Event(f, p, t, n, False, False) for n, (f, p) in enumerate(_every_slice()) for t in (HILL, FORD)]
    for event in reports:
        send(city, event)
    city.refresh()
    send(city, reports[0]._replace(seed=99))
    city.refresh()
    before = city.tables()

    city.refresh(full=True)

    assert differing(before, city.tables()) == {}


def test_the_order_of_arrival_does_not_matter(city_maker: CityMaker):
    reports = [Event(f, p, t, n, False, False) for n, (f, p) in enumerate(_every_slice()) for t in (HILL, LAKE)]
    found = []
    for order in (reports, reports[::-1]):
        with city_maker() as city:
            for number, event in enumerate(order):
                send(city, event)
                if number % 9 == 0:
                    city.refresh()
            city.refresh()
            found.append(city.tables())

    one, other = (without_receipts(tables) for tables in found)
    assert differing(one, other) == {}


def without_receipts(tables: Tables) -> Tables:
    """The tables without what says when a report came in and what its receipt is."""
    return {name: rows for name, rows in tables.items() if not name.endswith(".submissions")}


def test_a_replay_of_refresh_changes_nothing_and_publishes_nothing(city: SmallCity):
    for event in (
        Event("meeting_day", "2021-11", HILL, 1, False, False),
        Event("pledge", "2022-01", FORD, 2, True, False),
    ):
        send(city, event)
    city.refresh()
    before = city.tables()

    again = city.refresh()

    assert again.snapshot is None and not again.reports
    assert differing(before, city.tables()) == {}


def _every_slice() -> list[tuple[str, str]]:
    return [(form, period) for form, periods in _PERIODS.items() for period in periods[-2:]]
