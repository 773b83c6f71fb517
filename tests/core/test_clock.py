"""The clock: Asia/Shanghai, shifted where a demonstration wants it."""

import time
from datetime import UTC, date, datetime, timedelta

from services.core.clock import Clock, SteppedClock

NAIVE = datetime.fromisoformat


def test_now_is_in_shanghai_and_is_the_machines():
    now = Clock().now()

    assert now.utcoffset() == timedelta(hours=8)
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_shifted_clock_begins_where_it_is_told_and_runs_on():
    clock = Clock(NAIVE("2022-01-25T09:30"))

    first = clock.now()
    time.sleep(0.02)
    second = clock.now()
    assert timedelta(0) < second - first < timedelta(seconds=5)
    assert timedelta(0) <= first - datetime(2022, 1, 25, 1, 30, tzinfo=UTC) < timedelta(seconds=5)


def test_a_moment_of_another_zone_is_the_same_moment():
    assert SteppedClock(datetime(2021, 12, 31, 17, tzinfo=UTC)).today() == date(2022, 1, 1)


def test_a_stepped_clock_stands_until_it_is_set():
    clock = SteppedClock(NAIVE("2021-11-05"))
    before = clock.now()
    clock.set(NAIVE("2021-11-06"))

    assert (before.isoformat(), clock.now().isoformat()) == ("2021-11-05T00:00:00+08:00", "2021-11-06T00:00:00+08:00")
