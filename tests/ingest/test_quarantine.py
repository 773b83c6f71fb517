"""What is refused is kept as it came, with what was answered, and can be looked into for a while."""

import asyncio
import json

import psycopg
import pytest

from services.ingest.quarantine.keeping import throw_away
from tests.builders.keys import a_key
from tests.builders.moments import at
from tests.builders.reports import COUNTY, NEIGHBOUR, TOWNSHIP, a_report, a_row

URL = "/v1/submissions"


async def test_a_refused_body_is_kept_byte_for_byte_with_the_problem(desk, stored):
    body = json.dumps(a_report(a_row(hours=-1)), indent=3).encode()

    answer = await desk.post(URL, content=body, headers={"content-type": "application/json"})

    assert stored.refused() == [body]
    assert stored.read("select media_type, problem from quarantine") == [("application/json", answer.json())]


async def test_a_report_on_a_stale_base_is_kept(desk, stored):
    await desk.post(URL, json=a_report())

    await desk.post(URL, json=a_report(a_row(hours=7)))

    assert stored.read("select problem ->> 'code' from quarantine") == [("base_stale",)]
    assert json.loads(stored.refused()[0]) == a_report(a_row(hours=7))


async def test_a_problem_that_shows_a_nul_is_kept_all_the_same(desk, stored):
    answer = await desk.post(URL, json=a_report(a_row(kind="a\0b", **{"x\0": 1}), form_version="\0\\u0000"))

    assert answer.status_code == 422
    assert stored.count("quarantine") == 1


async def test_what_is_accepted_is_not_in_quarantine(desk, stored):
    await desk.post(URL, json=a_report())

    assert stored.count("quarantine") == 0


async def test_what_belongs_to_others_is_refused_without_being_kept(client, engine, clock, stored):
    client.headers["authorization"] = f"Bearer {await a_key(engine, clock, division=NEIGHBOUR)}"

    answer = await client.post(URL, json=a_report())

    assert answer.status_code == 403
    assert stored.count("quarantine") == 0


async def test_a_refusal_is_answered_even_if_it_cannot_be_kept(desk, database, stored):
    await desk.post(URL, json=a_report())
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("alter table quarantine add constraint full_up check (false) not valid")
        try:
            answer = await desk.post(URL, json=a_report(rows=[]), headers={"idempotency-key": '"k"'})
        finally:
            connection.execute("alter table quarantine drop constraint full_up")

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "rows_missing")
    assert stored.count("idempotency_key") == 0


async def test_what_was_refused_is_listed_with_what_it_was_about_and_why(desks):
    await desks.post(URL, a_report(a_row(hours=-1)), TOWNSHIP)
    await desks.post(URL, {"form": ["?"], "period": "2021-10" * 30}, TOWNSHIP)

    listed = (await desks.get("/v1/quarantine", COUNTY)).json()["quarantine"]

    assert [(r["form"], r["division"], r["code"]) for r in listed] == [
        (None, None, "submission_invalid"), ("trial_visit", TOWNSHIP, "submission_invalid"),
    ]  # fmt: skip
    assert listed[0]["period"] == ("2021-10" * 30)[:100]
    assert listed[1] | {"id": 0, "bytes": 0} == {
        "id": 0, "received_at": "2021-11-05T09:00:00+08:00", "kept_until": "2022-02-03T09:00:00+08:00",
        "sender": {"code": TOWNSHIP, "name": listed[1]["sender"]["name"]}, "code": "submission_invalid", "errors": 1,
        "form": "trial_visit", "period": "2021-10", "division": TOWNSHIP,
        "media_type": "application/json", "bytes": 0,
    }  # fmt: skip


async def test_a_table_and_a_line_that_were_refused_tell_what_they_were_about(desk, desks, stored):
    address = f"{URL}?form=trial_visit&period=2021-10&division={TOWNSHIP}"
    await desk.post(address, content=b"division,hours\n", headers={"content-type": "text/csv"})
    line = json.dumps(a_report(form="no_form")).encode()
    await desk.post(URL, content=line, headers={"content-type": "application/x-ndjson"})

    assert stored.read("select form, period, division from quarantine order by id") == [
        ("trial_visit", "2021-10", TOWNSHIP), ("no_form", "2021-10", TOWNSHIP),
    ]  # fmt: skip


async def test_one_tells_the_problem_and_gives_the_body_as_a_file(desks):
    sent = a_report(a_row(hours=-1), note="<script>alert(1)</script>")
    answer = await desks.post(URL, sent, TOWNSHIP)

    told = (await desks.get("/v1/quarantine/1", TOWNSHIP)).json()
    body = await desks.get("/v1/quarantine/1/body", TOWNSHIP)

    assert told["problem"] == answer.json()
    assert (told["id"], told["errors"], told["bytes"]) == (1, 1, len(body.content))
    assert json.loads(body.content) == sent
    assert body.headers["content-type"] == "application/octet-stream"
    assert body.headers["content-disposition"] == 'attachment; filename="quarantine-1.bin"'
    assert body.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["", "/1", "/1/body"])
async def test_what_others_sent_is_not_found(desks, path):
    await desks.post(URL, a_report(a_row(hours=-1)), TOWNSHIP)

    answer = await desks.get(f"/v1/quarantine{path}", NEIGHBOUR)

    assert answer.status_code == 404 or answer.json() == {"quarantine": [], "next": None}
    assert (await desks.get(f"/v1/quarantine{path}", COUNTY)).status_code == 200


async def test_what_was_refused_can_be_narrowed_to_a_division_and_read_page_by_page(desks):
    for division in (TOWNSHIP, NEIGHBOUR, NEIGHBOUR):
        await desks.post(URL, {"division": division}, division)

    listed = (await desks.get("/v1/quarantine", division=NEIGHBOUR)).json()["quarantine"]
    page = await desks.get("/v1/quarantine", limit=2)
    behind = await desks.get(page.links["next"]["url"])

    assert [r["sender"]["code"] for r in listed] == [NEIGHBOUR, NEIGHBOUR]
    assert [r["id"] for r in page.json()["quarantine"] + behind.json()["quarantine"]] == [3, 2, 1]
    assert (await desks.get("/v1/quarantine/4")).status_code == 404


async def test_what_is_older_than_it_is_kept_is_thrown_away(desks, engine, clock, stored):
    await desks.post(URL, a_report(a_row(hours=-1)), TOWNSHIP)
    clock.set(at("2021-12-05 09:00"))
    await desks.post(URL, a_report(a_row(hours=-1)), TOWNSHIP)

    early = await throw_away(engine, clock, days=30)
    clock.set(at("2021-12-05 09:01"))

    assert (early, await throw_away(engine, clock, days=30)) == (0, 1)
    assert stored.read("select id from quarantine") == [(2,)]


async def test_a_running_service_throws_it_away_by_itself(app, desks, clock, stored):
    await desks.post(URL, a_report(a_row(hours=-1)), TOWNSHIP)
    clock.set(at("2022-02-04 09:00"))

    async with app.router.lifespan_context(app), asyncio.timeout(20):
        while stored.count("quarantine"):
            await asyncio.sleep(0.05)
