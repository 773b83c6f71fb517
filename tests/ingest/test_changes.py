"""What a correction changed: rows that came and went, and every field that is other than before."""

from tests.builders.keys import CITY
from tests.builders.reports import NEIGHBOUR, VILLAGES, a_report, a_row

URL = "/v1/submissions"
ONE, TWO, THREE = VILLAGES


async def changes(desks, receipt, division=CITY, **asked):
    answer = await desks.get(f"{URL}/{receipt['id']}/changes", division, **asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_field_shows_with_its_title_and_both_values(desks):
    await desks.send(a_report(a_row(ONE, hours=2.5, remark="好"), a_row(TWO)))
    rows = (a_row(ONE, hours=3, done=False, visited_on="2021-10-05"), a_row(TWO))
    second = await desks.send(a_report(*rows, base_revision=1))

    told = await changes(desks, second)

    assert (told["revision"], told["against"], told["added"], told["removed"]) == (2, 1, [], [])
    assert [(c["field"], c["before"], c["after"]) for c in told["changed"]] == [
        ("hours", 2.5, 3), ("done", True, False), ("visited_on", None, "2021-10-05"), ("remark", "好", None),
    ]  # fmt: skip
    assert told["changed"][0] | {"before": 0, "after": 0} == {
        "division": ONE, "key": {"visit_no": 1}, "field": "hours", "title": {"zh": "时长", "en": "Hours"},
        "before": 0, "after": 0,
    }  # fmt: skip


async def test_rows_that_came_and_went_are_told_by_their_key(desks):
    await desks.send(a_report(a_row(ONE), a_row(ONE, visit_no=2), a_row(TWO)))
    second = await desks.send(
        a_report(a_row(ONE, visit_no=2), a_row(ONE, visit_no=3), {"division": TWO, "nil": True}, base_revision=1)
    )

    told = await changes(desks, second)

    assert [(row["division"], row["nil"], row["key"]) for row in told["added"]] == [
        (ONE, False, {"visit_no": 3}), (TWO, True, {"visit_no": None}),
    ]  # fmt: skip
    assert [(row["division"], row["key"]) for row in told["removed"]] == [
        (ONE, {"visit_no": 1}),
        (TWO, {"visit_no": 1}),
    ]
    assert told["changed"] == []


async def test_rows_in_another_order_and_numbers_written_otherwise_are_no_change(desks):
    await desks.send(a_report(a_row(ONE, hours=2), a_row(TWO)))
    second = await desks.send(a_report(a_row(TWO), a_row(ONE, hours=2.0), base_revision=1))

    told = await changes(desks, second)

    assert told["added"] == told["removed"] == told["changed"] == []


async def test_any_revision_can_be_compared_with_any_other(desks):
    first = await desks.send(a_report(a_row(ONE, hours=1)))
    await desks.send(a_report(a_row(ONE, hours=2), base_revision=1))
    third = await desks.send(a_report(a_row(ONE, hours=3), base_revision=2))

    forward, back = await changes(desks, third, against=1), await changes(desks, first, against=3)

    assert [(c["before"], c["after"]) for c in forward["changed"] + back["changed"]] == [(1, 3), (3, 1)]


async def test_before_the_first_there_is_nothing_to_compare_with(desks):
    first = await desks.send(a_report())

    told = await changes(desks, first)
    unknown = await desks.get(f"{URL}/{first['id']}/changes", against=2)

    assert (told["against"], told["added"], told["changed"]) == (None, [], [])
    assert unknown.status_code == 404


async def test_nobody_sees_what_others_changed(desks):
    await desks.send(a_report(a_row(ONE, hours=1), a_row(TWO, hours=1)))
    second = await desks.send(a_report(a_row(ONE, hours=2), a_row(TWO, hours=2), base_revision=1))

    village = await changes(desks, second, TWO)

    assert [c["division"] for c in village["changed"]] == [TWO]
    assert (await desks.get(f"{URL}/{second['id']}/changes", NEIGHBOUR)).status_code == 404
