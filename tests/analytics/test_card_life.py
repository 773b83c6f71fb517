"""The life of a card between people and the judge: escalated, raised again or not, and the same when replayed."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random
from typing import Any

import psycopg
import pytest

from services.analytics import worker
from services.analytics.judge import Verdicts
from services.catalog.card_life import (
    Days,
    Life,
    lifting_proposed,
    lifting_withdrawn,
    raised,
    reddened,
    step_of,
    taken,
)
from services.core.clock import TIME_ZONE
from tests.analytics.conftest import CityMaker
from tests.builders.acting import Desk
from tests.builders.moments import at
from tests.builders.small_city import F1, FORD, GLEN, WEST, SmallCity, the_systems
from tests.builders.stock_rows import report_stocks

LOW = "rule = 'stock_low'"
PLAN = {"text": "补足", "due_on": "2021-12-14"}
DAYS = Days(deadline=15, escalate=5)


def cards(city: SmallCity, columns: str = "colour, status, due_on::text") -> list[tuple[Any, ...]]:
    return city.ask(f"select {columns} from card where {LOW} order by id")


def events(city: SmallCity) -> list[str]:
    query = f"select e.event from card_event as e join card as c on c.id = e.card_id where c.{LOW} order by e.id"
    return [event for (event,) in city.ask(query)]


def on(city: SmallCity, day: str) -> Verdicts:
    """The verdicts of a refresh on a day on which nothing came in."""
    city.clock.set(at(f"{day} 09:00"))
    return city.refresh().verdicts


@pytest.fixture
def low_city(stock_city: SmallCity) -> SmallCity:
    """A yellow card was raised on the fifth of December, to be acknowledged by the tenth and right by the 20th."""
    report_stocks(stock_city, "2021-11", {F1: 7})
    assert on(stock_city, "2021-12-05").raised > 0
    return stock_city


@pytest.fixture
def desk(low_city: SmallCity) -> Desk:
    return Desk(low_city)


def number_of(city: SmallCity) -> int:
    return cards(city, "id")[-1][0]


def test_a_yellow_card_that_nobody_acknowledges_becomes_red_without_any_report(low_city: SmallCity):
    before = on(low_city, "2021-12-10")

    verdicts = on(low_city, "2021-12-11")

    assert before == Verdicts()
    assert (verdicts.escalated, verdicts.raised) == (2, 0)
    assert cards(low_city) == [("red", "raised", "2021-12-26")]
    assert events(low_city) == ["raised", "escalated"]


def test_escalating_again_changes_nothing(low_city: SmallCity):
    on(low_city, "2021-12-11")

    again = [on(low_city, "2021-12-11"), on(low_city, "2022-02-01"), low_city.refresh(full=True).verdicts]

    assert again == [Verdicts()] * 3


def test_an_acknowledged_card_has_until_its_deadline_and_then_becomes_red_with_new_days(low_city, desk):
    desk.act(number_of(low_city), FORD, "acknowledged")
    assert on(low_city, "2021-12-20").escalated == 1  # the other rule's, which nobody acknowledged

    assert on(low_city, "2021-12-21").escalated == 1

    assert cards(low_city) == [("red", "acknowledged", "2022-01-05")]


def test_a_card_that_waits_for_the_county_is_not_escalated(low_city, desk):
    number = number_of(low_city)
    desk.act(number, FORD, "appealed", text="数据有误")

    on(low_city, "2022-01-10")
    desk.act(number, WEST, "dismissed", text="数据无误")

    assert cards(low_city) == [("yellow", "raised", "2022-01-25")]
    assert on(low_city, "2022-01-15").escalated == 0
    assert on(low_city, "2022-01-16").escalated == 1


def test_a_value_that_falls_further_is_red_and_leaves_the_plan_with_its_people(low_city, desk):
    number = number_of(low_city)
    desk.act(number, FORD, "acknowledged")
    desk.act(number, FORD, "plan_filed", **PLAN)

    report_stocks(low_city, "2021-11", {F1: 3})
    on(low_city, "2021-12-12")

    assert cards(low_city) == [("red", "plan_filed", "2021-12-27")]


def closed(city: SmallCity, desk: Desk) -> None:
    """The newest card has gone its whole way."""
    number = number_of(city)
    desk.act(number, FORD, "acknowledged")
    desk.act(number, FORD, "plan_filed", **PLAN)
    desk.act(number, FORD, "rectified", text="已补足")
    desk.act(number, WEST, "verified")
    desk.act(number, WEST, "closed")


def upheld(city: SmallCity, desk: Desk) -> None:
    """The newest card was a mistake."""
    desk.act(number_of(city), FORD, "appealed", text="数据有误")
    desk.act(number_of(city), WEST, "upheld", text="属实")


@pytest.mark.parametrize("end", [closed, upheld])
def test_what_people_have_closed_is_not_raised_again_for_the_same_period(low_city, desk, end: Callable[..., None]):
    end(low_city, desk)

    found = [on(low_city, "2021-12-07"), low_city.refresh(full=True).verdicts]
    report_stocks(low_city, "2021-11", {F1: 3})
    found.append(low_city.refresh().verdicts)

    assert [verdicts.raised for verdicts in found] == [0, 0, 0]
    assert [status for _, status, _ in cards(low_city)] == ["closed"]


def test_a_new_bad_period_after_closing_is_a_new_card_that_names_the_one_before(low_city, desk):
    closed(low_city, desk)

    report_stocks(low_city, "2021-12", {F1: 6})
    on(low_city, "2022-01-05")

    first = cards(low_city, "id")[0][0]
    assert cards(low_city, "status, period, previous_card") == [
        ("closed", "2021-11", None),
        ("raised", "2021-12", first),
    ]


def test_a_card_that_was_closed_upon_recovery_comes_again_with_the_next_bad_period(low_city, desk):
    report_stocks(low_city, "2021-12", {F1: 70})
    on(low_city, "2022-01-05")
    desk.act(number_of(low_city), WEST, "closed")

    report_stocks(low_city, "2022-01", {F1: 6})
    on(low_city, "2022-02-05")

    assert [period for (period,) in cards(low_city, "period")] == ["2021-11", "2022-01"]


def test_a_rule_that_is_gone_escalates_nothing(low_city: SmallCity):
    system = low_city.catalog.systems[0].model_copy(update={"cards": ()})
    without = low_city.under(type(low_city.catalog)((system,), "without rules"))

    assert on(without, "2022-01-05").escalated == 0


def test_the_worker_escalates_by_itself(low_city: SmallCity):
    low_city.clock.set(at("2021-12-11 09:00"))
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(low_city.refresher(), stop))

    thread.start()
    for _ in range(200):
        if cards(low_city, "colour") == [("red",)]:
            break
        stop.wait(0.05)
    stop.set()
    thread.join(10)

    assert events(low_city) == ["raised", "escalated"]


def test_a_step_that_meets_the_judge_waits_for_him_and_hears_what_he_did(low_city, desk):
    number = number_of(low_city)
    seen = desk.read(number, FORD).headers["etag"]
    waiting = "select count(*) from pg_locks where not granted and relation = 'card'::regclass"
    with psycopg.connect(low_city.address) as judging, ThreadPoolExecutor() as pool:
        judging.execute("lock table card in share row exclusive mode")
        answer = pool.submit(desk.act_on, number, FORD, seen, "acknowledged")
        while low_city.ask(waiting) == [(0,)]:
            assert not answer.done()

        judging.execute("update card set revision = revision + 1 where id = %s", [number])
        judging.commit()

        assert (answer.result().status_code, answer.result().json()["code"]) == (412, "card_changed")


# --- replayed

_CARD = """select id, rule, division, level, colour, status, period, raised_at, due_on, acknowledge_by, paused_on,
    lifting_proposed_at, appealed_from, previous_card, revision, evidence ->> 'value' from card order by id"""
_EVENT = """select id, card_id, event, at, colour, status, actor, division, text, due_on, evidence ->> 'value',
    evidence ->> 'snapshot' from card_event order by id"""


def play(city: SmallCity, seed: int) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Half a year of reports, refreshes and steps; the cards and events that came of it."""
    rng, desk = Random(seed), Desk(city)
    for month in range(7, 13):
        period = f"2021-{month:02}"
        city.clock.set(at(f"{period}-28 09:00") + timedelta(days=10))
        report_stocks(city, period, {village: rng.choice((3, 7, 8, 60)) for village in (F1, "370113002201")})
        for _ in range(4):
            city.refresh()
            _act_somewhere(city, desk, rng)
            city.clock.set(city.clock.now() + timedelta(days=rng.randint(0, 6)))
    return city.ask(_CARD), city.ask(_EVENT)


def _act_somewhere(city: SmallCity, desk: Desk, rng: Random) -> None:
    """A few steps, each one that is possible for whoever happens to come."""
    for number, division in city.ask("select id, division from card where status <> 'closed' order by id"):
        who = rng.choice((FORD if division == F1 else GLEN, WEST))
        possible = desk.read(number, who).json()["steps"]
        if possible:
            step = rng.choice(possible)
            said = {"text": "说明"} | ({"due_on": "2022-12-31"} if step["due_on"] else {})
            desk.act(number, who, step["event"], **said)


def folded(events_of_one: list[tuple[Any, ...]]) -> Life:
    """The life that the events of one card lead to."""
    life: Life | None = None
    for event, moment, colour in events_of_one:
        now = moment.astimezone(TIME_ZONE)
        today, step = now.date(), step_of(event)
        if life is None:
            life = raised(colour, DAYS, today)
        elif step is not None:
            assert life.allows(step)
            life = taken(life, step, today)
        elif event == "lifting_proposed":
            life = lifting_proposed(life, now)
        elif event == "lifting_withdrawn":
            life = lifting_withdrawn(life, today)
        else:
            life = reddened(life, DAYS, today)
    assert life is not None
    return life


def test_the_same_reports_and_steps_make_the_same_cards_and_events(city_maker: CityMaker):
    with city_maker(the_systems("stock")) as first, city_maker(the_systems("stock")) as second:
        played, again = play(first, seed=1), play(second, seed=1)
        lives = {row[0]: row[1:] for row in first.ask("select id, status, colour, due_on, acknowledge_by from card")}
        told = {
            number: first.ask(f"select event, at, colour from card_event where card_id = {number} order by id")
            for number in lives
        }

    assert played == again
    kinds = {event for _, _, event, *_ in played[1]}
    assert {"escalated", "lifting_proposed", "plan_filed", "closed"} <= kinds
    for number, row in lives.items():
        life = folded(told[number])
        assert (life.status, life.colour, life.due_on, life.acknowledge_by) == row, number
