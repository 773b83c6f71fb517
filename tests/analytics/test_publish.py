"""Snapshots appear whole, stay as they are, and go when there are enough newer ones."""

import threading
from pathlib import Path

import duckdb
import psycopg
import pytest

from services.analytics.publish import published
from services.analytics.refresh import Refresher
from services.catalog.load import Catalog
from tests.builders.moments import at
from tests.builders.small_city import G1, GLEN, H1, SmallCity, read_file
from tests.builders.stock_rows import report_stocks

PERIOD = "2021-11"


def refresh_with(city: SmallCity, amount: int, keep: int = 3) -> str | None:
    """The snapshot that says `amount`."""
    report_stocks(city, PERIOD, {G1: amount})
    settings = city.settings.model_copy(update={"keep_snapshots": keep})
    return Refresher(settings, city.address, city.catalog, city.clock).refresh().snapshot


def amount_in(file: Path) -> tuple[object, ...]:
    """The name that a snapshot bears, and what it says at each level."""
    (name,) = read_file(file, "select name from marts.snapshot")[0]
    where = f"metric = 'stock_sum' and period = '{PERIOD}' and value is not null"
    values = read_file(file, f"select value from marts.metric_values where {where}")
    return (name, *values)


def test_readers_never_see_half_a_snapshot(stock_city: SmallCity):
    folder, stop, seen = stock_city.settings.snapshot_dir, threading.Event(), []
    refresh_with(stock_city, 1)

    def read() -> None:
        while not stop.is_set():
            name = published(folder)[-1]
            seen.append((name, amount_in(folder / f"{name}.duckdb")))

    reader = threading.Thread(target=read)
    reader.start()
    for amount in range(2, 8):
        refresh_with(stock_city, amount)
    stop.set()
    reader.join()

    assert len({name for name, _ in seen}) > 1
    number = {name: float(name.removeprefix("snapshot-")) for name, _ in seen}
    assert [found for name, found in seen if found != (name, *[(number[name],)] * 4)] == []


def test_a_snapshot_has_its_whole_size_from_the_moment_it_can_be_seen(stock_city: SmallCity):
    folder, stop, sizes = stock_city.settings.snapshot_dir, threading.Event(), set()

    def watch() -> None:
        while not stop.is_set():
            sizes.update((file.name, file.stat().st_size) for file in folder.glob("*.duckdb"))

    watcher = threading.Thread(target=watch)
    watcher.start()
    names = [refresh_with(stock_city, amount) for amount in (1, 2, 3)]
    stop.set()
    watcher.join()

    assert {name for name, _ in sizes} <= {f"{name}.duckdb" for name in names}
    assert len(sizes) == len({name for name, _ in sizes}) > 0


def test_only_the_newest_snapshots_are_kept(stock_city: SmallCity):
    names = [refresh_with(stock_city, amount, keep=2) for amount in range(1, 6)]

    assert published(stock_city.settings.snapshot_dir) == names[-3:]


def refreshed_at(city: SmallCity, moment: str, amount: int, **settings: int) -> str | None:
    """The snapshot of a moment, of which as few are kept as can be."""
    city.clock.set(at(moment))
    report_stocks(city, PERIOD, {G1: amount})
    few = city.settings.model_copy(update={"keep_snapshots": 0, **settings})
    return Refresher(few, city.address, city.catalog, city.clock).refresh().snapshot


def test_the_last_snapshot_of_each_closed_month_is_kept_as_well(stock_city: SmallCity):
    moments = ["2022-01-05", "2022-01-31", "2022-02-10", "2022-03-01", "2022-03-30", "2022-04-02", "2022-04-03"]

    names = [refreshed_at(stock_city, f"{day} 09:00", number) for number, day in enumerate(moments)]

    assert published(stock_city.settings.snapshot_dir) == [names[n] for n in (1, 2, 4, 6)]


def test_months_that_are_over_for_longer_than_the_setting_says_are_let_go(stock_city: SmallCity):
    moments = ["2022-01-31", "2022-02-10", "2022-03-30", "2022-04-02"]

    names = [refreshed_at(stock_city, f"{day} 09:00", n, keep_period_snapshots=1) for n, day in enumerate(moments)]

    assert published(stock_city.settings.snapshot_dir) == names[2:]


def test_a_snapshots_file_has_the_time_of_its_data(stock_city: SmallCity):
    name = refreshed_at(stock_city, "2022-02-10 09:00", 1)

    file = stock_city.settings.snapshot_dir / f"{name}.duckdb"
    assert file.stat().st_mtime == at("2022-02-10 09:00").timestamp()


def test_a_snapshot_that_somebody_reads_stays_readable_when_it_is_gone(stock_city: SmallCity):
    name = refresh_with(stock_city, 1)
    file = stock_city.settings.snapshot_dir / f"{name}.duckdb"
    with duckdb.connect(str(file), read_only=True) as reader:
        for amount in (2, 3):
            refresh_with(stock_city, amount, keep=0)

        assert not file.exists()
        assert reader.execute("select max(value) from marts.metric_values").fetchone() == (1,)


def test_a_published_snapshot_never_changes(stock_city: SmallCity):
    name = refresh_with(stock_city, 1)
    file = stock_city.settings.snapshot_dir / f"{name}.duckdb"
    before = file.read_bytes()

    for amount in (2, 3):
        refresh_with(stock_city, amount)

    assert file.read_bytes() == before


def test_a_crash_while_the_warehouse_is_copied_loses_nothing(stock_city: SmallCity):
    refresh_with(stock_city, 3)
    file = stock_city.settings.working_file
    file.rename(file.with_suffix(".part"))
    with file.with_suffix(".part").open("r+b") as half:
        half.truncate(4096)

    name = refresh_with(stock_city, 4)

    assert name == "snapshot-000002"
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    assert amount_in(stock_city.settings.snapshot_dir / f"{name}.duckdb") == (name, *[(4.0,)] * 4)


def test_a_snapshot_that_was_built_and_not_published_is_published_by_the_next_refresh(stock_city: SmallCity):
    name = refresh_with(stock_city, 4)
    file = stock_city.settings.snapshot_dir / f"{name}.duckdb"
    file.unlink()

    again = stock_city.refresh()

    assert (again.snapshot, amount_in(file)) == (name, (name, *[(4.0,)] * 4))


def test_a_warehouse_that_cannot_be_opened_is_built_anew_under_the_next_name(stock_city: SmallCity):
    refresh_with(stock_city, 4)
    stock_city.settings.working_file.write_bytes(b"no warehouse")

    again = stock_city.refresh()

    assert again.snapshot == "snapshot-000002"
    assert stock_city.value("stock_sum", GLEN, PERIOD) == (4, 1, 1)


def test_each_snapshot_is_announced_once_it_can_be_opened(stock_city: SmallCity):
    with psycopg.connect(stock_city.address, autocommit=True) as listener:
        listener.execute("listen rorc_snapshots")
        names = [refresh_with(stock_city, amount) for amount in (1, 2)]
        stock_city.refresh()

        heard = [notice.payload for notice in listener.notifies(timeout=0.1)]

    assert list(dict.fromkeys(heard)) == names  # a second time where cards were raised


def test_other_rules_mean_another_warehouse(stock_city: SmallCity):
    report_stocks(stock_city, PERIOD, {H1: 2, G1: 3})
    stock_city.refresh()
    changed = stock_city.under(Catalog(stock_city.catalog.systems, "another version"))

    done = changed.refresh()

    assert len(done.reports) == 4
    assert changed.read("select catalog_version from marts.snapshot") == [("another version",)]


@pytest.mark.parametrize("full", [False, True])
def test_a_city_where_nothing_is_due_has_no_snapshot(stock_city: SmallCity, full: bool):
    assert stock_city.refresh(full=full).snapshot is None
