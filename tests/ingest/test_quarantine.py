"""What is refused is kept as it came, with what was answered."""

import json

import psycopg

from tests.builders.keys import a_key
from tests.builders.reports import NEIGHBOUR, a_report, a_row

URL = "/v1/submissions"


async def test_a_refused_body_is_kept_byte_for_byte_with_the_problem(desk, stored):
    body = json.dumps(a_report(a_row(hours=-1)), indent=3).encode()

    answer = await desk.post(URL, content=body, headers={"content-type": "application/json"})

    assert stored.read("select body, media_type, problem from quarantine") == [
        (body, "application/json", answer.json())
    ]


async def test_a_report_on_a_stale_base_is_kept(desk, stored):
    await desk.post(URL, json=a_report())

    await desk.post(URL, json=a_report(a_row(hours=7)))

    [(problem, body)] = stored.read("select problem, body from quarantine")
    assert problem["code"] == "base_stale"
    assert json.loads(body) == a_report(a_row(hours=7))


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
