"""What a refresh writes: the rows that are other than before, in batches that fit into memory, and nothing else."""

import pytest

from services.analytics import build as building
from tests.builders.small_city import G1, GLEN, H1, SmallCity
from tests.builders.stock_rows import report_stocks

PERIOD = "2021-11"


def changed_in(city: SmallCity, snapshot: str | None) -> set[tuple[str, str]]:
    """The metrics and periods that a snapshot says changed in it."""
    return set(city.read(f"select metric, period from marts.changes where snapshot = '{snapshot}'"))


def test_a_snapshot_says_which_metrics_changed_in_it_and_in_which_periods(stock_city: SmallCity):
    stock_city.open("stock", "2021-12")
    report_stocks(stock_city, PERIOD, {G1: 3, H1: 5})
    first = stock_city.refresh().snapshot
    report_stocks(stock_city, PERIOD, {G1: 4})

    second = stock_city.refresh().snapshot

    changed = changed_in(stock_city, second)
    assert ("stock_sum", PERIOD) in changed
    assert ("stock_sum", "2021-12") in changed, "it is compared with the month before"
    assert ("stock_sum", "2021-10") not in changed
    assert changed_in(stock_city, first), "what did not change says still when it last did"


def test_a_report_that_is_sent_again_as_it_was_changes_no_metric(stock_city: SmallCity):
    report_stocks(stock_city, PERIOD, {G1: 3, H1: 5})
    stock_city.refresh()
    report_stocks(stock_city, PERIOD, {G1: 3})

    again = stock_city.refresh().snapshot

    assert again == "snapshot-000002"
    assert changed_in(stock_city, again) == set()
    assert stock_city.value("stock_sum", GLEN, PERIOD) == (3, 1, 1)


def test_a_warehouse_built_a_period_at_a_time_is_the_same_as_one_built_at_once(
    whole_year: SmallCity, monkeypatch: pytest.MonkeyPatch
):
    whole_year.refresh("at once", full=True)

    monkeypatch.setattr(building, "_ROWS_AT_ONCE", 1)
    whole_year.refresh("by period", full=True)

    assert whole_year.tables("by period") == whole_year.tables("at once")
