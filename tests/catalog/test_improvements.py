"""What would raise an index: the cheapest first, no further than needed, and why there is nothing."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.improvements import Outcome, Standard, Standing, improvements_of, score_of
from services.catalog.schema import Component, Curve, Grade, Index, Text

GRADES = (
    Grade(grade=3, at_least=Decimal(80)),
    Grade(grade=2, at_least=Decimal(60)),
    Grade(grade=1, at_least=Decimal(0)),
)
RISING = ((0, 0), (100, 100))
FALLING = ((0, 100), (10, 0))


def a_component(metric: str, weight: int = 1, points: tuple[tuple[int, int], ...] = RISING, kind: str = "linear"):
    return Component(metric=metric, weight=weight, curve=Curve(kind=kind, points=points))


def an_index(*components: Component, grades: tuple[Grade, ...] = GRADES) -> Index:
    return Index(index="total", title=Text(zh="指数", en="Index"), components=components, grades=grades)


def improved(index: Index, *values: float, deducted: int = 0, highest: int | None = None, line: int | None = None):
    """What is told of an index whose components have these values, in whole steps."""
    standings = [Standing(c, Fraction(v), Fraction(1)) for c, v in zip(index.components, values, strict=True)]
    weights = sum(c.weight for c in index.components)
    points = sum(score_of(s.component.curve, s.value) * Fraction(s.component.weight) for s in standings)
    score = max(Decimal(round(points / Fraction(weights) * 10_000)) / 10_000 - deducted, Decimal(0))
    reached = max((g.grade for g in index.grades if score >= g.at_least), default=None)
    outcome = Outcome(score, Decimal(deducted), reached, highest)
    return improvements_of(index, standings, outcome, None if line is None else Decimal(line))


def told(found) -> list[tuple[str, float]]:
    return [(change.component.metric, float(change.to_value)) for change in found.changes]


def test_the_one_that_moves_least_for_a_point_is_raised_first_and_no_further_than_needed():
    index = an_index(a_component("heavy", 3), a_component("light", 1))

    found = improved(index, 70, 0)

    assert told(found) == [("heavy", 80)]
    assert (found.goal.grade, found.score) == (2, Decimal(60))


def test_the_next_is_raised_when_the_cheapest_is_not_enough():
    index = an_index(a_component("heavy", 3), a_component("light", 1))

    found = improved(index, 80, 0, deducted=10)

    assert told(found) == [("heavy", 94)]
    assert told(improved(index, 94, 0, deducted=14)) == [("heavy", 99)]
    assert told(improved(index, 90, 0, deducted=20)) == [("heavy", 100), ("light", 20)]


def test_a_value_of_which_less_is_better_is_brought_down():
    found = improved(an_index(a_component("days", points=FALLING)), 5)

    assert told(found) == [("days", 4)]


def test_bands_are_raised_to_the_next_band():
    bands = a_component("stars", points=((0, 0), (5, 60), (8, 100)), kind="bands")

    assert told(improved(an_index(bands), 2)) == [("stars", 5)]
    assert told(improved(an_index(bands), 6)) == [("stars", 8)]


def test_a_falling_band_is_reached_just_below_its_bend():
    bands = a_component("late", points=((0, 100), (3, 60), (6, 0)), kind="bands")

    assert told(improved(an_index(bands), 7)) == [("late", 5)]


@pytest.mark.parametrize(
    ("values", "given_besides", "why"),
    [
        ((85,), {}, "highest_grade"),
        ((85,), {"highest": 1}, "vetoed"),
        ((70,), {"highest": 2}, "vetoed"),
        ((90,), {"deducted": 41}, "out_of_reach"),
    ],
)
def test_it_says_why_there_is_nothing_to_raise(values, given_besides, why):
    found = improved(an_index(a_component("only")), *values, **given_besides)

    assert (found.changes, found.why) == ((), why)


def test_a_veto_that_leaves_the_next_grade_open_bars_nothing():
    assert told(improved(an_index(a_component("only")), 50, highest=2)) == [("only", 60)]


def test_without_grades_the_line_of_the_lowest_tenth_is_the_goal():
    index = an_index(a_component("only"), grades=())

    assert told(improved(index, 50, line=55)) == [("only", 55)]
    assert improved(index, 55, line=55).why == improved(index, 50).why == "not_lowest"


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 100)), min_size=1, max_size=6))
def test_the_changes_reach_the_goal_and_none_can_be_left_out(parts):
    index = an_index(*(a_component(f"part_{n}", weight) for n, (weight, _) in enumerate(parts)))

    found = improved(index, *(value for _, value in parts))

    if found.goal is not None:
        assert found.score >= found.goal.score
        assert all(found.score - change.points < found.goal.score for change in found.changes)
        assert all(0 <= change.value < change.to_value <= 100 for change in found.changes)


def a_group(*standards: tuple[int, int]) -> Standing:
    """A component that is the share of full marks of standards, each with its points and its full marks."""
    full = sum(most for _, most in standards)
    component = a_component("group", points=((0, 0), (1, 100)))
    parts = tuple(
        Standard(f"standard_{n}", Fraction(points), Fraction(0), Fraction(most), Fraction(1, full))
        for n, (points, most) in enumerate(standards)
    )
    return Standing(component, Fraction(sum(points for points, _ in standards), full), Fraction(1, full), parts)


def test_of_a_group_the_standard_with_the_most_marks_is_raised_first_and_no_further_than_needed():
    group = a_group((10, 20), (10, 20), (30, 50), (0, 10))

    found = improvements_of(an_index(group.component), [group], Outcome(Decimal(50), Decimal(0), 1, None), None)

    assert [(c.standard, c.value, c.to_value) for c in found.changes] == [("standard_2", 30, 40)]
    assert found.score == Decimal(60)


@given(st.lists(st.integers(1, 9).flatmap(lambda most: st.tuples(st.integers(0, most), st.just(most))), min_size=2))
def test_raised_standards_reach_the_next_grade_within_their_full_marks_and_add_up(standards):
    group = a_group(*standards)
    score = Decimal(round(score_of(group.component.curve, group.value) * 10_000)) / 10_000

    found = improvements_of(an_index(group.component), [group], Outcome(score, Decimal(0), None, None), None)

    if found.goal is not None:
        points = {f"standard_{n}": most for n, (_, most) in enumerate(standards)}
        assert found.score >= found.goal.score
        assert sum(change.points for change in found.changes) == found.score - score
        assert all(change.value < change.to_value <= points[change.standard] for change in found.changes)
