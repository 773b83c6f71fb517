"""The simulated alliances: sound reports, the published totals, and the catalog's formulas over them."""

from collections import Counter

import pytest

from services.catalog.periods import Period
from tests.builders.simulated_reports import Reports, faults_of, filled, measured, missed, reported, two_townships

LAST = Period.parse("2021-Q4")


def in_projects(rows: list[dict]) -> list[dict]:
    return [row for row in rows if row["project_no"] != "0"]


def totals(rows: list[dict]) -> dict[str, int]:
    """The published figures out of the rows of one quarter."""
    running = in_projects(rows)
    return {
        "alliances": len({row["alliance_no"] for row in rows}),
        "alliance_villages": len({row["division"] for row in rows}),
        "contiguous_projects": len({row["project_no"] for row in running}),
        "contiguous_project_villages": len({row["division"] for row in running}),
        "contiguous_funds_granted": sum(row["funds_granted"] for row in running),
    }


@pytest.fixture(scope="module")
def few() -> Reports:
    return reported("alliance", two_townships())


@pytest.fixture(scope="module")
def whole() -> Reports:
    return reported("alliance")


def test_the_reports_of_two_townships_have_no_fault(few):
    assert few and faults_of("alliance", few) == []


def test_the_rows_at_the_end_of_2021_give_the_published_totals(whole):
    found = totals(filled(whole[LAST]))

    assert missed("alliance", found) == []


def test_every_alliance_has_one_head(whole):
    heads = {(row["alliance_no"], row["division"]) for row in filled(whole[LAST]) if row["role"] == "head"}

    assert set(Counter(alliance for alliance, _ in heads).values()) == {1}
    assert {alliance for alliance, _ in heads} == {row["alliance_no"] for row in filled(whole[LAST])}


def test_a_project_belongs_to_the_alliance_of_its_villages(whole):
    rows = in_projects(filled(whole[LAST]))

    assert all(row["project_no"].startswith(f"{row['alliance_no']}-") for row in rows)


def test_formulas_and_plain_arithmetic_agree(few):
    measures = measured("alliance", few)
    rows = filled(few[LAST])
    running = in_projects(rows)

    assert {name: measures.value(name, LAST) for name in totals(rows)} == totals(rows)
    granted = measures.value("contiguous_funds_granted", LAST)
    villages = {row["division"] for row in running}
    assert measures.value("contiguous_funds_per_village", LAST) == granted / len(villages)
    assert measures.value("contiguous_income_shared", LAST) == sum(row["income_shared"] for row in running)
