"""What holds for every record that people change: nothing twice, nothing unseen, nothing without the right."""

import asyncio

import pytest
from sqlalchemy import Table, select

from services.core.tables.meetings import meeting
from services.core.tables.orders import supervision_order
from tests.builders.divisions import CITY, SHANDALU
from tests.builders.meetings import came, plan, to_do
from tests.builders.moments import at
from tests.builders.orders import a_reply, an_order, issue, step
from tests.builders.reading_api import ReadingApi

KEY = {"idempotency-key": '"k-1"'}


async def test_of_two_replies_at_once_one_is_kept(empty_api: ReadingApi) -> None:
    order = await issue(empty_api)

    answers = await asyncio.gather(*(step(empty_api, order, a_reply(text), SHANDALU) for text in "甲乙丙"))

    assert sorted(answer.status_code for answer in answers) == [201, 412, 412]
    [kept] = [answer for answer in answers if answer.status_code == 201]
    assert (await empty_api.get("orders/1")).json() == kept.json()


async def test_an_order_that_is_sent_again_is_issued_once(empty_api: ReadingApi) -> None:
    first = await empty_api.send("POST", "orders", an_order(), **KEY)
    empty_api.clock.set(at("2021-12-30 09:00"))

    again = await empty_api.send("POST", "orders", dict(reversed(an_order().items())), **KEY)

    assert (again.status_code, again.content) == (201, first.content)
    assert [again.headers[name] for name in ("etag", "location")] == [first.headers["etag"], "/v1/orders/1"]
    assert (await step(empty_api, again, a_reply())).status_code == 201


async def test_a_key_is_not_taken_for_another_order_nor_while_the_first_is_under_way(empty_api: ReadingApi) -> None:
    await empty_api.key(CITY, "read", "act")
    at_once = await asyncio.gather(*(empty_api.send("POST", "orders", an_order(), **KEY) for _ in range(3)))
    other = await empty_api.send("POST", "orders", an_order(subject="另一事项"), **KEY)
    malformed = await empty_api.send("POST", "orders", an_order(), **{"idempotency-key": "k-1"})

    assert {answer.status_code for answer in at_once} <= {201, 409}
    assert len({answer.content for answer in at_once if answer.status_code == 201}) == 1
    assert [(a.status_code, a.json()["code"]) for a in (other, malformed)] == [
        (422, "idempotency_key_reused"), (400, "idempotency_key_invalid")
    ]  # fmt: skip
    assert len((await empty_api.get("orders")).json()["orders"]) == 1


async def test_a_refused_order_may_be_corrected_with_the_same_key(empty_api: ReadingApi) -> None:
    refused = await empty_api.send("POST", "orders", an_order(due_on="2021-12-09"), **KEY)

    corrected = await empty_api.send("POST", "orders", an_order(), **KEY)

    assert (refused.status_code, corrected.status_code) == (422, 201)


async def test_whoever_has_not_seen_the_newest_state_changes_nothing(empty_api: ReadingApi) -> None:
    api = empty_api
    issued = await issue(api)
    replied = await step(api, issued, a_reply())

    stale = await step(api, issued, {"event": "closed"})
    missing = await api.send("POST", "orders/1/events", {"event": "closed"})
    weak = await api.send("POST", "orders/1/events", {"event": "closed"}, seen=f"W/{replied.headers['etag']}")

    assert (stale.status_code, stale.json()["code"], stale.json()["version"]) == (412, "record_changed", 2)
    assert (missing.status_code, missing.json()["code"]) == (428, "precondition_missing")
    assert weak.status_code == 412
    assert (await api.get("orders/1")).json() == replied.json()


@pytest.mark.parametrize(("method", "path"), [("POST", "orders"), ("POST", "orders/1/events")])
async def test_a_key_that_only_reads_changes_nothing(empty_api: ReadingApi, method: str, path: str) -> None:
    headers = {"authorization": f"Bearer {await empty_api.key(CITY)}", "if-match": "*"}

    answer = await empty_api.client.request(method, f"/v1/{path}", json=an_order(), headers=headers)

    assert (answer.status_code, answer.json()["code"], answer.json()["right"]) == (403, "right_missing", "act")


@pytest.mark.parametrize("body", [b"{", b"", b'{"subject": "\\ud800"}'])
async def test_a_body_that_is_no_json_is_told_so(empty_api: ReadingApi, body: bytes) -> None:
    headers = {"authorization": f"Bearer {await empty_api.key(CITY, 'act')}"}

    answer = await empty_api.client.post("/v1/orders", content=body, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (400, "not_json")


async def test_a_body_that_is_too_large_is_not_read_to_its_end(empty_api: ReadingApi) -> None:
    headers = {"authorization": f"Bearer {await empty_api.key(CITY, 'act')}"}
    body = b" " * (empty_api.settings.max_body_bytes + 1)

    answer = await empty_api.client.post("/v1/orders", content=body, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def _transaction_of(api: ReadingApi, table: Table) -> int:
    async with api.engine.connect() as connection:
        return int((await connection.execute(select(table.c.transaction_id))).scalar_one())


async def test_every_step_of_an_order_can_be_read_on_from(empty_api: ReadingApi) -> None:
    order, written = await issue(empty_api), []
    for content in (a_reply(), {"event": "returned", "text": "不全", "due_on": "2021-12-25"}, a_reply()):
        written.append(await _transaction_of(empty_api, supervision_order))
        order = await step(empty_api, order, content)

    written.append(await _transaction_of(empty_api, supervision_order))

    assert written == sorted(set(written))


async def test_every_step_of_a_meeting_can_be_read_on_from(empty_api: ReadingApi) -> None:
    empty_api.clock.set(at("2021-12-10 17:00"))
    record, written = await plan(empty_api, CITY, invited=[SHANDALU]), []
    for content in (came(SHANDALU, follow_ups=[to_do()]), {"event": "follow_up_done", "follow_up": 1}):
        written.append(await _transaction_of(empty_api, meeting))
        record = await step(empty_api, record, content)

    written.append(await _transaction_of(empty_api, meeting))

    assert record.status_code == 201
    assert written == sorted(set(written))


async def test_a_record_that_changes_is_never_answered_from_memory(api: ReadingApi) -> None:
    order = await issue(api)
    lists = [(await api.get("orders")).json()]

    await step(api, order, a_reply())

    lists.append((await api.get("orders")).json())
    assert [page["counts"]["to_decide"] for page in lists] == [0, 1]


async def test_of_very_many_faults_the_first_are_told_and_how_many_there_are(empty_api: ReadingApi) -> None:
    answer = await issue(empty_api, **{f"member_{number}": number for number in range(1000)})

    assert (answer.json()["count"], len(answer.json()["errors"])) == (1000, 100)
