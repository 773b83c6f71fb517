"""The simulated alliances: sound reports, the published totals, and the catalog's formulas over them."""

from collections import Counter

import pytest

from services.demo.systems.alliance import MAKERS, SINCE
from tests.builders.simulated_rows import (
    LAST,
    Reported,
    faults_of,
    filled,
    measured,
    meets_published,
    reported,
    the_city,
    two_townships,
)


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
def few() -> Reported:
    return reported(MAKERS["alliance"], SINCE["alliance"], two_townships())


@pytest.fixture(scope="module")
def whole() -> Reported:
    return reported(MAKERS["alliance"], SINCE["alliance"], the_city())


def test_the_reports_of_two_townships_have_no_fault(few):
    assert few and faults_of("alliance", few) == []


def test_the_rows_at_the_end_of_2021_give_the_published_totals(whole):
    met = meets_published("alliance", totals(filled(whole, LAST)))

    assert set(met.values()) == {True}


def test_every_alliance_has_one_head(whole):
    heads = {(row["alliance_no"], row["division"]) for row in filled(whole, LAST) if row["role"] == "head"}

    assert set(Counter(alliance for alliance, _ in heads).values()) == {1}
    assert {alliance for alliance, _ in heads} == {row["alliance_no"] for row in filled(whole, LAST)}


def test_a_project_belongs_to_the_alliance_of_its_villages(whole):
    rows = in_projects(filled(whole, LAST))

    assert all(row["project_no"].startswith(f"{row['alliance_no']}-") for row in rows)


def test_formulas_and_plain_arithmetic_agree(few):
    values = {metric: found[str(LAST)] for metric, found in measured("alliance", few).items()}
    rows = filled(few, LAST)
    running = in_projects(rows)

    assert {name: values[name] for name in totals(rows)} == totals(rows)
    assert values["contiguous_funds_per_village"] == values["contiguous_funds_granted"] / len(
        {row["division"] for row in running}
    )
    assert values["contiguous_income_shared"] == sum(row["income_shared"] for row in running)
