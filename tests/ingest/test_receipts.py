"""A report is taken in: what is acknowledged, and what is kept."""

import hashlib
import json
from uuid import UUID

import psycopg

from tests.builders.moments import at
from tests.builders.reports import TOWNSHIP, VILLAGES, a_report, a_row

URL = "/v1/submissions"


async def test_a_sound_report_is_acknowledged_with_a_receipt(desk):
    answer = await desk.post(URL, json=a_report())

    receipt = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/submissions/{receipt['id']}"
    assert UUID(receipt.pop("id")) and receipt.pop("content_hash").startswith("sha256:")
    assert receipt == {
        "form": "trial_visit", "period": "2021-10", "division": TOWNSHIP, "revision": 1, "rows": 3,
        "received_at": "2021-11-05T09:00:00+08:00", "on_time": True, "state": "received", "warnings": [],
        "notice": None,
    }  # fmt: skip


async def test_what_is_acknowledged_is_there_for_everybody(desk, stored):
    answer = await desk.post(URL, json=a_report())

    kept = stored.read("select submission_id::text, number, division, nil from submission_row order by number")
    assert kept == [(answer.json()["id"], n, village, False) for n, village in enumerate(VILLAGES, start=1)]


async def test_numbers_are_kept_digit_by_digit(desk, stored):
    body = json.dumps(a_report(a_row(hours="@"))).replace('"@"', "123.4500")

    await desk.post(URL, content=body, headers={"content-type": "application/json"})

    assert stored.read("select fields ->> 'hours' from submission_row") == [("123.4500",)]


async def test_texts_are_kept_letter_by_letter(desk, stored):
    remark = 'a\\b\t"引号"\n😀 \\N'

    answer = await desk.post(URL, json=a_report(a_row(remark=remark)))

    assert answer.status_code == 201
    assert stored.read("select fields ->> 'remark' from submission_row") == [(remark,)]


async def test_what_was_not_given_is_missing_and_not_null_or_zero(desk, stored):
    await desk.post(URL, json=a_report(a_row(remark=None)))

    [(fields,)] = stored.read("select fields from submission_row")
    assert fields == {"visit_no": 1, "hours": 2.5, "done": True, "kind": "home"}


async def test_the_content_hash_can_be_computed_from_what_is_kept(desk):
    answer = await desk.post(URL, json=a_report(a_row()))

    row = f'{VILLAGES[0]}\t\t{{"visit_no":1,"hours":2.5,"done":true,"kind":"home"}}\n'
    text = f"trial_visit\n2021-10\n{TOWNSHIP}\n\n{row}"
    assert answer.json()["content_hash"] == f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


async def test_analytics_is_told_which_slice_changed(desk, database):
    with psycopg.connect(database, autocommit=True) as listener:
        await desk.post(URL, json=a_report())
        listener.execute("listen rorc_submissions")
        await desk.post(URL, json=a_report(period="2021-09"))

        news = {notice.payload for notice in listener.notifies(timeout=1, stop_after=2)}

    assert news == {"trial_visit 2021-09"}


async def test_a_village_without_a_row_is_warned_of(desk):
    answer = await desk.post(URL, json=a_report(a_row(VILLAGES[0]), a_row(VILLAGES[2])))

    [warning] = answer.json()["warnings"]
    assert answer.status_code == 201
    assert {"zh", "en"} == warning.pop("text").keys()
    assert warning == {
        "code": "village_missing", "pointer": "/rows", "division": VILLAGES[1], "field": "division",
        "severity": "warning",
    }  # fmt: skip


async def test_a_report_after_the_days_of_grace_is_late(desk, clock):
    clock.set(at("2021-11-09 00:00:01"))

    answer = await desk.post(URL, json=a_report())

    assert (answer.status_code, answer.json()["on_time"]) == (201, False)


async def test_the_last_second_of_grace_is_on_time(desk, clock):
    clock.set(at("2021-11-08 23:59:59"))

    answer = await desk.post(URL, json=a_report())

    assert answer.json()["on_time"] is True


async def test_a_village_may_say_that_it_has_nothing_to_report(desk, stored):
    answer = await desk.post(URL, json=a_report({"division": VILLAGES[0], "nil": True}))

    assert answer.status_code == 201
    assert stored.read("select division, nil, fields from submission_row") == [(VILLAGES[0], True, {})]


async def test_a_township_that_says_nil_says_it_for_every_village(desk, stored):
    answer = await desk.post(URL, json=a_report(nil=True, rows=...))

    assert (answer.json()["rows"], answer.json()["warnings"]) == (3, [])
    assert stored.read("select division, nil, fields from submission_row order by number") == [
        (village, True, {}) for village in VILLAGES
    ]


async def test_the_note_and_the_versions_are_kept(desk, stored, catalog):
    await desk.post(URL, json=a_report(note="补充说明", form_version=1))

    kept = stored.read("select note, form_version, catalog_version, nil from submission")
    assert kept == [("补充说明", 1, catalog.version, False)]
