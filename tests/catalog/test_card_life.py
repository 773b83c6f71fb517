"""The life of a card: every step from every status by everybody, and how its days run."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product
from random import Random

import pytest

from services.catalog.card_life import (
    STATUSES,
    STEPS,
    Days,
    Life,
    lifting_proposed,
    lifting_withdrawn,
    raised,
    reddened,
    sides,
    step_of,
    steps_for,
    taken,
)
from tests.builders.moments import at

DAYS = Days(deadline=15, escalate=5)
FIRST = date(2021, 12, 1)
NOW = at("2021-12-01 09:00")
DIVISION, ABOVE, BOTH = frozenset({"division"}), frozenset({"above"}), frozenset({"division", "above"})

LEADS = {
    ("raised", "acknowledged"): ("division", "acknowledged"),
    ("raised", "appealed"): ("division", "appealed"),
    ("acknowledged", "plan_filed"): ("division", "plan_filed"),
    ("acknowledged", "appealed"): ("division", "appealed"),
    ("plan_filed", "plan_filed"): ("division", "plan_filed"),
    ("plan_filed", "rectified"): ("division", "rectified"),
    ("plan_filed", "appealed"): ("division", "appealed"),
    ("rectified", "verified"): ("above", "verified"),
    ("rectified", "returned"): ("above", "plan_filed"),
    ("verified", "closed"): ("above", "closed"),
    ("appealed", "upheld"): ("above", "closed"),
    ("appealed", "dismissed"): ("above", "acknowledged"),
}
"""Where each step leads; what is not here cannot be done. Appeals of these tests came from acknowledged."""
RECOVERED = {(status, "closed"): ("above", "closed") for status in STATUSES if status not in ("appealed", "closed")}
"""What can be done besides once lifting is proposed."""
WHO = {
    ("village", "village"): DIVISION, ("village", "township"): DIVISION, ("village", "county"): ABOVE,
    ("village", "city"): ABOVE, ("village", "province"): ABOVE, ("township", "township"): DIVISION,
    ("township", "county"): ABOVE, ("township", "city"): ABOVE, ("county", "county"): DIVISION,
    ("county", "city"): ABOVE, ("county", "province"): ABOVE, ("city", "city"): BOTH, ("city", "province"): ABOVE,
}  # fmt: skip


def a_life(status: str = "raised", *, recovered: bool = False) -> Life:
    """A yellow card of the first of December."""
    waits = recovered or status in ("rectified", "verified", "appealed")
    return replace(
        raised("yellow", DAYS, FIRST),
        status=status,
        paused_on=FIRST if waits else None,
        lifting_proposed_at=NOW if recovered else None,
        appealed_from="acknowledged" if status == "appealed" else None,
    )


@pytest.mark.parametrize(("levels", "who"), WHO.items())
@pytest.mark.parametrize("recovered", [False, True])
def test_every_step_from_every_status_is_for_whom_the_table_says(levels, who, recovered):
    leads = LEADS | (RECOVERED if recovered else {})
    for status, step in product(STATUSES, STEPS):
        life = a_life(status, recovered=recovered)
        side, to = leads.get((status, step.event), (None, None))

        possible = step in steps_for(life, sides(*levels))

        assert possible is (side in who), (status, step.event)
        if possible:
            assert taken(life, step, FIRST).status == to


def test_nothing_is_done_with_a_closed_card():
    assert steps_for(a_life("closed", recovered=True), BOTH) == []


def test_what_is_filed_or_refused_wants_a_text_and_a_plan_a_day():
    wanted = {step.event for step in STEPS if step.text}

    assert wanted == {"plan_filed", "rectified", "appealed", "returned", "upheld", "dismissed"}
    assert [step.event for step in STEPS if step.due_on] == ["plan_filed"]
    assert step_of("escalated") is None


def test_an_appeal_that_was_dismissed_is_not_heard_again():
    life = a_life("plan_filed")
    for event in ("appealed", "dismissed"):
        life = taken(life, step_of(event), FIRST)

    assert life.status == "plan_filed"
    assert not life.allows(step_of("appealed"))


def after(days: int) -> date:
    return FIRST + timedelta(days)


@pytest.mark.parametrize(
    ("status", "days", "late"),
    [
        ("raised", 5, False), ("raised", 6, True), ("acknowledged", 15, False), ("acknowledged", 16, True),
        ("plan_filed", 16, True), ("rectified", 99, False), ("verified", 99, False), ("appealed", 99, False),
        ("closed", 99, False),
    ],
)  # fmt: skip
def test_a_yellow_card_is_late_after_its_last_day(status, days, late):
    assert a_life(status).is_late(after(days)) is late
    assert not replace(a_life(status), colour="red").is_late(after(days))
    assert not a_life(status, recovered=True).is_late(after(days))


def test_a_card_that_turns_red_has_its_days_again_and_stays_with_its_people():
    life = reddened(a_life("plan_filed"), DAYS, after(16))

    assert (life.status, life.colour, life.due_on) == ("plan_filed", "red", after(31))


@pytest.mark.parametrize(("away", "back"), [("rectified", "returned"), ("appealed", "dismissed")])
def test_the_days_that_a_card_waited_for_the_level_above_are_given_back(away, back):
    life = taken(a_life("plan_filed"), step_of(away), after(10))

    life = taken(life, step_of(back), after(40))

    assert (life.status, life.due_on, life.paused_on) == ("plan_filed", after(45), None)


def test_the_days_while_lifting_is_proposed_are_given_back_when_it_is_withdrawn():
    life = lifting_proposed(a_life("raised"), NOW + timedelta(days=3))

    life = lifting_withdrawn(life, after(13))

    assert (life.due_on, life.acknowledge_by, life.paused_on) == (after(25), after(15), None)


def test_the_day_for_acknowledging_stays_as_it_was_once_somebody_has():
    life = taken(a_life(), step_of("acknowledged"), after(7))
    life = lifting_withdrawn(lifting_proposed(life, NOW + timedelta(days=8)), after(13))

    life = reddened(life, DAYS, after(21))

    assert (life.acknowledge_by, life.due_on) == (after(5), after(36))


def test_the_day_for_acknowledging_comes_anew_while_nobody_has_if_only_for_an_appeal():
    appealed = taken(a_life(), step_of("appealed"), after(2))

    lives = [reddened(a_life(), DAYS, after(6)), taken(appealed, step_of("dismissed"), after(12))]

    assert [life.acknowledge_by for life in lives] == [after(11), after(15)]


def test_two_reasons_to_wait_stop_the_days_once():
    life = taken(a_life("plan_filed"), step_of("rectified"), after(2))
    life = lifting_proposed(life, NOW + timedelta(days=4))
    life = taken(life, step_of("returned"), after(6))
    assert life.paused_on == after(2)

    life = lifting_withdrawn(life, after(9))

    assert (life.due_on, life.paused_on) == (after(22), None)


def test_whatever_happens_a_card_keeps_the_days_it_has_left():
    rng = Random(seed := 11)
    for _ in range(300):
        life, today, running = raised("red", DAYS, FIRST), FIRST, 0
        for _ in range(12):
            life = _something(life, today, rng)
            if life.status == "closed":
                break
            gone = timedelta(rng.randint(0, 9))
            running += 0 if life.paused_on else gone.days
            today += gone
        else:
            left = (life.due_on - (life.paused_on or today)).days
            assert left == DAYS.deadline - running, seed


def _something(life: Life, today: date, rng: Random) -> Life:
    """Any one thing that may happen to a card without giving it new days."""
    now = datetime.combine(today, NOW.timetz())
    flip = lifting_proposed(life, now) if life.lifting_proposed_at is None else lifting_withdrawn(life, today)
    return rng.choice([flip, *(taken(life, step, today) for step in steps_for(life, BOTH))])
