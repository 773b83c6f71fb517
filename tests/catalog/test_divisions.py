"""Division codes: which level they name, who stands above, and which are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.divisions import LEVELS, DivisionCode, InvalidDivisionCode


def part(width):
    return st.integers(1, 10**width - 1).map(lambda number: f"{number:0{width}}")


@st.composite
def codes(draw):
    """Codes of every level."""
    depth = draw(st.integers(1, 5))
    digits = "".join(draw(part(width)) for width in (2, 2, 2, 3, 3)[:depth])
    return DivisionCode(digits.ljust(12, "0"))


@pytest.mark.parametrize(
    ("code", "level", "parent"),
    [
        ("370000000000", "province", None),
        ("370100000000", "city", "370000000000"),
        ("370112000000", "county", "370100000000"),
        ("370112001000", "township", "370112000000"),
        ("370112001201", "village", "370112001000"),
        ("100000000000", "province", None),
        ("370110000000", "county", "370100000000"),
        ("370112100000", "township", "370112000000"),
    ],
)
def test_a_code_names_its_level_and_its_parent(code, level, parent):
    division = DivisionCode(code)

    assert division.level == level
    assert division.parent == (DivisionCode(parent) if parent else None)
    assert str(division) == code


@pytest.mark.parametrize(
    "code",
    ["", "37", "37010000000", "3701000000000", "37010000000a", "３７０１００００００００", "-37010000000",
     "370100000000 ", "370100001000", "370112000201", "370000000001", "000000000000", "000100000000"],
)  # fmt: skip
def test_what_is_no_code_or_skips_a_level_is_refused(code):
    with pytest.raises(InvalidDivisionCode):
        DivisionCode(code)


@given(codes())
def test_going_up_passes_every_level_once(code):
    levels, above = [code.level], code.parent
    while above is not None:
        levels.append(above.level)
        assert above.contains(code) and not code.contains(above)
        above = above.parent

    assert levels == list(reversed(LEVELS[: LEVELS.index(code.level) + 1]))


@given(codes(), codes())
def test_one_contains_another_when_it_is_it_or_stands_above_it(one, other):
    above, step = {other}, other.parent
    while step is not None:
        above.add(step)
        step = step.parent

    assert one.contains(other) is (one in above)


@given(codes())
def test_the_prefix_is_what_all_below_begin_with(code):
    assert code.code == code.prefix.ljust(12, "0")
    assert code.contains(code)


def test_codes_sort_as_their_digits_do():
    texts = ["370112001201", "370100000000", "370112000000"]

    assert [c.code for c in sorted(map(DivisionCode, texts))] == sorted(texts)
