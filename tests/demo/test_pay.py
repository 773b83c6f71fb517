"""The simulated pay of village secretaries."""

from decimal import Decimal

import pytest

from services.catalog.periods import Period
from services.demo.city import simulated_city
from services.demo.systems.lead_goose import standing_of
from services.demo.systems.pay import COMPLETE
from tests.builders.simulated_reports import (
    all_rows,
    by_formula,
    checked,
    missed,
    reported,
    two_townships,
)

FORM = "pay"


@pytest.fixture(scope="module")
def reports():
    return checked(FORM, reported(FORM, two_townships()))


@pytest.fixture(scope="module")
def every_row():
    return all_rows(reported(FORM))


def test_the_reports_pass_every_check_without_a_warning(reports):
    assert len(reports) == 1
    assert [fault for found in reports.values() for fault in found.faults] == []


def test_operating_funds_come_to_exactly_what_was_published(every_row):
    funds = sum(row["operating_funds"] for row in every_row)

    assert missed("pay", {"operating_funds": funds}) == []
    assert funds == 300_000_000
    assert FORM in COMPLETE


def test_base_pay_is_unpaid_in_some_villages_and_not_in_most(every_row):
    unpaid = [row for row in every_row if row["base_paid"] < row["base_due"]]

    assert 5 <= len(unpaid) <= 60


def test_performance_pay_follows_the_index_but_for_a_few(every_row):
    half = Period.parse("2021-H2")
    index = {v.code: standing_of(v, half).expected_index for t in simulated_city() for v in t.villages}

    gaps = [
        abs(row["performance_paid"] / row["performance_full"] - index[row["division"]] / 100) for row in every_row
    ]

    assert 5 <= sum(gap > 0.15 for gap in gaps) <= 60


def test_the_formulas_say_what_the_rows_say(reports):
    for period, found in reports.items():
        rows = found.rows
        assert by_formula("operating_funds", rows, period) == sum(row.operating_funds for row in rows)
        beyond = sum(
            (row.performance_paid + row.star_award + row.promotion_award + row.income_award for row in rows),
            Decimal(0),
        ) + sum(row.pension_subsidy + row.good_secretary_award for row in rows)
        assert by_formula("pay_n_share", rows, period) == beyond
        everything = by_formula("pay_n_share", rows, period, "denominator")
        assert everything == beyond + sum(row.base_paid for row in rows)
        assert by_formula("base_pay_unpaid", rows, period) == sum(row.base_due - row.base_paid for row in rows)
