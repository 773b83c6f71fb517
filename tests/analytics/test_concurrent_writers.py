"""Nothing is skipped and nothing read twice, in whatever order transactions begin and commit."""

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from tests.builders.raw_submissions import write_submission
from tests.builders.small_city import CITY, FORD, GLEN, HILL, LAKE, VILLAGES, SmallCity
from tests.builders.stock_rows import a_stock

FORM, PERIOD = "stock", "2021-11"


@pytest.fixture
def open_city(stock_city: SmallCity) -> SmallCity:
    """A city where the month has begun and is refreshed."""
    stock_city.open(FORM, PERIOD)
    stock_city.refresh()
    return stock_city


@pytest.fixture
def slow(open_city: SmallCity) -> Iterator[psycopg.Connection]:
    """A connection whose transaction has its number already, and takes its time."""
    with psycopg.connect(open_city.address) as connection:
        connection.execute("select pg_current_xact_id()")
        yield connection
        connection.rollback()


def write(connection: psycopg.Connection, township: str, amount: int = 1, revision: int = 1) -> str:
    rows = [a_stock(village, amount) for village in VILLAGES[township]]
    return write_submission(connection, FORM, PERIOD, township, *rows, revision=revision)


def write_at_once(city: SmallCity, township: str, amount: int = 1, revision: int = 1) -> str:
    with psycopg.connect(city.address) as connection:
        return write(connection, township, amount, revision)


def ids(city: SmallCity) -> list[str]:
    return [identity for (identity,) in city.read("select id from marts.submissions")]


def test_what_began_before_an_extract_and_committed_after_it_is_in_the_next(
    open_city: SmallCity, slow: psycopg.Connection
):
    late = write(slow, HILL)
    early = write_at_once(open_city, LAKE)
    open_city.refresh()
    assert ids(open_city) == [early]

    slow.commit()
    open_city.refresh()

    assert sorted(ids(open_city)) == sorted([early, late])
    assert open_city.value("stock_sum", CITY, PERIOD) == (5, 5, 8)


def test_what_is_written_after_an_extract_under_an_older_number_is_in_the_next(
    open_city: SmallCity, slow: psycopg.Connection
):
    early = write_at_once(open_city, LAKE)
    open_city.refresh()
    late = write(slow, HILL)
    slow.commit()

    done = open_city.refresh()

    assert done.reports == {(FORM, PERIOD, HILL)}
    assert sorted(ids(open_city)) == sorted([early, late])


def test_a_correction_that_commits_before_the_report_that_came_first_in_line_wins(
    open_city: SmallCity, slow: psycopg.Connection
):
    write(slow, HILL, amount=1)
    write_at_once(open_city, HILL, amount=5, revision=2)
    open_city.refresh()

    slow.commit()
    open_city.refresh()

    assert open_city.read("select revision from marts.submissions") == [(2,)]
    assert open_city.value("stock_sum", HILL, PERIOD) == (15, 3, 3)


def test_what_was_rolled_back_is_nowhere(open_city: SmallCity, slow: psycopg.Connection):
    write(slow, HILL)
    slow.rollback()

    done = open_city.refresh()

    assert done.snapshot is None and ids(open_city) == []


def test_a_long_transaction_elsewhere_holds_up_no_news_and_repeats_no_work(
    open_city: SmallCity, slow: psycopg.Connection
):
    done = []
    for township in (HILL, LAKE, GLEN):
        write_at_once(open_city, township)
        done += [open_city.refresh(), open_city.refresh()]

    assert [found.reports for found in done[::2]] == [{(FORM, PERIOD, t)} for t in (HILL, LAKE, GLEN)]
    assert [(found.reports, found.snapshot) for found in done[1::2]] == [(frozenset(), None)] * 3
    assert len(ids(open_city)) == 3
    assert slow.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS


def test_many_writers_at_once_lose_nothing_and_double_nothing(open_city: SmallCity):
    with ThreadPoolExecutor(4) as pool:
        writing = [pool.submit(_write_revisions, open_city, township, 5) for township in VILLAGES]
        while not all(done.done() for done in writing):
            open_city.refresh()
    newest = sorted(done.result() for done in writing)

    open_city.refresh()

    assert sorted(ids(open_city)) == newest
    assert open_city.value("stock_sum", CITY, PERIOD) == (5 * 8, 8, 8)
    open_city.refresh("full", full=True)
    assert open_city.tables() == open_city.tables("full")


def _write_revisions(city: SmallCity, township: str, count: int) -> str:
    """The id of the last of several revisions, each in a transaction that dawdles before it commits."""
    identity = ""
    for revision in range(1, count + 1):
        with psycopg.connect(city.address) as connection:
            connection.execute("select pg_current_xact_id()")
            time.sleep(random.random() / 10)
            identity = write(connection, township, amount=revision, revision=revision)
            time.sleep(random.random() / 10)
    return identity


def test_two_refreshes_at_once_wait_for_one_another(open_city: SmallCity):
    write_at_once(open_city, FORD)
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: open_city.refresh(), range(2)))

    assert sorted(len(found.reports) for found in done) == [0, 1]
    assert len(ids(open_city)) == 1


def test_a_division_that_is_registered_during_a_refresh_is_not_overlooked(open_city: SmallCity):
    write_at_once(open_city, FORD)
    register = f"""insert into division (scheme, code, name, level, kind, parent_id, valid_from)
        select 'nbs', '370113002202', '新村', 'village', 'village', id, '2000-01-01'
        from division where code = '{GLEN}'"""

    def register_now(step: str) -> None:
        if step == "extract":
            open_city.ask(register)

    open_city.refresher().refresh(progress=register_now)

    assert len(open_city.refresh().reports) == 4


def test_a_division_that_changes_its_kind_is_built_anew(open_city: SmallCity):
    open_city.ask(f"update division set kind = 'community' where code = '{VILLAGES[GLEN][0]}'")

    open_city.refresh()

    assert ("community",) in open_city.read("select kind from marts.divisions")
