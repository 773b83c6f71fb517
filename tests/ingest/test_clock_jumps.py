"""A clock that jumps: what was decided stays decided, and what comes after stands after."""

from tests.builders.keys import a_key
from tests.builders.moments import at
from tests.builders.reports import a_report

URL = "/v1/submissions"
DUE_BUT_LATE = at("2021-12-20 09:00")


async def test_a_revision_is_never_said_to_have_come_before_the_one_it_replaces(desk, clock):
    first = (await desk.post(URL, json=a_report())).json()
    clock.set(at("2021-11-04 09:00"))

    second = (await desk.post(URL, json=a_report(base_revision=1))).json()
    listed = (await desk.get(URL)).json()["submissions"]

    assert first["received_at"] == "2021-11-05T09:00:00+08:00"
    assert second["received_at"] == "2021-11-05T09:00:00.000001+08:00"
    assert [receipt["revision"] for receipt in listed] == [2, 1]


async def test_the_moment_of_a_first_report_is_what_the_clock_says(desk, clock):
    clock.set(DUE_BUT_LATE)
    late = (await desk.post(URL, json=a_report())).json()
    clock.set(at("2021-11-05 09:00"))

    corrected = (await desk.post(URL, json=a_report(base_revision=1))).json()

    assert (late["on_time"], corrected["on_time"]) == (False, False)


async def test_a_request_that_is_sent_again_gets_its_first_answer_at_whatever_time(desk, clock):
    key = {"idempotency-key": '"k-1"'}
    first = await desk.post(URL, json=a_report(), headers=key)

    again = []
    for moment in ("2020-01-01 00:00", "2031-01-01 00:00"):
        clock.set(at(moment))
        again.append((await desk.post(URL, json=a_report(), headers=key)).content)

    assert again == [first.content] * 2


async def test_a_period_that_opened_while_the_clock_was_ahead_has_not_begun_when_it_is_right_again(desk, clock):
    november = a_report(period="2021-11")
    clock.set(at("2021-12-02 09:00"))
    await desk.post(URL, json=november)
    clock.set(at("2021-10-30 09:00"))
    early = await desk.post(URL, json=november | {"base_revision": 1})
    clock.set(at("2021-12-03 09:00"))

    answer = await desk.post(URL, json=november | {"base_revision": 1})

    assert [error["code"] for error in early.json()["errors"]] == ["period_in_future"]
    assert (answer.status_code, answer.json()["on_time"]) == (201, True)


async def test_a_key_is_valid_by_the_clock_as_it_stands(app, client, engine, clock):
    client.headers["authorization"] = f"Bearer {await a_key(engine, clock, expires_at=at('2021-11-06 00:00'))}"

    answers = []
    for moment in ("2021-11-05 09:00", "2021-11-06 00:00", "2021-11-05 23:59"):
        clock.set(at(moment))
        app.state.keys.forget()
        answers.append((await client.get(URL)).status_code)

    assert answers == [200, 401, 200]
