"""A report that was withdrawn counts for nothing: it is missing until it comes again."""

from tests.analytics.test_incremental_equals_full import differing
from tests.builders.small_city import CITY, FORD, HILL, LAKE, VILLAGES, SmallCity
from tests.builders.stock_rows import a_stock

FORM, MONTH = "stock", "2021-11"


def report(city: SmallCity, township: str, amount: int):
    return city.report(FORM, MONTH, township, [a_stock(village, amount) for village in VILLAGES[township]])


def counted(city: SmallCity) -> set[str]:
    return {division for (division,) in city.read("select division from marts.submissions")}


def test_what_is_withdrawn_is_missing_from_every_number(stock_city: SmallCity):
    receipts = {township: report(stock_city, township, 5) for township in (HILL, LAKE, FORD)}
    stock_city.refresh()
    before = stock_city.value("stock_sum", HILL, MONTH)

    stock_city.withdraw(receipts[HILL])
    refreshed = stock_city.refresh()

    assert refreshed.snapshot is not None
    assert counted(stock_city) == {LAKE, FORD}
    assert (before, stock_city.value("stock_sum", HILL, MONTH)) == ((15, 3, 3), (None, 0, 3))


def test_neither_does_the_revision_before_it_count(stock_city: SmallCity):
    report(stock_city, HILL, 5)
    stock_city.refresh()
    stock_city.withdraw(report(stock_city, HILL, 6))

    stock_city.refresh()

    assert counted(stock_city) == set()


def test_reported_again_it_counts_as_it_is_now(stock_city: SmallCity):
    stock_city.withdraw(report(stock_city, HILL, 5))
    stock_city.refresh()
    report(stock_city, HILL, 7)

    stock_city.refresh()

    assert counted(stock_city) == {HILL}
    assert stock_city.read("select revision from marts.submissions") == [(2,)]


def test_a_warehouse_that_saw_the_report_is_the_one_that_never_did(stock_city: SmallCity):
    receipts = [report(stock_city, township, 5) for township in (HILL, LAKE, FORD)]
    stock_city.refresh()
    stock_city.withdraw(receipts[0])
    stock_city.refresh()
    report(stock_city, LAKE, 9)
    stock_city.withdraw(receipts[2])
    stock_city.settle()

    stock_city.refresh("anew", full=True)
    stock_city.settle("anew")

    assert differing(stock_city.tables(), stock_city.tables("anew")) == {}
    assert stock_city.value("stock_sum", CITY, MONTH) == (9 * len(VILLAGES[LAKE]), len(VILLAGES[LAKE]), 8)
