"""An index: weights, curves, deductions with a limit, vetoes, and no score where a component is missing."""

from tests.builders.filled_forms import a_star_row
from tests.builders.small_city import H1, H2, H3, HILL, L1, LAKE, VILLAGES, SmallCity

MONTH, QUARTER = "2021-12", "2021-Q4"


def points(village: str, points: int = 10, *, faults: int = 0, serious: bool = False) -> dict[str, object]:
    return {"division": village, "points": points, "faults": faults, "serious": serious}


def stars(village: str, stars: int = 8) -> dict[str, object]:
    return {"division": village, "stars": stars}


def scores(city: SmallCity, period: str = QUARTER) -> dict[str, tuple[float | None, int | None]]:
    """Score and grade of each village that has a row."""
    query = f"select division, score, grade from metrics.index_scores where period = '{period}'"
    return {village: (None if score is None else float(score), grade) for village, score, grade in city.read(query)}


def test_a_score_weighs_its_curves(quality_city: SmallCity):
    cases = [(10, 8, 100), (4, 8, 55), (20, 20, 100), (0, 0, 0), (10, 5, 90), (10, 7, 90), (10, 4, 75), (1, 0, 7.5)]
    given = dict(zip((village for below in VILLAGES.values() for village in below), cases, strict=True))
    for township, below in VILLAGES.items():
        quality_city.report("monthly_points", MONTH, township, [points(v, given[v][0]) for v in below])
        quality_city.report("quarterly_points", QUARTER, township, [stars(v, given[v][1]) for v in below])

    quality_city.refresh()

    assert {village: score for village, (score, _) in scores(quality_city).items()} == {
        village: score for village, (_, _, score) in given.items()
    }


def test_deductions_stop_at_their_limit_and_a_score_at_nought(quality_city: SmallCity):
    rows = [points(H1, faults=3), points(H2, faults=19), points(H3, 0, faults=3)]
    quality_city.report("monthly_points", MONTH, HILL, rows)
    quality_city.report("quarterly_points", QUARTER, HILL, [stars(H1), stars(H2), stars(H3, 0)])

    quality_city.refresh()

    found = scores(quality_city)
    assert (found[H1], found[H2], found[H3]) == ((85, 4), (80, 4), (0, None))


def test_a_veto_caps_the_grade_and_leaves_the_score(quality_city: SmallCity):
    quality_city.report("monthly_points", MONTH, HILL, [points(H1, serious=True), points(H2, 2, serious=True)])
    quality_city.report("quarterly_points", QUARTER, HILL, [stars(H1), stars(H2, 0)])

    quality_city.refresh()

    found = scores(quality_city)
    assert (found[H1], found[H2]) == ((100, 2), (15, 1))


def test_a_veto_gives_no_grade_to_whom_no_grade_was_given(quality_city: SmallCity):
    quality_city.report("monthly_points", MONTH, HILL, [points(H1, 0, serious=True)])
    quality_city.report("quarterly_points", QUARTER, HILL, [stars(H1, 0)])

    quality_city.refresh()

    assert scores(quality_city)[H1] == (0, None)


def test_without_a_component_there_is_no_score_whatever_else_is_known(quality_city: SmallCity):
    quality_city.report("monthly_points", MONTH, HILL, [points(H1), points(H2, faults=2), points(H3, serious=True)])
    quality_city.report("quarterly_points", QUARTER, LAKE, [stars(L1)])

    quality_city.refresh()

    assert [scores(quality_city)[village] for village in (H1, H2, H3, L1)] == [(None, None)] * 4
    assert quality_city.value("mean_quality", HILL, QUARTER) == (None, 0, 3)


def test_a_component_that_nobody_was_asked_for_is_missing_too(quality_city: SmallCity):
    quality_city.report("monthly_points", MONTH, HILL, [points(H1)])

    quality_city.refresh()

    assert scores(quality_city, MONTH)[H1] == (None, None)
    assert scores(quality_city, QUARTER)[H1] == (None, None)


def test_an_index_rolls_up_as_a_ratio_of_those_that_have_a_score(quality_city: SmallCity):
    quality_city.report("monthly_points", MONTH, HILL, [points(H1), points(H2, 4), points(H3)])
    quality_city.report("quarterly_points", QUARTER, HILL, [stars(H1), stars(H2)])

    quality_city.refresh()

    assert quality_city.value("mean_quality", HILL, QUARTER) == (77.5, 2, 3)


def test_stars_are_awarded_by_score_veto_and_gates(city: SmallCity):
    rows = [a_star_row(H1), a_star_row(H2, veto=True), a_star_row(H3, passed=4)]
    city.report("star_rating", "2021", HILL, rows)

    city.refresh()

    assert [city.value("star_score", village, "2021") for village in (H1, H2, H3)] == [(100, 1, 1)] * 3
    found = {n: city.value(f"stars_{n}", HILL, "2021") for n in (5, 4, 3)}
    assert found == {5: (1, 3, 3), 4: (0, 3, 3), 3: (1, 3, 3)}
    assert city.value("stars_undecided", HILL, "2021") == (1, 3, 3)
    assert city.value("awarded_stars", HILL, "2021") == (4, 3, 3)
