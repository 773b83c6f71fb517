"""No space left: nothing is half written, the answer says so, and it is taken when there is space again."""

import json

from tests.builders.full_disks import no_space_for
from tests.builders.reports import a_report, a_row

URL = "/v1/submissions"
KEY = {"idempotency-key": '"k-1"'}
TABLES = ("submission", "submission_row", "idempotency_key", "quarantine")


async def test_a_full_disk_is_said_so_and_when_to_come_again(desk, database):
    with no_space_for("submission_row", database):
        answer = await desk.post(URL, json=a_report(), headers=KEY)

    assert (answer.status_code, answer.json()["code"]) == (507, "storage_full")
    assert answer.headers["retry-after"] == "60"
    assert all(answer.json()["text"].values())


async def test_nothing_of_a_report_is_kept_that_did_not_fit(desk, database, stored):
    with no_space_for("submission_row", database):
        await desk.post(URL, json=a_report(), headers=KEY)

    assert [stored.count(table) for table in TABLES] == [0, 0, 0, 0]


async def test_the_same_request_is_taken_when_there_is_space_again(desk, database, engine, stored):
    with no_space_for("submission_row", database):
        await desk.post(URL, json=a_report(), headers=KEY)
    await engine.dispose()  # a connection keeps the files that it has opened

    answer = await desk.post(URL, json=a_report(), headers=KEY)

    assert answer.status_code == 201
    assert [stored.count(table) for table in TABLES] == [1, 3, 1, 0]


async def test_a_refusal_is_told_even_if_there_is_no_space_to_keep_it(desk, database):
    with no_space_for("quarantine", database):
        answer = await desk.post(URL, json=a_report(a_row(hours=-1)))

    assert (answer.status_code, answer.json()["code"]) == (422, "submission_invalid")


async def test_of_many_reports_none_is_tried_after_the_one_that_did_not_fit(desk, database, stored):
    lines = [a_report(), a_report(base_revision=1)]
    body = "\n".join(map(json.dumps, lines))

    with no_space_for("submission_row", database):
        answer = await desk.post(URL, content=body, headers={"content-type": "application/x-ndjson"})

    results = [json.loads(line)["problem"]["code"] for line in answer.text.splitlines()]
    assert results == ["storage_full", "line_not_tried"]
    assert stored.count("submission") == 0
