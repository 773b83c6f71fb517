"""What the center itself holds becomes figures: orders, contact points, meetings, cards, and reporting itself."""

from collections.abc import Iterator
from datetime import date
from random import Random

import psycopg
import pytest

from services.analytics.refresh import Refreshed
from tests.analytics.conftest import CityMaker
from tests.builders.filled_forms import random_rows
from tests.builders.moments import at
from tests.builders.recorded_steps import Office
from tests.builders.small_city import (
    CITY,
    EAST,
    FORD,
    H1,
    H2,
    H3,
    HILL,
    L1,
    LAKE,
    VILLAGES,
    WEST,
    SmallCity,
    the_systems,
)  # fmt: skip

TODAY = "2021-12-10"
_COLUMNS = "kind, issuer, addressee, subject, text, issued_at, due_on, state, version"
SYSTEMS = ("meeting_day", "rectification", "supervision", "meetings", "cards", "reporting")


def meetings_of(city: SmallCity, period: str, *townships: str) -> None:
    for township in townships:
        city.report("meeting_day", period, township, random_rows("meeting_day", period, township, Random(1)))


@pytest.fixture
def office(city_maker: CityMaker) -> Iterator[Office]:
    """The office of a city that has reported November; it is 10 December."""
    with city_maker(the_systems(*SYSTEMS)) as city:
        city.clock.set(at(f"{TODAY} 09:00"))
        city.open("meeting_day", "2021-10", "2021-12")
        meetings_of(city, "2021-11", *VILLAGES)
        yield Office(city)


def refreshed_on(office: Office, day: str) -> Refreshed:
    office.city.clock.set(at(f"{day} 09:00"))
    return office.city.refresh()


def value(office: Office, metric: str, division: str, period: str = "2021-12") -> float | None:
    found = office.city.value(metric, division, period)
    return None if found is None else found[0]


def test_an_order_counts_in_the_month_of_its_issue_for_its_township_and_all_above(office: Office):
    office.issue(HILL, "2021-12-20", kind="order")
    office.issue(HILL, "2021-12-20", kind="reminder_letter")
    office.issue(FORD, "2021-12-20", kind="site_inspection")
    office.step(office.issue(FORD, "2021-12-20"), "withdrawn", text="重复")
    office.city.refresh()

    found = [value(office, "supervision_issued", division) for division in (HILL, LAKE, EAST, WEST, CITY)]

    assert found == [2, 0, 2, 1, 3]
    assert value(office, "supervision_orders_and_letters", CITY, "2021") == 2
    assert value(office, "supervision_issued", CITY, "2021-11") == 0


def test_an_order_to_a_county_is_the_countys_and_no_townships(office: Office):
    office.issue(EAST, "2021-12-20")
    office.city.refresh()

    assert [value(office, "county_supervision_issued", division) for division in (EAST, WEST, CITY)] == [1, 0, 1]
    assert value(office, "supervision_issued", CITY) == 0


def test_orders_and_letters_about_weak_organisations_are_told_apart(office: Office):
    about = {"metric": "weak_village_standards_rate"}
    office.issue(HILL, "2021-12-20", about=about)
    office.issue(HILL, "2021-12-20", about=about, kind="site_inspection")
    office.issue(HILL, "2021-12-20", about={"metric": "meeting_held_rate"})
    office.city.refresh()

    assert value(office, "weak_village_orders", CITY) == 1


def test_an_order_is_answered_in_time_when_every_reply_came_by_its_day(office: Office):
    prompt, returned = office.issue(HILL, "2021-12-12"), office.issue(LAKE, "2021-12-12")
    office.issue(FORD, "2021-12-31")
    for number in (prompt, returned):
        office.step(number, "replied", text="已办")
    office.step(returned, "returned", text="不清楚", due_on=date(2021, 12, 14))
    office.city.clock.set(at("2021-12-16 09:00"))
    office.step(returned, "replied", text="补充")
    office.city.refresh()

    rates = [value(office, "supervision_in_time_rate", division) for division in (HILL, LAKE, FORD, CITY)]

    assert rates == [1, 0, None, 0.5]
    assert value(office, "supervision_returned_rate", CITY) == pytest.approx(1 / 3)
    assert value(office, "supervision_awaiting", CITY) == 1


def test_an_order_becomes_overdue_in_silence_and_raises_a_card(office: Office):
    office.issue(HILL, "2021-12-12")
    before = refreshed_on(office, "2021-12-12")

    after = refreshed_on(office, "2021-12-13")

    assert before.snapshot is not None and after.snapshot is not None and not after.reports
    assert value(office, "supervision_overdue", HILL) == 1
    cards = office.city.ask("select division, colour from card where rule = 'supervision_overdue'")
    assert cards == [(HILL, "yellow")]


def test_the_same_matter_put_again_is_a_repeat(office: Office):
    for _ in range(2):
        office.issue(HILL, "2021-12-20", subject="同一事项")
    office.city.refresh()

    assert value(office, "supervision_repeated_rate", HILL) == 0.5


def test_a_contact_township_is_one_until_its_contact_ends(office: Office):
    office.keep_in_touch(HILL)
    office.keep_in_touch(FORD)
    office.city.refresh()

    assert [value(office, "contact_townships", d) for d in (HILL, LAKE, CITY)] == [1, 0, 2]
    assert value(office, "contact_townships", CITY, "2021-11") == 0


def test_a_meeting_is_not_missed_before_its_month_is_over_nor_before_any_was_known(office: Office):
    office.hold(EAST, "work_meeting", "2021-11", [(HILL, "present"), (LAKE, "absent")])
    office.city.refresh()

    rates = {m: office.city.values("county_work_meeting_rate", m) for m in ("2021-10", "2021-11", "2021-12")}

    assert rates["2021-10"] == {EAST: None, WEST: None, CITY: None}
    assert rates["2021-11"] == {EAST: 1, WEST: 0, CITY: 0.5}
    assert rates["2021-12"] == {EAST: None, WEST: None, CITY: None}
    assert value(office, "county_meeting_attendance_rate", EAST, "2021-11") == 0.5
    missed = office.city.ask("select division, colour from card where rule = 'county_work_meeting_missed'")
    assert missed == [(WEST, "yellow")]


def test_a_county_that_misses_one_of_the_four_ones_is_shown_a_card(office: Office):
    meetings_of(office.city, "2022-01", HILL)
    office.hold(EAST, "quarterly_analysis", "2021-Q4", on="2021-12-09")
    office.hold(EAST, "committee_study", "2021-H2", on="2021-12-09")
    office.city.refresh()
    early = office.city.ask("select division from card where rule like 'county_%_missed'")

    refreshed_on(office, "2022-02-20")

    rules = (
        "select rule, division from card where rule in ('county_analysis_missed', 'county_study_missed') order by 1"
    )
    assert early == []
    assert office.city.ask(rules) == [("county_analysis_missed", WEST), ("county_study_missed", WEST)]


def test_a_meeting_of_the_city_is_the_citys_alone(office: Office):
    office.hold(CITY, "work_meeting", "2021-11", [(EAST, "present"), (WEST, "present")])
    office.city.refresh()

    assert office.city.values("city_work_meeting_rate", "2021-11") == {CITY: 1}
    assert office.city.values("county_meeting_attendance_rate", "2021-11") == {EAST: None, WEST: None, CITY: None}


def test_a_planned_or_cancelled_meeting_was_not_held(office: Office):
    office.hold(EAST, "work_meeting", "2021-11")
    office.tell(office.plan(WEST, "work_meeting", "2021-11"), "cancelled", text="延期")
    office.city.refresh()

    assert value(office, "county_work_meeting_rate", WEST, "2021-11") == 0


def test_a_follow_up_becomes_overdue_in_silence(office: Office):
    came = [(HILL, "present")]
    number = office.hold(
        EAST, "work_meeting", "2021-11", came, follow_ups=[(HILL, "2021-12-14"), (HILL, "2021-12-13")]
    )
    office.tell(number, "follow_up_done", follow_up=2)
    refreshed_on(office, "2021-12-14")
    before = value(office, "county_follow_ups_overdue", EAST)

    after = refreshed_on(office, "2021-12-15")

    assert after.snapshot is not None
    assert (before, value(office, "county_follow_ups_overdue", EAST)) == (0, 1)
    assert value(office, "county_follow_ups_in_time_rate", EAST) == 0.5


def test_cards_count_in_the_refresh_after_the_one_that_raised_them_and_then_there_is_nothing_new(office: Office):
    office.issue(HILL, "2021-12-12")
    raising = refreshed_on(office, "2021-12-13")
    before = value(office, "cards_open", EAST)

    counting = office.city.refresh()

    open_in_the_east = office.city.ask("select count(*) from card where division like '370112%'")
    assert raising.verdicts.raised > 0 and before == 0
    assert counting.snapshot is not None and [(value(office, "cards_open", EAST),)] == open_in_the_east
    assert office.city.refresh().snapshot is None


def test_a_step_that_changes_no_figure_publishes_nothing(office: Office):
    number = office.issue(HILL, "2021-12-20")
    office.step(number, "replied", text="已办")
    office.city.settle()

    office.step(number, "closed")

    assert office.city.refresh().snapshot is None


def test_an_order_whose_transaction_is_slow_is_not_lost(office: Office):
    office.city.settle()
    with psycopg.connect(office.city.address) as slow:
        slow.execute("select pg_current_xact_id()")
        office.issue(HILL, "2021-12-20")
        office.city.refresh()
        slow.execute(
            f"""with made as (
                insert into supervision_order ({_COLUMNS}) select {_COLUMNS} from supervision_order returning id
            )
            insert into supervision_order_event (order_id, event, at, acted_by, key_id, due_on)
            select made.id, event, at, acted_by, key_id, due_on
            from supervision_order_event cross join made""".encode()
        )
        slow.commit()

    office.city.refresh()

    assert value(office, "supervision_issued", HILL) == 2


def test_who_is_silent_is_told_once_no_time_is_left(office: Office):
    with office.city.at_time_of("2021-10"):
        office.city.refresh()
    early = value(office, "townships_silent", HILL, "2021-11")
    meetings_of(office.city, "2021-10", FORD)

    office.city.refresh()

    assert early is None
    assert [value(office, "townships_silent", d, "2021-11") for d in (HILL, FORD, CITY)] == [1, 0, 3]
    silent = office.city.ask("select count(*) from card where rule = 'township_silent'")
    assert silent == [(0,)], "the latest month decides, and in it all have reported"


def test_a_report_that_comes_after_all_ends_the_silence(office: Office):
    office.city.refresh()

    with office.city.at_time_of("2021-11"):
        meetings_of(office.city, "2021-10", HILL)
    office.city.refresh()

    assert value(office, "townships_silent", HILL, "2021-11") == 0
    assert value(office, "reports_missing", CITY, "2021-11") == 3


def without(city: SmallCity, period: str, *villages: str) -> None:
    """HILL reports its meeting days, with no row of these villages."""
    rows = random_rows("meeting_day", period, HILL, Random(1))
    city.report("meeting_day", period, HILL, [row for row in rows if row["division"] not in villages])


def test_a_village_without_a_row_is_silent_where_its_township_reports_and_only_there(office: Office):
    without(office.city, "2021-10", H2)
    office.city.refresh()

    found = {village: value(office, "villages_silent", village, "2021-11") for village in (H1, H2, L1)}

    assert found == {H1: 0, H2: 1, L1: None}
    assert [value(office, "villages_silent", d, "2021-11") for d in (HILL, LAKE, CITY)] == [1, None, 1]


def test_the_silence_of_a_village_ends_with_the_correction_that_speaks_of_it(office: Office):
    without(office.city, "2021-10", H2)
    office.city.refresh()

    meetings_of(office.city, "2021-10", HILL)
    office.city.refresh()

    assert value(office, "villages_silent", H2, "2021-11") == 0


def test_a_village_that_is_silent_two_months_running_is_shown_a_card(office: Office):
    without(office.city, "2021-10", H2, H3)
    office.city.refresh()
    cards = "select division, colour from card where rule = 'village_silent' order by division"
    early = office.city.ask(cards)

    without(office.city, "2021-11", H2)
    office.city.refresh()

    assert (early, office.city.ask(cards)) == ([], [(H2, "yellow")])
    assert value(office, "villages_silent", H2) == 1


def test_a_card_is_acknowledged_in_time_by_the_day_that_its_own_rule_gives(office: Office):
    office.issue(HILL, "2021-12-12")
    office.issue(FORD, "2021-12-12")
    refreshed_on(office, "2021-12-13")
    ((number, by),) = office.city.ask(
        f"select id, acknowledge_by from card where rule = 'supervision_overdue' and division = '{HILL}'"
    )
    office.city.ask(
        f"""insert into card_event (card_id, event, at, colour, status, actor, division, key_id)
        select {number}, 'acknowledged', '{by} 20:00+08', 'yellow', 'acknowledged', 'division', '{HILL}', min(id)
        from api_key"""
    )
    office.city.ask(f"update card set status = 'acknowledged', revision = revision + 1 where id = {number}")

    refreshed_on(office, str(by))
    office.city.refresh()

    assert value(office, "cards_acknowledged_in_time_rate", EAST) == 1


def test_a_form_that_is_late_or_missing_twice_running_raises_a_card(office: Office):
    refreshed_on(office, "2022-01-20")

    late = [value(office, "forms_late_twice", HILL, month) for month in ("2021-11", "2021-12")]
    office.city.open("meeting_day", "2022-01")
    refreshed_on(office, "2022-02-20")

    assert late == [0, 0]
    cards = office.city.ask("select count(distinct division) from card where rule = 'township_late_twice'")
    assert cards == [(4,)]


def test_timeliness_leaves_out_what_is_still_awaited(office: Office):
    office.city.refresh()

    assert office.city.value("reporting_in_time_rate", CITY, "2021-12") == (1, 4, 4)
    assert office.city.value("reporting_complete_rate", CITY, "2021-11") == (0, 4, 4)


def test_what_the_center_computes_is_nobodys_duty(office: Office):
    office.city.refresh()

    assert office.city.read("select distinct form from marts.compliance") == [("meeting_day",)]
    assert office.city.ask("select distinct form from expected_report") == [("meeting_day",)]
