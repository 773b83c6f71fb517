"""The numbers agree with one another, at each publish; where they do not, nothing is published."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

import pytest

from services.analytics import build as building
from services.analytics.build import BrokenWarehouse
from services.analytics.models import checks
from services.analytics.publish import published
from tests.analytics.conftest import CityMaker
from tests.builders.small_city import EAST, FORD, H1, HILL, SmallCity, as_at_the_checks, read_file, the_systems
from tests.builders.stock_rows import report_stocks

ADDITIVE = ("sum", "count", "ratio")


def test_what_the_children_total_is_what_the_parent_totals_at_every_level_and_period(whole_year: SmallCity):
    additive = {name for name, metric in whole_year.catalog.metrics.items() if metric.divisions in ADDITIVE}
    rows = whole_year.read(
        "select metric, period, division, parent, numerator, denominator, reported, expected from marts.metric_values"
    )
    totals = {row[:3]: row[4:] for row in rows if row[0] in additive}
    children: dict[tuple[str, str, str], list[tuple]] = defaultdict(list)
    for metric, period, _, parent, *sides in rows:
        if metric in additive and parent is not None:
            children[metric, period, parent].append(tuple(sides))

    summed = {key: tuple(map(total, zip(*below, strict=True))) for key, below in children.items()}

    assert len(summed) > 2000
    assert {key: (totals[key], found) for key, found in summed.items() if totals[key] != found} == {}


def total(sides: tuple[Decimal | None, ...]) -> Decimal | None:
    """The sum of what is known; None when nothing is."""
    known = [side for side in sides if side is not None]
    return sum(known[1:], known[0]) if known else None


@pytest.mark.parametrize("check", checks(), ids=lambda check: check.name)
def test_each_check_examines_something_and_finds_nothing_broken(whole_year: SmallCity, check):
    with as_at_the_checks(whole_year) as warehouse:
        examined, broken = warehouse.execute(check.sql).fetchone() or (0, 0)

    assert examined > 0 and broken == 0
    assert check.severity == "fail"


_AT = "where number = (select number from facts.lineage where division = '{0}')"
TAMPERING = {
    "children_sum_to_parent": f"update temp.compared_values set numerator = numerator + 1 {_AT}",
    "every_child_has_its_parent": f"delete from temp.compared_values {_AT}",
    "marts_have_every_value": "delete from marts.metric_values where division = '{0}'",
    "reported_within_expected": f"update temp.compared_values set reported = expected + 1 {_AT}",
}


@pytest.fixture(scope="module")
def reported_city(city_maker: CityMaker) -> Iterator[SmallCity]:
    """One report; its warehouse is as it was after each test."""
    with city_maker(the_systems("stock")) as city:
        report_stocks(city, "2021-11", {H1: 5})
        city.refresh()
        yield city


@pytest.mark.parametrize("check", checks(), ids=lambda check: check.name)
@pytest.mark.parametrize("where", [HILL, EAST], ids=["township", "county"])
def test_each_check_finds_what_was_tampered_with(reported_city: SmallCity, check, where: str):
    with as_at_the_checks(reported_city, TAMPERING[check.name].format(where)) as warehouse:
        examined, broken = warehouse.execute(check.sql).fetchone() or (0, 0)

    assert examined > 0 and broken > 0


def test_a_broken_warehouse_is_not_published_and_the_next_refresh_makes_up_for_it(
    stock_city: SmallCity, monkeypatch: pytest.MonkeyPatch
):
    report_stocks(stock_city, "2021-11", {H1: 5})
    stock_city.refresh()
    before = read_file(stock_city.settings.working_file, "from facts.watermark")
    report_stocks(stock_city, "2021-11", {H1: 7})

    with monkeypatch.context() as patch, pytest.raises(BrokenWarehouse, match="children_sum_to_parent"):
        patch.setattr(building, "_run_checks", tampered_first(building._run_checks))
        stock_city.refresh()

    assert read_file(stock_city.settings.working_file, "from facts.watermark") == before
    assert published(stock_city.settings.snapshot_dir) == ["snapshot-000001"]
    assert stock_city.value("stock_sum", HILL, "2021-11") == (5, 1, 3)
    stock_city.refresh()
    assert stock_city.value("stock_sum", HILL, "2021-11") == (7, 1, 3)


def tampered_first(run_checks):
    """The checks, over a warehouse with a wrong total in it."""

    def run(warehouse):
        warehouse.execute(TAMPERING["children_sum_to_parent"].format(HILL))
        run_checks(warehouse)

    return run


def test_a_form_whose_only_metric_does_not_add_up_is_published_all_the_same(stock_city: SmallCity):
    stock_city.report("county_visit", "2021-Q4", "370112000000", [{"division": "370112000000", "visits": 4}])

    stock_city.refresh()

    assert stock_city.value("visits_median", "370100000000", "2021-Q4") == (4, 1, 2)


def test_a_township_that_reports_for_itself_is_a_division_though_no_village_reports(city: SmallCity):
    city.open("key_task", "2021-11")

    city.refresh()

    assert (FORD, 0) in city.read("select code, villages from marts.divisions")
