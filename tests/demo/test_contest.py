"""The simulated contest."""

import pytest

from tests.builders.simulated_reports import (
    all_rows,
    by_formula,
    checked,
    missed,
    reported,
    two_townships,
)

FORM = "contest"


@pytest.fixture(scope="module")
def reports():
    return checked(FORM, reported(FORM, two_townships()))


@pytest.fixture(scope="module")
def every_row():
    return all_rows(reported(FORM))


def test_the_results_pass_every_check_without_a_warning(reports):
    assert len(reports) == 1
    assert [fault for found in reports.values() for fault in found.faults] == []


def test_every_secretary_competes_as_published(every_row):
    share = sum(row["competed"] for row in every_row) / len(every_row)

    assert missed("contest", {"contest_took_part_rate": share}) == []
    assert len(every_row) == 4691


def test_two_of_each_township_go_on_and_they_are_its_best(every_row):
    best: dict[str, list[float]] = {}
    others: dict[str, list[float]] = {}
    for row in every_row:
        marks = sum(row[name] for name in ("development", "governance", "change", "conduct"))
        (best if row["advanced"] else others).setdefault(row["division"][:9], []).append(marks)

    assert {len(marks) for marks in best.values()} == {2}
    assert all(min(best[township]) >= max(others[township]) for township in others)


def test_judges_are_far_apart_in_a_few_villages_only(every_row):
    apart = [row for row in every_row if row["judge_highest"] - row["judge_lowest"] > 15]

    assert 1 <= len(apart) <= 60


def test_the_formulas_say_what_the_rows_say(reports):
    for period, found in reports.items():
        rows = found.rows
        assert by_formula("contest_took_part_rate", rows, period) == len(rows)
        assert by_formula("contest_development", rows, period) == sum(row.development for row in rows)
        spread = sum(row.judge_highest - row.judge_lowest for row in rows)
        assert by_formula("contest_judge_spread", rows, period) == spread
        assert by_formula("contest_votes_rate", rows, period) == sum(row.votes_favour for row in rows)
