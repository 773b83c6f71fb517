"""The simulated reviews of village secretaries."""

from decimal import Decimal

import pytest

from services.demo.systems.lead_goose import COMPLETE, INDICATORS
from tests.builders.simulated_reports import (
    CATALOG,
    all_rows,
    by_formula,
    checked,
    missed,
    reported,
    two_townships,
)

FORM = "secretary_review"


@pytest.fixture(scope="module")
def few():
    return reported(FORM, two_townships())


@pytest.fixture(scope="module")
def reports(few):
    return checked(FORM, few)


@pytest.fixture(scope="module")
def every_row():
    return all_rows(reported(FORM))


def test_three_years_of_reviews_pass_every_check_without_a_warning(reports):
    assert len(reports) == 6
    assert [fault for found in reports.values() for fault in found.faults] == []


def test_adjustments_of_three_years_add_up_to_the_published_number(every_row):
    carried_out = sum(1 for row in every_row if row.get("adjusted_on"))

    assert missed("lead_goose", {"secretaries_adjusted": carried_out}) == []
    assert FORM in COMPLETE


def test_a_successor_has_another_key_and_begins_at_nought(few):
    before, after = [*few.values()][:2]

    pairs = [(old, new) for old, new in zip(before, after, strict=True) if old.get("adjusted_on")]

    assert pairs
    assert all(new["secretary_key"] != old["secretary_key"] and new["tenure_years"] == 0 for old, new in pairs)


def test_a_secretary_who_stays_keeps_key_and_education(few):
    before, after = [*few.values()][:2]

    stayed = [(old, new) for old, new in zip(before, after, strict=True) if not old.get("adjusted_on")]

    assert all(
        (old["secretary_key"], old["education_band"]) == (new["secretary_key"], new["education_band"])
        for old, new in stayed
    )


def test_a_handful_fall_behind_and_not_the_city(every_row):
    last = every_row[-len(every_row) // 6 :]

    low = sum(1 for row in last if sum(row[name] for name in INDICATORS) < 60 * len(INDICATORS))
    hit = sum(1 for row in last if row.get("note"))
    unfinished = sum(1 for row in last if row["review_outcome"] == "adjust" and not row.get("adjusted_on"))

    assert all(5 <= count <= 60 for count in (low, hit, unfinished)), (low, hit, unfinished)


def test_every_indicator_of_the_index_is_reported():
    weighed = {component.metric for component in CATALOG.indexes["lead_goose"].components}

    assert weighed == {f"secretary_{name}" for name in INDICATORS}
    assert sum(component.weight for component in CATALOG.indexes["lead_goose"].components) == 100


def test_the_formulas_count_what_the_rows_say(reports):
    for period, found in reports.items():
        rows = found.rows
        assert by_formula("secretaries_adjusted", rows, period) == sum(1 for r in rows if r.adjusted_on)
        hits = sum(
            getattr(row, name) is True for row in rows for name in vars_of(row) if name.startswith("negative_")
        )
        assert by_formula("secretary_negative_hits", rows, period) == hits
        scores = sum(row.loyalty_stance for row in rows)
        assert by_formula("secretary_loyalty_stance", rows, period) == Decimal(scores)
        waiting = [r for r in rows if r.review_outcome == "adjust" and r.adjusted_on is None]
        late = sum((period.last_day - row.adjust_decided_on).days > 60 for row in waiting)
        assert by_formula("secretary_adjustments_overdue", rows, period) == late


def vars_of(row) -> tuple[str, ...]:
    return type(row).__struct_fields__
