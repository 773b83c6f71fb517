"""A dry run answers what the real run would, and leaves nothing behind."""

import pytest

from tests.builders.reports import NEIGHBOUR, a_report, a_row

URL = "/v1/submissions"
TABLES = ("submission", "submission_row", "quarantine", "idempotency_key", "expected_report")
CASES = {
    "sound": a_report(),
    "warned": a_report(a_row()),
    "faulty": a_report(a_row(hours=-1), period="2021-Q1"),
    "unknown division": a_report(division="370104999000"),
    "base before there is one": a_report(base_revision=4),
    "nil": a_report(nil=True, rows=...),
}


@pytest.mark.parametrize("report", CASES.values(), ids=CASES)
async def test_a_dry_run_answers_exactly_what_the_real_run_does(report, desk):
    trial = await desk.post(f"{URL}?dry_run=true", json=report)
    real = await desk.post(URL, json=report)

    expected = real.json() | ({"id": trial.json()["id"]} if "id" in real.json() else {})
    assert (trial.status_code, trial.json()) == (real.status_code, expected)
    assert (trial.headers["x-dry-run"], "x-dry-run" in real.headers) == ("true", False)


@pytest.mark.parametrize("report", CASES.values(), ids=CASES)
async def test_a_dry_run_leaves_nothing_behind(report, desk, stored):
    await desk.post(f"{URL}?dry_run=true", json=report, headers={"idempotency-key": '"k"'})

    assert {table: stored.count(table) for table in TABLES} == dict.fromkeys(TABLES, 0)


async def test_a_dry_run_opens_no_period_for_good(desk, stored):
    await desk.post(f"{URL}?dry_run=true", json=a_report())
    await desk.post(f"{URL}?dry_run=true", json=a_report())
    before = stored.count("expected_report")

    real = await desk.post(URL, json=a_report())

    assert (before, real.status_code) == (0, 201)
    assert stored.count("expected_report") > 0


async def test_a_dry_run_of_a_second_report_tells_of_the_conflict(desk, stored):
    await desk.post(URL, json=a_report())

    answer = await desk.post(f"{URL}?dry_run=true", json=a_report())

    assert (answer.status_code, answer.json()["code"]) == (409, "base_stale")
    assert stored.count("quarantine") == 0


async def test_a_dry_run_with_a_key_that_was_answered_gets_that_answer(desk):
    key = {"idempotency-key": '"k"'}
    real = await desk.post(URL, json=a_report(), headers=key)

    same = await desk.post(f"{URL}?dry_run=true", json=a_report(), headers=key)
    other = await desk.post(f"{URL}?dry_run=true", json=a_report(division=NEIGHBOUR), headers=key)

    assert (same.status_code, same.content) == (201, real.content)
    assert other.json()["code"] == "idempotency_key_reused"
