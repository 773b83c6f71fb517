"""A request may be sent again with its Idempotency-Key, and has happened once."""

import asyncio

import psycopg
import pytest

from tests.builders.keys import a_key
from tests.builders.reports import a_report, a_row

URL = "/v1/submissions"
KEY = {"idempotency-key": '"k-1"'}


async def test_the_same_request_gets_the_first_answer_byte_for_byte(desk, stored):
    first = await desk.post(URL, json=a_report(), headers=KEY)
    again = await desk.post(URL, json=a_report(), headers=KEY)

    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["location"] == first.headers["location"]
    assert stored.count("submission") == 1


async def test_a_refusal_is_repeated_byte_for_byte_too(desk, stored):
    refused = await desk.post(URL, json=a_report(a_row(hours=-1)), headers=KEY | {"accept-language": "en"})
    again = await desk.post(URL, json=a_report(a_row(hours=-1)), headers=KEY)

    assert (again.status_code, again.content) == (422, refused.content)
    assert again.headers["content-type"] == "application/problem+json"
    assert stored.count("quarantine") == 1


async def test_a_conflict_is_repeated_even_when_the_report_has_moved_on(desk):
    await desk.post(URL, json=a_report())
    stale = await desk.post(URL, json=a_report(), headers=KEY)
    await desk.post(URL, json=a_report(base_revision=1))

    again = await desk.post(URL, json=a_report(), headers=KEY)

    assert (again.status_code, again.content) == (409, stale.content)


async def test_the_same_key_with_another_body_is_refused_and_the_first_answer_stays(desk):
    first = await desk.post(URL, json=a_report(), headers=KEY)

    other = await desk.post(URL, json=a_report(base_revision=1), headers=KEY)
    again = await desk.post(URL, json=a_report(), headers=KEY)

    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert again.content == first.content


async def test_keys_of_different_callers_do_not_meet(desk, engine, clock):
    await desk.post(URL, json=a_report(), headers=KEY)
    other = {"authorization": f"Bearer {await a_key(engine, clock)}"}

    answer = await desk.post(URL, json=a_report(base_revision=1), headers=KEY | other)

    assert answer.status_code == 201


async def test_the_same_request_many_times_at_once_happens_once(desk, stored):
    answers = await asyncio.gather(*[desk.post(URL, json=a_report(), headers=KEY) for _ in range(12)])

    created = {answer.content for answer in answers if answer.status_code == 201}
    others = {answer.json()["code"] for answer in answers if answer.status_code != 201}
    assert len(created) == 1
    assert others <= {"request_in_progress"}
    assert stored.count("submission") == stored.count("idempotency_key") == 1


async def test_a_request_that_is_still_running_is_not_started_again(desk, database, stored):
    await desk.post(URL, json=a_report(), headers=KEY)
    [(key_id,)] = stored.read("select key_id from idempotency_key")
    with psycopg.connect(database) as holder:
        holder.execute("select pg_advisory_xact_lock(hashtextextended(%s || ' k-2', 7262))", [str(key_id)])

        answer = await desk.post(URL, json=a_report(), headers={"idempotency-key": '"k-2"'})

    assert (answer.status_code, answer.json()["code"]) == (409, "request_in_progress")
    assert answer.headers["retry-after"] == "1"
    assert stored.count("quarantine") == 0


@pytest.mark.parametrize("key", ["k-1", '""', '"k', "'k'", '"k";p', f'"{"k" * 201}"', '"钥"'.encode()])
async def test_a_key_that_is_no_quoted_string_is_refused(key, desk, stored):
    answer = await desk.post(URL, json=a_report(), headers={"idempotency-key": key})

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_invalid")
    assert stored.count("submission") == 0


@pytest.mark.parametrize("key", ['"k"', r'"a \"quoted\" \\ word"', f'"{"k" * 200}"'])
async def test_any_quoted_string_is_a_key(key, desk):
    first = await desk.post(URL, json=a_report(), headers={"idempotency-key": key})
    again = await desk.post(URL, json=a_report(), headers={"idempotency-key": key})

    assert (first.status_code, again.content) == (201, first.content)
