"""Killed at any point, the worker takes up where it was: nothing is lost, nothing is doubled."""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

from services.analytics.judge import Verdicts
from services.analytics.publish import published
from services.core.settings import environment_of
from tests.builders.filled_forms import random_rows
from tests.builders.small_city import VILLAGES, SmallCity, read_file

_KILLS = 10
_SLICES = [("pledge", "2021-11"), ("meeting_day", "2021-10"), ("meeting_day", "2021-11"), ("key_task", "2021-12")]


@contextmanager
def a_worker(city: SmallCity) -> Iterator[subprocess.Popen[bytes]]:
    """The worker as a user starts it, once it listens; killed without warning at the end."""
    environment = environment_of(city.settings, database_url=city.address, clock=city.clock.now())
    environment |= {"RORC_REFRESH_DEBOUNCE_MS": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    worker = subprocess.Popen([sys.executable, "-m", "services.cli", "analytics"], env=environment)
    try:
        listens = (
            "select count(*) from pg_stat_activity where datname = current_database() and query ilike 'listen %'"
        )
        for _ in range(1000):
            if city.ask(listens) != [(0,)]:
                break
            assert worker.poll() is None
            time.sleep(0.02)
        yield worker
    finally:
        worker.kill()
        worker.wait()


def newest_is_whole(city: SmallCity) -> bool:
    """Whether the newest snapshot, if there is one, can be read to its end and bears its own name."""
    folder = city.settings.snapshot_dir
    names = published(folder)
    if not names:
        return True
    file = folder / f"{names[-1]}.duckdb"
    said = read_file(file, "select name, (select count(value) from marts.metric_values) > 0 from marts.snapshot")
    return said == [(names[-1], True)]


def test_killed_at_ten_random_points_it_recovers_and_nothing_is_lost_or_doubled(city: SmallCity):
    rng = Random(seed := random.randrange(2**32))
    print("seed", seed)
    for number in range(_KILLS):
        with a_worker(city):
            form, period = _SLICES[number % len(_SLICES)]
            for township in rng.sample(sorted(VILLAGES), 2):
                city.report(form, period, township, random_rows(form, period, township, rng))
            time.sleep(rng.uniform(0, 0.6))
        assert newest_is_whole(city)

    city.settle()
    judged_again = city.refresh("full", full=True).verdicts

    assert city.tables() == city.tables("full")
    newest = city.ask(
        """select id::text from submission as s where not exists (select from submission as later
        where (later.form, later.period, later.division) = (s.form, s.period, s.division)
          and later.revision > s.revision)"""
    )
    assert sorted(city.read("select id from marts.submissions")) == sorted(newest)
    assert judged_again == Verdicts()
    assert_cards_are_sound(city)


def assert_cards_are_sound(city: SmallCity) -> None:
    """One open card for each cause, each raised once, and its colour that of its last event."""
    causes = Counter(city.ask("select rule, division from card where status <> 'closed'"))
    assert causes and set(causes.values()) == {1}
    raised = city.ask(
        """select count(*) filter (where e.event = 'raised')
        from card left join card_event as e on e.card_id = card.id group by card.id"""
    )
    assert set(raised) == {(1,)}
    other_colour = city.ask(
        """select card_id from (select distinct on (card_id) * from card_event order by card_id, id desc) as last
        join card on card.id = card_id where card.colour <> last.colour"""
    )
    assert other_colour == []
