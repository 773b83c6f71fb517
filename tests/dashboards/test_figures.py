"""Figures as data: what is missing is drawn as missing, and colours say the class."""

import pytest

from dashboards.assets import STATIC
from dashboards.boundaries import Boundaries, read_boundaries
from dashboards.classes import fifths
from dashboards.figures.county_map import county_map
from dashboards.figures.radar import Spoke, radar
from dashboards.figures.sparkline import sparkline
from dashboards.figures.spread import Dot, spread
from dashboards.figures.star_years import Rated, star_years
from dashboards.figures.theme import LIGHT, Goal
from dashboards.figures.treemap import treemap
from dashboards.figures.trend import Moment, trend
from dashboards.places import Place
from dashboards.readable import Shown

ZHANGQIU, LIXIA, ZONE = "370114000000", "370102000000", "370176000000"


def a_place(code: str, name: str = "章丘区", *, step: int | None = 5, red: int = 0, villages: int = 9) -> Place:
    shown = Shown("未报", "", missing=True) if step is None else Shown(f"{step}0.0", "%")
    value = None if step is None else step / 10
    return Place(code, name, value, shown, step, step, None, villages, red, 0, 1, 1, f"/?county={code}")


@pytest.fixture(scope="module")
def boundaries() -> Boundaries:
    return read_boundaries(STATIC / "maps" / "jinan_counties.geojson")


def drawn(places: list[Place], boundaries: Boundaries, selected: str | None = None):
    return county_map(places, boundaries, LIGHT, geojson="/static/x/map.geojson", selected=selected)


def test_a_county_nobody_reported_for_keeps_its_outline_and_has_no_class(boundaries):
    figure = drawn([a_place(ZHANGQIU, step=None)], boundaries)

    areas = figure.data[0]
    assert (areas.locations, areas.z) == (("370114",), (0,))
    assert figure.data[-1].text == ("章丘<br><b>未报</b>",)


def test_classes_of_the_map_have_the_colours_of_the_legend(boundaries):
    figure = drawn([a_place(ZHANGQIU)], boundaries)

    scale = figure.data[0].colorscale
    assert [colour for _, colour in scale][::2] == [LIGHT.surface_2, *LIGHT.steps]


def test_a_division_without_a_polygon_is_not_on_the_map(boundaries):
    figure = drawn([a_place(ZHANGQIU), a_place(ZONE, "济南高新技术产业开发区")], boundaries)

    assert figure.data[0].locations == ("370114",)


def test_a_click_on_a_county_leads_to_its_link(boundaries):
    figure = drawn([a_place(ZHANGQIU)], boundaries)

    assert figure.data[0].customdata[0][0] == f"/?county={ZHANGQIU}"


def test_small_counties_are_named_beside_the_map(boundaries):
    figure = drawn([a_place(ZHANGQIU), a_place(LIXIA, "历下区")], boundaries)

    inside, outside = figure.data[-2:]
    assert (inside.text, outside.text) == (("章丘<br><b>50.0</b>",), ("历下 <b>50.0</b>",))


def test_only_counties_with_red_cards_carry_a_red_square(boundaries):
    figure = drawn([a_place(ZHANGQIU, red=3), a_place("370124000000", "平阴县")], boundaries)

    squares = figure.data[-1]
    assert (squares.text, squares.marker.color) == (("3",), LIGHT.red)


def test_labels_stand_inside_their_county(boundaries):
    west, south, east, north = boundaries.box

    assert len(boundaries.shapes) == 12
    assert all(west < s.point[0] < east and south < s.point[1] < north for s in boundaries.shapes.values())


def test_a_treemap_is_sized_by_villages_and_leaves_out_what_has_none():
    figure = treemap([a_place("1", villages=7), a_place("2", villages=0)], LIGHT, root="0", villages="个村")

    tree = figure.data[0]
    assert (tree.ids, tree.values) == (("0", "1"), (7, 7))


def test_what_nobody_reported_is_hatched_in_the_treemap():
    figure = treemap([a_place("1"), a_place("2", step=None)], LIGHT, root="0", villages="个村")

    marker = figure.data[0].marker
    assert marker.pattern.shape == ("", "", "/")
    assert marker.colors[1:] == (LIGHT.steps[4], LIGHT.surface_2)


def test_a_trend_breaks_where_nobody_reported():
    figure = trend([Moment("1月", 90.0, "90.0%"), Moment("2月", None, "未报")], LIGHT, goal=None, from_zero=False)

    line = figure.data[0]
    assert (line.y, line.connectgaps, line.fill) == ((90.0, None), False, "none")


def test_a_trend_ends_in_the_last_value_that_was_reported():
    figure = trend([Moment("1月", 90.0, "90.0%"), Moment("2月", None, "未报")], LIGHT, goal=None, from_zero=False)

    assert [(note.x, note.text) for note in figure.layout.annotations] == [(0, "<b>90.0%</b>")]


def test_amounts_start_at_zero_and_rates_do_not():
    moments = [Moment("1月", 90.0, ""), Moment("2月", 95.0, "")]

    low = [trend(moments, LIGHT, goal=None, from_zero=zero).layout.yaxis.range[0] for zero in (True, False)]

    assert low[0] == 0
    assert 80 < low[1] < 90


def test_a_target_is_a_line_of_its_own():
    figure = trend([Moment("1月", 90.0, "90")], LIGHT, goal=Goal(95.0, "目标 95.0%"), from_zero=False)

    assert figure.data[0].y == (95.0, 95.0)
    assert "目标 95.0%" in [note.text for note in figure.layout.annotations]


def test_a_period_without_any_value_still_has_its_axis():
    figure = trend([Moment("1月", None, "未报")], LIGHT, goal=None, from_zero=False)

    assert (figure.layout.xaxis.ticktext, len(figure.layout.annotations)) == (("1月",), 0)


def test_a_radar_of_two_rates_is_not_drawn():
    assert radar([Spoke("a", 1.0, 2.0, "1%")] * 2, LIGHT, own_name="章丘区", above_name="济南市") is None


def test_a_radar_leaves_a_gap_for_a_rate_nobody_reported():
    spokes = [Spoke("会议", 90.0, 80.0, "90%"), Spoke("承诺", None, 80.0, "未报"), Spoke("任务", 70.0, 80.0, "70%")]

    figure = radar(spokes, LIGHT, own_name="章丘区", above_name="济南市")

    above, own = figure.data
    assert (own.r, own.name, above.name) == ((90.0, None, 70.0, 90.0), "章丘区", "济南市")


def test_a_spread_keeps_the_row_of_a_county_without_values():
    figure = spread([Dot("章丘", "明水街道", 95.0, "95%", "/")], ["章丘", "历下"], LIGHT, goal=None)

    assert figure.layout.yaxis.categoryarray == ("历下", "章丘")
    assert figure.data[0].y == ("章丘",)


def test_a_sparkline_breaks_where_nobody_reported():
    line = sparkline([1.0, 2.0, None, 3.0, 2.0])

    assert line is not None
    assert line.line.count("M") == 2


def test_one_value_is_no_line():
    assert sparkline([None, 3.0]) is None


def test_five_classes_hold_a_fifth_each():
    classes = fifths([float(n) for n in range(10)])

    assert [classes.of(float(n)) for n in range(10)] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_equal_values_share_a_class():
    classes = fifths([1.0, 1.0, 1.0, 1.0, 2.0])

    assert {classes.of(1.0), classes.of(2.0)} == {4, 5}


def test_where_less_is_better_the_least_is_in_the_best_class():
    classes = fifths([float(n) for n in range(5)], less_is_better=True)

    assert (classes.of(0.0), classes.of(4.0), classes.of(None)) == (5, 1, None)


def test_the_legend_states_every_bound_once():
    classes = fifths([float(n) for n in range(5)])

    assert classes.ranges() == [(5, 4.0, None), (4, 3.0, 4.0), (3, 2.0, 3.0), (2, 1.0, 2.0), (1, None, 1.0)]


def test_years_without_a_score_keep_their_row_and_have_no_bar():
    figure = star_years([Rated("2021", None, "未定星", False), Rated("2020", 86.5, "4 星", True)], LIGHT)

    assert (figure.data[0].x, figure.layout.yaxis.ticktext) == ((None, 86.5), ("2021", "2020"))
    assert [note.text for note in figure.layout.annotations] == ["未定星", "86.5 · <b>4 星</b>"]


def test_stars_that_are_undecided_are_paler_than_those_that_stand():
    figure = star_years([Rated("2021", 82, "未定星", False), Rated("2020", 80, "4 星", True)], LIGHT)

    assert figure.data[0].marker.color == (LIGHT.steps[1], LIGHT.accent)
