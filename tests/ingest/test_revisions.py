"""A correction replaces the whole report and names what it replaces; nobody overwrites what he has not seen."""

import asyncio

from tests.builders.moments import at
from tests.builders.reports import VILLAGES, a_report, a_row

URL = "/v1/submissions"


async def test_a_correction_that_names_the_present_revision_is_the_next_one(desk, stored):
    await desk.post(URL, json=a_report())

    answer = await desk.post(URL, json=a_report(a_row(hours=3), base_revision=1))

    assert (answer.status_code, answer.json()["revision"]) == (201, 2)
    assert stored.read("select revision, row_count from submission order by 1") == [(1, 3), (2, 1)]


async def test_a_second_report_without_a_base_is_refused_with_what_is_there(desk):
    first = (await desk.post(URL, json=a_report())).json()

    answer = await desk.post(URL, json=a_report(a_row(VILLAGES[0], hours=9), a_row(VILLAGES[1])))

    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["present_revision"]) == (409, "base_stale", 1)
    assert problem["present_id"] == first["id"]
    assert (problem["content_hash"], problem["received_at"]) == (first["content_hash"], first["received_at"])
    assert problem["changed_rows"] == 1


async def test_the_same_report_again_shows_by_its_hash_that_nothing_changed(desk):
    first = (await desk.post(URL, json=a_report())).json()

    problem = (await desk.post(URL, json=a_report())).json()

    assert (problem["content_hash"], problem["changed_rows"]) == (first["content_hash"], 0)


async def test_a_stale_base_is_refused(desk, stored):
    await desk.post(URL, json=a_report())
    await desk.post(URL, json=a_report(base_revision=1))

    answer = await desk.post(URL, json=a_report(base_revision=1))

    assert (answer.status_code, answer.json()["present_revision"]) == (409, 2)
    assert stored.count("submission") == 2


async def test_a_base_before_there_is_a_report_is_refused(desk):
    answer = await desk.post(URL, json=a_report(base_revision=1))

    assert (answer.status_code, answer.json()["code"]) == (409, "base_unknown")


async def test_the_first_revision_decides_whether_a_report_is_on_time(desk, clock):
    await desk.post(URL, json=a_report())
    clock.set(at("2021-12-01 00:00"))

    correction = await desk.post(URL, json=a_report(base_revision=1))

    assert correction.json()["on_time"] is True


async def test_a_late_report_does_not_become_timely_by_a_correction(desk, clock):
    clock.set(at("2021-12-01 00:00"))
    await desk.post(URL, json=a_report())
    clock.set(at("2021-11-05 00:00"))

    correction = await desk.post(URL, json=a_report(base_revision=1))

    assert correction.json()["on_time"] is False


async def test_of_many_first_reports_at_once_exactly_one_is_taken(desk, stored):
    answers = await asyncio.gather(*[desk.post(URL, json=a_report(a_row(hours=n))) for n in range(1, 9)])

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert {answer.json().get("present_revision") for answer in answers} == {None, 1}
    assert (stored.count("submission"), stored.count("submission_row")) == (1, 1)


async def test_of_many_corrections_of_one_revision_at_once_exactly_one_is_taken(desk, stored):
    await desk.post(URL, json=a_report())
    reports = [a_report(a_row(hours=n), base_revision=1) for n in range(1, 9)]

    answers = await asyncio.gather(*[desk.post(URL, json=report) for report in reports])

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert stored.read("select revision from submission order by 1") == [(1,), (2,)]


async def test_reports_of_different_months_at_once_are_all_taken(desk):
    periods = [f"2021-{month:02d}" for month in range(8, 12)]

    answers = await asyncio.gather(*[desk.post(URL, json=a_report(period=period)) for period in periods])

    assert [answer.status_code for answer in answers] == [201] * 4


async def test_a_rule_that_looks_back_compares_with_the_newest_rows_of_last_month(desk):
    await desk.post(URL, json=a_report(a_row(hours=1), period="2021-09"))
    await desk.post(URL, json=a_report(a_row(hours=4), period="2021-09", base_revision=1))

    steady = await desk.post(URL, json=a_report(a_row(hours=8)))
    jump = await desk.post(URL, json=a_report(a_row(hours=8.0001), base_revision=1))

    assert "hours_steady" not in {w["code"] for w in steady.json()["warnings"]}
    [warning] = [w for w in jump.json()["warnings"] if w["code"] == "hours_steady"]
    assert (warning["pointer"], warning["severity"], warning["division"]) == ("/rows/0/hours", "warning", VILLAGES[0])


async def test_without_last_month_a_rule_that_looks_back_says_nothing(desk):
    answer = await desk.post(URL, json=a_report(*[a_row(village, hours=900) for village in VILLAGES]))

    assert answer.json()["warnings"] == []
