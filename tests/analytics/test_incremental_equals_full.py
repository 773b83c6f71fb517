"""However reports come in and whenever the warehouse is refreshed, it holds what a full build would."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import NamedTuple

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.analytics.conftest import CityMaker
from tests.builders.filled_forms import random_rows
from tests.builders.recorded_steps import act_at_random
from tests.builders.small_city import (
    CATALOG,
    COUNTIES,
    FORD,
    HILL,
    LAKE,
    VILLAGES,
    SmallCity,
    Tables,
    the_systems,
)
from tests.builders.stock_rows import random_trial_rows

_MONTHS = ("2020-12", "2021-11", "2021-12", "2022-01")
_SLICES = {
    "meeting_day": {"meeting_day": _MONTHS},
    "collective_income": {"collective_income": _MONTHS},
    "pledge": {"pledge": _MONTHS[1:]},
    "key_task": {"key_task": _MONTHS[1:]},
    "star_rating": {"star_rating": ("2020", "2021")},
    "stock": {"stock": _MONTHS, "errand": _MONTHS[1:], "county_visit": ("2021-Q4", "2022-Q1")},
    "quality": {"monthly_points": _MONTHS, "quarterly_points": ("2020-Q4", "2021-Q4")},
}
_SHIPPED = tuple(_SLICES)[:5]
_RECORDED = ("supervision", "meetings", "cards", "reporting")


class Event(NamedTuple):
    """A report on its way: sent again it is a correction; `nil` says so where the form has nil, and what is
    `taken_back` was a slip.

    Before it some days may pass, and somebody may act on orders or meetings.
    """

    form: str
    period: str
    township: str
    seed: int
    nil: bool = False
    refresh_after: bool = False
    days: int = 0
    acts: int = 0
    taken_back: bool = False


def slices_of(systems: Sequence[str]) -> list[tuple[str, str]]:
    """Form and period of what may be reported."""
    return [(form, period) for name in systems for form, periods in _SLICES[name].items() for period in periods]


class History(NamedTuple):
    """What happens to some systems: most of what is due comes in, then a few reports and corrections more."""

    systems: tuple[str, ...]
    first: list[Event]
    then: list[Event]


@st.composite
def histories(draw: st.DrawFn) -> History:
    systems = draw(st.lists(st.sampled_from(sorted(_SLICES)), min_size=1, max_size=2, unique=True))
    recorded = draw(st.lists(st.sampled_from(_RECORDED), max_size=2, unique=True))
    rng = Random(draw(st.integers(0, 2**32)))
    due = [(form, period, township) for form, period in slices_of(systems) for township in VILLAGES]
    first = [Event(*place, rng.randrange(2**32), nil=rng.random() < 0.1) for place in due if rng.random() < 0.7]
    rng.shuffle(first)
    place, seed = st.sampled_from(due), st.integers(0, 2**32)
    event = st.builds(
        lambda place, *others: Event(*place, *others), place, seed, st.booleans(), st.booleans(),
        st.integers(0, 20), st.integers(0, 2 if recorded else 0), st.booleans(),
    )  # fmt: skip
    return History(tuple(sorted([*systems, *recorded])), first, draw(st.lists(event, min_size=1, max_size=4)))


def send(city: SmallCity, event: Event) -> None:
    receipt = report(city, event)
    if event.taken_back:
        city.withdraw(receipt)


def report(city: SmallCity, event: Event) -> dict[str, object]:
    form, period, township = event[:3]
    city.clock.set(city.clock.now() + timedelta(days=event.days))
    for number in range(event.acts):
        act_at_random(city, Random(event.seed + number))
    if event.nil and city.catalog.forms[form].nil:
        return city.report(form, period, township, nil=True)
    reporter = COUNTIES[township] if city.catalog.forms[form].grain == "county" else township
    rng = Random(event.seed)
    shipped = form in CATALOG.forms
    rows = random_rows(form, period, reporter, rng) if shipped else random_trial_rows(form, reporter, rng)
    return city.report(form, period, reporter, rows)


def differing(one: Tables, other: Tables) -> dict[str, object]:
    """The relations in which two warehouses differ, with the rows that only one has."""
    assert one.keys() == other.keys()
    found = {name: (set(map(repr, one[name])) ^ set(map(repr, other[name]))) for name in one}
    return {name: sorted(rows)[:6] for name, rows in found.items() if rows or one[name] != other[name]}


# Without shrinking: an example takes a second, and a hundred smaller ones would take minutes.
@given(history=histories())
@settings(max_examples=15, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate])
def test_incremental_and_full_give_identical_tables(city_maker: CityMaker, history: History):
    with city_maker(the_systems(*history.systems)) as city:
        for event in history.first:
            send(city, event)
        city.refresh()
        for event in history.then:
            send(city, event)
            if event.refresh_after:
                city.refresh()

        city.settle()
        city.refresh("full", full=True)

        assert differing(city.tables(), city.tables("full")) == {}


def one_report_each(*townships: str) -> list[Event]:
    """Two periods of every shipped form."""
    listed = [(form, period) for name in _SHIPPED for form, period in slices_of([name])[-2:]]
    return [Event(form, period, t, seed) for seed, (form, period) in enumerate(listed) for t in townships]


def test_a_full_refresh_of_the_same_warehouse_changes_nothing(city: SmallCity):
    reports = one_report_each(HILL, FORD)
    for event in reports:
        send(city, event)
    city.refresh()
    send(city, reports[0]._replace(seed=99))
    city.settle()
    before = city.tables()

    city.refresh(full=True)

    assert differing(before, city.tables()) == {}


def test_the_order_of_arrival_does_not_matter(city_maker: CityMaker):
    reports, found = one_report_each(HILL, LAKE), []
    for order in (reports, reports[::-1]):
        with city_maker(the_systems(*_SHIPPED)) as city:
            for number, event in enumerate(order):
                send(city, event)
                if number % 9 == 0:
                    city.refresh()
            city.refresh()
            found.append(without_receipts(city.tables()))

    assert differing(*found) == {}


def without_receipts(tables: Tables) -> Tables:
    """The tables without what says when a report came in and what its receipt is."""
    receipts = (".submissions", ".submission_divisions")
    return {name: rows for name, rows in tables.items() if not name.endswith(receipts)}


def test_a_replay_of_refresh_changes_nothing_and_publishes_nothing(city: SmallCity):
    for event in (Event("meeting_day", "2021-11", HILL, 1), Event("pledge", "2022-01", FORD, 2, nil=True)):
        send(city, event)
    city.settle()
    before = city.tables()

    again = city.refresh()

    assert again.snapshot is None and not again.reports
    assert differing(before, city.tables()) == {}
