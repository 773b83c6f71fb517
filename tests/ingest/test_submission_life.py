"""What becomes of a report: returned and corrected, accepted, final, withdrawn; by whom, and what is kept of it."""

import asyncio
from itertools import product

import psycopg
import pytest

from services.catalog.submission_life import EVENTS, STATES, step_of
from tests.builders.keys import CITY
from tests.builders.moments import at
from tests.builders.reports import COUNTY, NEIGHBOUR, TOWNSHIP, VILLAGES, a_report, a_row

URL = "/v1/submissions"
ABOVE = {"returned", "accepted", "final"}
WAIVED = {"event": "waived", "reason": "新修了路", "warnings": [{"warning": "village_missing"}]}
OTHER_COUNTY = "370112000000"


def put(database, submission, state):
    with psycopg.connect(database) as connection:
        connection.execute("update submission set state = %s where id = %s", [state, submission])


def a_step(event):
    return WAIVED if event == "waived" else {"event": event, "reason": "理由"}


async def test_a_report_goes_from_received_to_final_and_all_of_it_is_told(desks, clock):
    first = await desks.send(a_report())
    items = [{"division": VILLAGES[0], "field": "hours", "row": 1, "reason": "应为 3"}]
    await desks.take(first["id"], "returned", COUNTY, reason="时长请核实", items=items)
    clock.set(at("2021-11-06 09:00"))
    second = await desks.send(a_report(a_row(hours=3), *map(a_row, VILLAGES[1:]), base_revision=1))
    await desks.take(second["id"], "accepted", COUNTY)
    await desks.take(second["id"], "final", CITY)

    told = await desks.read(second["id"])

    assert (first["state"], second["state"], told["state"]) == ("received", "corrected", "final")
    assert [(e["event"], e["state"], e["revision"], e["division"]) for e in told["events"]] == [
        ("received", "received", 1, TOWNSHIP), ("returned", "returned", 1, COUNTY),
        ("corrected", "corrected", 2, TOWNSHIP), ("accepted", "accepted", 2, COUNTY), ("final", "final", 2, CITY),
    ]  # fmt: skip
    assert (told["events"][1]["reason"], told["events"][1]["items"]) == ("时长请核实", items)
    assert [revision["state"] for revision in told["revisions"]] == ["final", "returned"]


async def test_every_step_from_every_state_is_for_whom_it_is_meant(desks, database):
    report = a_report(a_row())
    revision = 0
    for state, event in product(STATES, EVENTS):
        receipt = await desks.send(report | ({"base_revision": revision} if revision else {}), CITY)
        revision = receipt["revision"]
        put(database, receipt["id"], state)
        if event == "accepted":
            with psycopg.connect(database) as connection:
                connection.execute("update submission set warnings = '[]', unanswered_warnings = 0")

        wrong = await desks.take(receipt["id"], **a_step(event), division=TOWNSHIP if event in ABOVE else COUNTY)
        right = await desks.take(receipt["id"], **a_step(event), division=COUNTY if event in ABOVE else TOWNSHIP)

        assert wrong.json()["code"] == "right_missing"
        assert right.status_code == (201 if state in step_of(event).since else 409), (state, event)
        put(database, receipt["id"], "received")


@pytest.mark.parametrize("event", sorted(ABOVE))
async def test_nobody_looks_over_what_he_has_reported_himself(desks, database, client, event):
    receipt = await desks.send(a_report(division=NEIGHBOUR, rows=[a_row("370104010201")]), NEIGHBOUR)

    answer = await desks.take(receipt["id"], event, NEIGHBOUR)

    assert (answer.status_code, answer.json()["code"]) == (403, "reviewed_from_above")


async def test_a_county_elsewhere_does_not_find_it(desks):
    receipt = await desks.send(a_report())

    assert (await desks.take(receipt["id"], "returned", OTHER_COUNTY)).status_code == 404


async def test_what_a_caller_may_do_is_told(desks):
    receipt = await desks.send(a_report(a_row()))

    assert (await desks.read(receipt["id"], TOWNSHIP))["steps"] == ["waived", "withdrawn"]
    assert (await desks.read(receipt["id"], COUNTY))["steps"] == ["returned"]
    await desks.take(receipt["id"], **WAIVED, division=TOWNSHIP)
    assert (await desks.read(receipt["id"], COUNTY))["steps"] == ["accepted", "returned"]


async def test_a_correction_after_acceptance_starts_again_and_says_so(desks):
    first = await desks.send(a_report())
    await desks.take(first["id"], "accepted", COUNTY)

    second = await desks.send(a_report(base_revision=1))

    assert (first["notice"], second["state"]) == (None, "received")
    assert "重新审核" in second["notice"]["zh"] and "anew" in second["notice"]["en"]


async def test_what_is_final_is_not_corrected(desks):
    first = await desks.send(a_report())
    await desks.take(first["id"], "accepted", COUNTY)
    await desks.take(first["id"], "final", COUNTY)

    answer = await desks.post(URL, a_report(base_revision=1), TOWNSHIP)

    assert (answer.status_code, answer.json()["code"]) == (409, "report_final")
    assert answer.json()["present_id"] == first["id"]


async def test_only_the_newest_revision_has_a_life(desks):
    first = await desks.send(a_report())
    await desks.send(a_report(base_revision=1))

    answer = await desks.take(first["id"], "accepted", COUNTY)

    assert (answer.json()["code"], answer.json()["present_revision"]) == ("submission_replaced", 2)
    assert (await desks.read(first["id"]))["steps"] == []


async def test_a_step_wants_to_know_what_was_seen(desks):
    receipt = await desks.send(a_report())
    url = f"{URL}/{receipt['id']}/events"
    seen = (await desks.get(f"{URL}/{receipt['id']}")).headers["etag"]
    await desks.take(receipt["id"], "accepted", COUNTY)

    without = await desks.post(url, {"event": "final"}, COUNTY)
    stale = await desks.post(url, {"event": "final"}, COUNTY, **{"if-match": seen})
    again = await desks.post(url, {"event": "final"}, COUNTY, **{"if-match": stale.headers["etag"]})

    assert (without.status_code, without.json()["code"]) == (428, "precondition_missing")
    assert (stale.status_code, stale.json()["code"], stale.json()["present_state"]) == (
        412, "submission_changed", "accepted",
    )  # fmt: skip
    assert (again.status_code, again.headers["location"]) == (201, f"{URL}/{receipt['id']}")


async def test_a_step_that_is_sent_again_has_happened_once(desks, stored):
    receipt = await desks.send(a_report())
    seen = (await desks.get(f"{URL}/{receipt['id']}")).headers["etag"]
    headers = {"if-match": seen, "idempotency-key": '"once"'}

    url, step = f"{URL}/{receipt['id']}/events", {"event": "returned", "reason": "请核实"}
    answers = [await desks.post(url, step, COUNTY, **headers) for _ in range(2)]

    assert answers[0].content == answers[1].content
    assert answers[0].headers["etag"] == answers[1].headers["etag"]
    assert stored.count("submission_event") == 1


async def test_of_many_steps_at_once_one_comes_through(desks, stored):
    receipt = await desks.send(a_report())
    seen = (await desks.get(f"{URL}/{receipt['id']}")).headers["etag"]
    steps = [{"event": event, "reason": "理由"} for event in ("returned", "accepted") * 3]

    answers = await asyncio.gather(*[
        desks.post(f"{URL}/{receipt['id']}/events", step, COUNTY, **{"if-match": seen}) for step in steps
    ])  # fmt: skip

    assert sorted(answer.status_code for answer in answers) == [201] + [412] * 5
    assert stored.count("submission_event") == 1


async def test_a_correction_and_an_acceptance_at_once_do_not_miss_one_another(desks, stored):
    newest = (await desks.send(a_report()))["revision"]
    for _ in range(5):
        receipt = await desks.send(a_report(base_revision=newest))
        newest = receipt["revision"] + 1

        await asyncio.gather(
            desks.take(receipt["id"], "accepted", COUNTY),
            desks.post(URL, a_report(base_revision=receipt["revision"]), TOWNSHIP),
        )

        [(last, state)] = stored.read("select revision, state from submission order by revision desc limit 1")
        assert (last, state) == (newest, "received")


async def test_acceptance_waits_until_every_warning_is_answered(desks):
    receipt = await desks.send(a_report(a_row()))
    before = await desks.take(receipt["id"], "accepted", COUNTY)
    waived = await desks.take(
        receipt["id"], "waived", TOWNSHIP, reason="撤并", warnings=[
            {"warning": "village_missing", "division": VILLAGES[1]}],
    )  # fmt: skip
    between = await desks.take(receipt["id"], "accepted", COUNTY)
    await desks.take(receipt["id"], **WAIVED, division=TOWNSHIP)

    after = await desks.take(receipt["id"], "accepted", COUNTY)

    assert (before.status_code, before.json()["code"], before.json()["count"]) == (409, "warnings_unanswered", 2)
    assert [warning["division"] for warning in waived.json()["unanswered_warnings"]] == [VILLAGES[2]]
    assert [warning["division"] for warning in between.json()["warnings"]] == [VILLAGES[2]]
    assert (after.status_code, after.json()["unanswered_warnings"]) == (201, [])


async def test_warnings_can_be_answered_with_the_report(desks, stored):
    waivers = [{"warning": "village_missing", "division": village, "reason": "撤并"} for village in VILLAGES[1:]]

    receipt = await desks.send(a_report(a_row(), waivers=waivers))

    assert len(receipt["warnings"]) == 2
    assert stored.read("select unanswered_warnings, steps from submission") == [(0, 2)]
    told = await desks.read(receipt["id"])
    assert [event["warnings"] for event in told["events"][1:]] == [
        [{"warning": "village_missing", "division": village, "field": None}] for village in VILLAGES[1:]
    ]
    assert (await desks.take(receipt["id"], "accepted", COUNTY)).status_code == 201


async def test_a_waiver_of_what_is_no_warning_is_refused(desks, stored):
    report = a_report(waivers=[{"warning": "village_missing", "reason": "撤并"}])
    with_report = await desks.post(URL, report, TOWNSHIP)
    receipt = await desks.send(a_report())
    afterwards = await desks.take(receipt["id"], **WAIVED, division=TOWNSHIP)

    assert [e["code"] for e in with_report.json()["errors"]] == ["warning_unknown"]
    assert with_report.json()["errors"][0]["pointer"] == "/waivers/0/warning"
    assert [e["pointer"] for e in afterwards.json()["errors"]] == ["/warnings/0/warning"]
    assert stored.count("submission_event") == 0


async def test_what_is_withdrawn_may_be_reported_again_and_is_timely_by_its_own_day(desks, clock):
    first = await desks.send(a_report())
    await desks.take(first["id"], "withdrawn", TOWNSHIP)
    clock.set(at("2021-12-01 09:00"))

    second = await desks.send(a_report(base_revision=1))

    assert (first["on_time"], second["on_time"], second["state"]) == (True, False, "received")


async def test_next_month_is_not_compared_with_what_was_withdrawn(desks):
    receipt = await desks.send(a_report(a_row(hours=1), period="2021-09"))
    await desks.take(receipt["id"], "withdrawn", TOWNSHIP)

    later = await desks.send(a_report(a_row(hours=9)))

    assert "hours_steady" not in {warning["code"] for warning in later["warnings"]}


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, [("required", "/event")]),
        ({"event": "lost"}, [("not_a_choice", "/event")]),
        ({"event": "returned"}, [("required", "/reason")]),
        ({"event": "returned", "reason": " "}, [("required", "/reason")]),
        ({"event": "withdrawn", "reason": "\0"}, [("unusable_text", "/reason")]),
        ({"event": "waived", "reason": "a", "warnings": []}, [("required", "/warnings")]),
        ({"event": "waived", "reason": "a", "warnings": [1]}, [("wrong_type", "/warnings/0")]),
        ({"event": "accepted", "items": [{"reason": "a"}]}, [("member_of_another_step", "/items")]),
        (
            {"event": "returned", "reason": "a" * 2001, "items": [{"row": 0, "division": "1", "x": 1}], "y": 2},
            [
                ("unknown_member", "/y"), ("too_long", "/reason"), ("unknown_member", "/items/0/x"),
                ("required", "/items/0/reason"), ("division_invalid", "/items/0/division"),
                ("out_of_range", "/items/0/row"),
            ],
        ),
        ([], [("wrong_type", "")]),
    ],
)  # fmt: skip
async def test_everything_that_is_wrong_with_a_step_is_told_at_once(desks, body, faults):
    receipt = await desks.send(a_report())

    answer = await desks.post(f"{URL}/{receipt['id']}/events", body, CITY, **{"if-match": "*"})

    assert (answer.status_code, answer.json()["code"]) == (422, "content_invalid")
    assert [(fault["code"], fault["pointer"]) for fault in answer.json()["errors"]] == faults


@pytest.mark.parametrize("change", ["update submission_event set reason = ''", "delete from submission_event"])
async def test_what_happened_to_a_report_cannot_be_changed(desks, database, change):
    receipt = await desks.send(a_report())
    await desks.take(receipt["id"], "returned", COUNTY)

    with psycopg.connect(database) as connection, pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        connection.execute(change.encode())
