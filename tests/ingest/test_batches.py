"""Many reports in one request, a line each: one that is wrong spoils no other, and a broken-off one is sent again."""

import asyncio
import json

import psycopg
import pytest

from tests.builders.keys import a_key
from tests.builders.reports import COUNTY, NEIGHBOUR, a_report, a_row

URL = "/v1/submissions"
NDJSON = {"content-type": "application/x-ndjson"}
SOUND, WRONG = a_report(), a_report(a_row(hours=-1))
NEXT = a_report(base_revision=1)


def lines(*reports):
    return b"".join(json.dumps(report).encode() + b"\n" for report in reports)


def results(answer):
    return [json.loads(line) for line in answer.content.splitlines()]


def outcome(result):
    return result["line"], result["status"], result.get("problem", {}).get("code")


async def send(desk, *reports, url=URL, **headers):
    body = reports[0] if isinstance(reports[0], bytes) else lines(*reports)
    answer = await desk.post(url, content=body, headers=NDJSON | headers)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-ndjson")
    return results(answer)


async def test_each_line_is_taken_or_refused_by_itself_and_in_order(desk, stored):
    found = await send(desk, SOUND, WRONG, NEXT, SOUND)

    assert [*map(outcome, found)] == [
        (1, 201, None), (2, 422, "submission_invalid"), (3, 201, None), (4, 409, "base_stale")
    ]  # fmt: skip
    assert stored.read("select revision from submission order by revision") == [(1,), (2,)]


async def test_a_receipt_is_that_of_a_single_report(desk):
    [result] = await send(desk, SOUND)

    alone = (await desk.get(f"{URL}/{result['submission']['id']}")).json()
    assert result["submission"].pop("notice") is None
    assert result["submission"].items() <= alone.items()


async def test_a_problem_is_that_of_a_single_report(desk):
    [result] = await send(desk, WRONG, **{"accept-language": "en"})

    alone = await desk.post(URL, json=WRONG, headers={"accept-language": "en"})
    assert result["problem"] == alone.json()


async def test_a_refused_line_is_kept_as_it_came(desk, stored):
    line = json.dumps(WRONG, indent=None, separators=(" , ", " : ")).encode()

    [_, result] = await send(desk, lines(SOUND) + line)

    assert stored.refused() == [line]
    assert stored.read("select media_type, problem from quarantine") == [("application/x-ndjson", result["problem"])]


async def test_a_batch_that_is_sent_again_gets_the_first_answers(desk, stored):
    keyed = [SOUND | {"idempotency_key": "a"}, WRONG | {"idempotency_key": "b"}, NEXT | {"idempotency_key": '"\\ c'}]

    first = await send(desk, *keyed)
    again = await send(desk, *keyed)

    assert [result["status"] for result in first] == [201, 422, 201]
    assert again == first
    assert (stored.count("submission"), stored.count("quarantine")) == (2, 1)


async def test_a_batch_that_broke_off_goes_on_where_it_was(desk, stored):
    keyed = [SOUND | {"idempotency_key": "a"}, NEXT | {"idempotency_key": "b"}]
    await send(desk, keyed[0])

    found = await send(desk, *keyed)

    assert [result["status"] for result in found] == [201, 201]
    assert stored.count("submission") == 2


async def test_a_key_that_was_used_for_another_line_is_refused(desk):
    found = await send(desk, SOUND | {"idempotency_key": "a"}, NEXT | {"idempotency_key": "a"})

    assert outcome(found[1]) == (2, 422, "idempotency_key_reused")


@pytest.mark.parametrize("key", ["", "k" * 201, "a\n", "钥", 7, [], {}])
async def test_a_key_that_is_none_is_refused(key, desk, stored):
    [result] = await send(desk, SOUND | {"idempotency_key": key})

    assert outcome(result) == (1, 400, "idempotency_key_invalid")
    assert (stored.count("submission"), stored.count("quarantine")) == (0, 1)


async def test_no_key_may_be_said_as_null(desk):
    [result] = await send(desk, SOUND | {"idempotency_key": None})

    assert result["status"] == 201


async def test_a_single_report_still_says_its_key_in_the_header(desk):
    answer = await desk.post(URL, json=SOUND | {"idempotency_key": "a"})

    assert [fault["code"] for fault in answer.json()["errors"]] == ["unknown_member"]


async def test_the_header_is_refused_for_many_and_nothing_is_lost(desk, stored):
    body = lines(SOUND)

    answer = await desk.post(URL, content=body, headers=NDJSON | {"idempotency-key": '"k"'})

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_not_in_lines")
    assert stored.refused() == [body]


async def test_empty_lines_are_passed_over_and_counted(desk):
    body = b"\n \r\n" + lines(SOUND).replace(b"\n", b"\r\n") + b"\n\t\n" + lines(NEXT).strip()

    found = await send(desk, body)

    assert [*map(outcome, found)] == [(3, 201, None), (6, 201, None)]


@pytest.mark.parametrize("body", [b"", b"\n\n \n"])
async def test_without_a_line_there_is_no_result(body, desk):
    assert await send(desk, body) == []


async def test_a_line_that_is_too_large_is_refused_and_the_rest_goes_on(desk):
    large = b"x" * 100_001

    found = await send(desk, large + b"\n" + lines(SOUND) + large)

    assert [*map(outcome, found)] == [(1, 413, "body_too_large"), (2, 201, None), (3, 413, "body_too_large")]


async def test_a_line_of_the_largest_size_is_taken(desk):
    body = lines(SOUND).strip().ljust(100_000) + b"\n"

    assert [*map(outcome, await send(desk, body))] == [(1, 201, None)]


@pytest.mark.parametrize("size", [1, 7, 1000])
async def test_it_does_not_matter_in_which_parts_a_body_comes(size, desk):
    body = lines(SOUND) + b"\n{]\n" + lines(NEXT).strip()

    async def parts():
        for begin in range(0, len(body), size):
            yield body[begin : begin + size]

    answer = await desk.post(URL, content=parts(), headers=NDJSON)

    assert [*map(outcome, results(answer))] == [(1, 201, None), (3, 400, "not_json"), (4, 201, None)]


@pytest.mark.parametrize("line", [b"\xff", b"{", b"[" * 40_000, b'{"a": 1} {"b": 2}', b"\x00", b"\xef\xbb\xbf{}"])
async def test_a_line_that_is_no_json_spoils_no_other(line, desk, stored):
    found = await send(desk, line + b"\n" + lines(SOUND))

    assert [*map(outcome, found)] == [(1, 400, "not_json"), (2, 201, None)]
    assert stored.refused() == [line]


async def test_what_belongs_to_others_is_refused_alone(client, engine, clock, stored):
    client.headers["authorization"] = f"Bearer {await a_key(engine, clock, division=NEIGHBOUR)}"

    found = await send(client, SOUND, a_report(division=COUNTY), a_report(a_row("370104010201"), division=NEIGHBOUR))

    assert [result["status"] for result in found] == [403, 403, 201]
    assert stored.count("quarantine") == 0


async def test_a_key_without_the_right_to_report_is_told_so_at_once(client, engine, clock):
    client.headers["authorization"] = f"Bearer {await a_key(engine, clock, rights=('read',))}"

    answer = await client.post(URL, content=lines(SOUND), headers=NDJSON)

    assert (answer.status_code, answer.json()["code"]) == (403, "right_missing")


async def test_a_dry_run_answers_line_by_line_and_leaves_nothing(desk, stored):
    answer = await desk.post(f"{URL}?dry_run=true", content=lines(SOUND, WRONG, SOUND), headers=NDJSON)

    assert [result["status"] for result in results(answer)] == [201, 422, 201]
    assert answer.headers["x-dry-run"] == "true"
    assert stored.count("submission") == stored.count("quarantine") == 0


async def test_no_line_overtakes_one_that_is_undecided(desk, database, stored):
    await desk.post(URL, json=a_report(division=NEIGHBOUR, rows=[a_row("370104010201")]))
    [(key_id,)] = stored.read("select id from api_key")
    with psycopg.connect(database) as holder:
        holder.execute("select pg_advisory_xact_lock(hashtextextended(%s || ' k', 7262))", [str(key_id)])

        found = await send(desk, SOUND | {"idempotency_key": "k"}, NEXT | {"idempotency_key": "l"}, NEXT)

    assert [*map(outcome, found)] == [
        (1, 409, "request_in_progress"), (2, 503, "line_not_tried"), (3, 503, "line_not_tried")
    ]  # fmt: skip
    assert (stored.count("submission"), stored.count("quarantine")) == (1, 0)


async def test_of_one_report_each_line_waits_for_the_one_before_and_answers_come_in_order(desk, stored):
    other = a_report(division=NEIGHBOUR, rows=[a_row("370104010201")])
    corrections = [report | {"base_revision": n} for n in range(1, 6) for report in (SOUND, other)]

    found = await send(desk, SOUND, other, *corrections)

    assert [*map(outcome, found)] == [(number, 201, None) for number in range(1, 13)]
    assert [result["submission"]["revision"] for result in found] == [n for n in range(1, 7) for _ in range(2)]


async def test_a_line_that_the_service_fails_at_is_told_and_may_be_sent_again(desk, database, stored):
    keyed = [SOUND | {"idempotency_key": "a"}, NEXT | {"idempotency_key": "b"}]
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("alter table submission add constraint full_up check (false) not valid")
        try:
            failed = await send(desk, *keyed)
        finally:
            connection.execute("alter table submission drop constraint full_up")

    again = await send(desk, *keyed)

    assert [*map(outcome, failed)] == [(1, 500, "internal"), (2, 503, "line_not_tried")]
    assert [*map(outcome, again)] == [(1, 201, None), (2, 201, None)]


async def test_a_line_is_durable_and_answered_before_the_next_is_sent(app, desk, stored):
    sent, answered = asyncio.Queue(), asyncio.Queue()
    token = desk.headers["authorization"].encode()
    scope = {
        "type": "http", "method": "POST", "path": URL, "query_string": b"", "http_version": "1.1",
        "headers": [(b"content-type", b"application/x-ndjson"), (b"authorization", token)],
    }  # fmt: skip
    running = asyncio.create_task(app(scope, sent.get, answered.put))
    await answered.get()

    await sent.put({"type": "http.request", "body": lines(SOUND), "more_body": True})
    first = json.loads((await answered.get())["body"])
    durable = stored.count("submission")
    await sent.put({"type": "http.disconnect"})
    await running

    assert (outcome(first), durable) == ((1, 201, None), 1)
    assert answered.empty()
