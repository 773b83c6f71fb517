"""The worker goes on: it hears of news by itself, and outlives what cannot be computed."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from services.analytics import worker
from services.analytics.publish import published
from services.catalog.load import Catalog
from services.catalog.schema import System
from tests.analytics.conftest import CityMaker
from tests.builders.small_city import F1, GLEN, SmallCity, the_systems
from tests.builders.stock_rows import report_stocks


@contextmanager
def working(city: SmallCity) -> Iterator[None]:
    """The worker's loop in a thread; it stops in the end, by itself and without an error."""
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(city.refresher(), stop))
    thread.start()
    yield
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def wait_for_snapshots(city: SmallCity, count: int) -> None:
    """Until so many are there; AssertionError after ten seconds."""
    for _ in range(500):
        if len(published(city.settings.snapshot_dir)) >= count:
            return
        time.sleep(0.02)
    raise AssertionError(f"{count} snapshots never came")


def cubed() -> Catalog:
    """The stock system with a formula that leaves the numbers' range for large amounts."""
    system = the_systems("stock").systems[0].model_dump()
    system["forms"][0]["fields"][0]["maximum"] = 10**9
    system["metrics"][0]["formulas"] = [{"numerator": "amount * amount * amount"}]
    return Catalog((System.model_validate(system),), "cubed")


def test_the_worker_publishes_as_soon_as_a_report_is_in(stock_city: SmallCity):
    with working(stock_city):
        for count in (1, 2):
            report_stocks(stock_city, f"2021-1{count}", {F1: 7})
            wait_for_snapshots(stock_city, count)

    assert stock_city.value("stock_sum", F1, "2021-12") == (7, 1, 1)


def test_the_worker_outlives_a_number_that_is_too_large_and_goes_on_once_it_is_corrected(city_maker: CityMaker):
    with city_maker(cubed()) as city, working(city):
        report_stocks(city, "2021-11", {F1: 10**9})
        time.sleep(0.5)
        report_stocks(city, "2021-11", {F1: 3})
        wait_for_snapshots(city, 1)

        assert city.value("stock_sum", F1, "2021-11") == (27, 1, 1)
        assert city.value("stock_sum", GLEN, "2021-11") == (None, 0, 1)
