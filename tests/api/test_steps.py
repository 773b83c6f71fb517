"""Steps in the life of a card: who may take which, when, with what, and what is seen of it at once."""

import asyncio
from itertools import product

import psycopg
import pytest

from services.catalog.card_life import STATUSES, STEPS
from tests.builders.divisions import CHANGQING, CITY, LICHENG, ONE, SHANDALU, TWO
from tests.builders.reading_api import ReadingApi, a_listener, until_it_says

ACKNOWLEDGED = {"event": "acknowledged"}
PLAN = {"event": "plan_filed", "text": "本周补开", "due_on": "2021-12-17"}
DIVISIONS_OWN = {"acknowledged", "plan_filed", "rectified", "appealed"}
FROM = {
    "raised": {"acknowledged", "appealed"}, "acknowledged": {"plan_filed", "appealed"},
    "plan_filed": {"plan_filed", "rectified", "appealed"}, "rectified": {"verified", "returned"},
    "verified": {"closed"}, "appealed": {"upheld", "dismissed"}, "closed": set(),
}  # fmt: skip


def a_step(event: str) -> dict[str, str]:
    """The step with all that it may want."""
    return {"event": event, "text": "说明"} | ({"due_on": "2021-12-17"} if event == "plan_filed" else {})


async def done(api: ReadingApi, number: int, *steps: tuple[str, str]) -> None:
    """These steps, each by a key of its scope."""
    for scope, event in steps:
        answer = await api.act(number, scope, a_step(event))
        assert answer.status_code == 201, answer.text


async def test_every_step_from_every_status_is_for_whom_it_is_meant(api: ReadingApi) -> None:
    for status, step in product(STATUSES, STEPS):
        from_before = {"appealed_from": "raised"} if status == "appealed" else {}
        for scope, is_own in ((SHANDALU, True), (LICHENG, False), (CITY, False)):
            number = await api.raise_card(ONE, status=status, **from_before)

            answer = await api.act(number, scope, a_step(step.event))

            if is_own is not (step.event in DIVISIONS_OWN):
                expected = 403
            else:
                expected = 201 if step.event in FROM[status] else 409
            assert answer.status_code == expected, (status, step.event, scope)


async def test_a_card_goes_from_raised_to_closed_and_every_step_is_told(api: ReadingApi) -> None:
    number = await api.raise_card(ONE, "yellow")

    await done(
        api, number, (SHANDALU, "acknowledged"), (SHANDALU, "plan_filed"), (SHANDALU, "rectified"),
        (LICHENG, "returned"), (SHANDALU, "rectified"), (LICHENG, "verified"), (LICHENG, "closed"),
    )  # fmt: skip

    answer = (await api.read(number)).json()
    assert answer["card"]["status"] == "closed"
    assert [(e["event"], e["status"], e["actor"]) for e in answer["events"]] == [
        ("raised", "raised", "system"),
        ("acknowledged", "acknowledged", "division"),
        ("plan_filed", "plan_filed", "division"),
        ("rectified", "rectified", "division"),
        ("returned", "plan_filed", "above"),
        ("rectified", "rectified", "division"),
        ("verified", "verified", "above"),
        ("closed", "closed", "above"),
    ]
    assert [(e["division"] or {}).get("code") for e in answer["events"][:2]] == [None, SHANDALU]
    assert (answer["events"][2]["text"], answer["events"][2]["due_on"]) == ("说明", "2021-12-17")


async def test_an_appeal_is_upheld_or_the_card_goes_back_where_it_was(api: ReadingApi) -> None:
    first, second = await api.raise_card(ONE), await api.raise_card(TWO)

    await done(api, first, (SHANDALU, "appealed"), (LICHENG, "upheld"))
    await done(api, second, (SHANDALU, "acknowledged"), (SHANDALU, "appealed"), (LICHENG, "dismissed"))

    assert (await api.read(first)).json()["card"]["status"] == "closed"
    again = (await api.read(second, SHANDALU)).json()
    assert again["card"]["status"] == "acknowledged"
    assert [step["event"] for step in again["steps"]] == ["plan_filed"]


async def test_a_recovered_card_is_closed_by_the_level_above_whatever_its_status(api: ReadingApi) -> None:
    number = await api.raise_card(ONE, lifting_proposed_at=api.clock.now(), paused_on=api.clock.today())

    refused = await api.act(number, SHANDALU, {"event": "closed"})
    closed = await api.act(number, LICHENG, {"event": "closed"})

    assert (refused.status_code, refused.json()["code"]) == (403, "step_of_the_level_above")
    assert (closed.status_code, closed.json()["card"]["status"]) == (201, "closed")


async def test_a_step_is_answered_with_the_event_the_card_and_what_comes_next(api: ReadingApi) -> None:
    number = await api.raise_card(ONE)

    answer = await api.act(number, SHANDALU, {"event": "acknowledged", "text": " 已知悉 "})

    body = answer.json()
    assert answer.status_code == 201
    assert (body["event"]["event"], body["event"]["text"], body["event"]["at"]) == (
        "acknowledged", "已知悉", "2021-12-10T10:00:00+08:00",
    )  # fmt: skip
    assert (body["card"]["status"], body["card"]["acknowledge_by"]) == ("acknowledged", None)
    assert body["steps"] == [
        {"event": "plan_filed", "text": True, "due_on": True},
        {"event": "appealed", "text": True, "due_on": False},
    ]
    assert answer.headers["location"] == f"/v1/cards/{number}"
    assert (await api.act(number, SHANDALU, PLAN, seen=answer.headers["etag"])).status_code == 201


async def test_a_key_without_the_right_is_told_no_step_and_takes_none(api: ReadingApi) -> None:
    number = await api.raise_card(ONE)
    key = await api.key(SHANDALU)

    seen = await api.get(f"cards/{number}", SHANDALU)
    answer = await api.act(number, SHANDALU, ACKNOWLEDGED, key=key)

    assert seen.json()["steps"] == []
    assert (answer.status_code, answer.json()["code"], answer.json()["right"]) == (403, "right_missing", "act")


@pytest.mark.parametrize("rights", [("read",), ("read", "act")])
async def test_the_steps_that_are_told_are_the_callers_own(api: ReadingApi, rights) -> None:
    """The same address, the same scope: what one key was told is not told to another."""
    number = await api.raise_card(ONE)

    told = [
        (await api.client.get(f"/v1/cards/{number}", headers={"authorization": f"Bearer {key}"})).json()["steps"]
        for key in [await api.key(SHANDALU, "read", "act"), await api.key(SHANDALU, *rights)]
    ]

    assert [bool(steps) for steps in told] == [True, "act" in rights]


async def test_a_neighbours_card_cannot_be_acted_upon(api: ReadingApi) -> None:
    number = await api.raise_card(ONE)

    answer = await api.act(number, CHANGQING, {"event": "closed"}, seen="*")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_who_does_not_say_what_he_saw_is_not_heard(api: ReadingApi) -> None:
    number = await api.raise_card(ONE)

    answer = await api.act(number, SHANDALU, ACKNOWLEDGED, seen=None)

    assert (answer.status_code, answer.json()["code"]) == (428, "precondition_missing")


async def test_a_card_that_has_changed_is_told_as_it_is(api: ReadingApi) -> None:
    number = await api.raise_card(ONE)
    seen = (await api.read(number)).headers["etag"]
    await done(api, number, (SHANDALU, "acknowledged"))

    answer = await api.act(number, SHANDALU, ACKNOWLEDGED, seen=seen)

    body = answer.json()
    assert (answer.status_code, body["code"], body["present_status"]) == (412, "card_changed", "acknowledged")
    assert (await api.act(number, SHANDALU, PLAN, seen=body["present_etag"])).status_code == 201


async def test_reports_that_come_in_meanwhile_do_not_make_a_card_stale(api: ReadingApi) -> None:
    number = await api.raise_card(ONE)
    before = (await api.read(number, SHANDALU)).headers["etag"]
    await api.report()
    await api.until(lambda: api.app.state.board.served.pending == 1)

    after = (await api.read(number, SHANDALU)).headers["etag"]
    answer = await api.act(number, SHANDALU, ACKNOWLEDGED, seen=before)

    assert before != after
    assert answer.status_code == 201


async def test_of_many_who_act_at_once_one_comes_through(api: ReadingApi) -> None:
    number = await api.raise_card(ONE)
    seen = (await api.read(number, SHANDALU)).headers["etag"]
    body = {"event": "appealed", "text": "数据有误"}

    answers = await asyncio.gather(*(
        api.act(number, SHANDALU, step, seen=seen) for step in [ACKNOWLEDGED, body] * 5
    ))  # fmt: skip

    assert sorted(answer.status_code for answer in answers) == [201] + [412] * 9
    assert len((await api.read(number)).json()["events"]) == 2


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, [("required", "/event")]),
        ({"event": "escalated"}, [("not_a_choice", "/event")]),
        ({"event": "appealed"}, [("required", "/text")]),
        ({"event": "appealed", "text": " \n"}, [("required", "/text")]),
        ({"event": "appealed", "text": "长" * 2001}, [("too_long", "/text")]),
        ({"event": "appealed", "text": "\x00"}, [("unusable_text", "/text")]),
        ({"event": "appealed", "text": 7}, [("wrong_type", "/text")]),
        ({"event": "appealed", "text": "长" * 70_000}, [("too_long", "/text")]),
        ({"event": "plan_filed"}, [("required", "/text"), ("required", "/due_on")]),
        ({"event": "plan_filed", "text": "好", "due_on": "2021-12-09"}, [("day_past", "/due_on")]),
        ({"event": "plan_filed", "text": "好", "due_on": "20211217"}, [("wrong_type", "/due_on")]),
        ({"event": "acknowledged", "due_on": "2021-12-17"}, [("day_not_asked", "/due_on")]),
        ({"event": "acknowledged", "texts": "好"}, [("unknown_member", "/texts")]),
        ([], [("wrong_type", "")]),
    ],
)
async def test_all_that_is_wrong_with_a_step_is_told_at_once(api: ReadingApi, body, faults) -> None:
    number = await api.raise_card(ONE)

    answer = await api.act(number, SHANDALU, body)

    assert (answer.status_code, answer.json()["code"]) == (422, "step_invalid")
    assert [(error["code"], error["pointer"]) for error in answer.json()["errors"]] == faults
    assert all(set(error["text"]) == {"zh", "en"} for error in answer.json()["errors"])


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"event": "appealed", "text": "\\ud800"}'])
async def test_what_is_no_json_is_refused(api: ReadingApi, body: bytes) -> None:
    number = await api.raise_card(ONE)

    answer = await api.act(number, SHANDALU, body)

    assert (answer.status_code, answer.json()["code"]) == (400, "not_json")


async def test_a_step_that_cannot_be_taken_now_says_which_can(api: ReadingApi) -> None:
    number = await api.raise_card(ONE)

    answer = await api.act(number, SHANDALU, PLAN)

    assert (answer.status_code, answer.json()["code"]) == (409, "step_not_now")
    assert (answer.json()["present_status"], answer.json()["steps"]) == ("raised", ["acknowledged", "appealed"])


async def test_who_closed_a_card_finds_it_gone_from_every_count_at_once(api: ReadingApi) -> None:
    number = await api.raise_card(ONE, status="verified")
    paths = ("cards", f"drilldown/{CITY}?period=2021-11")
    before = [(await api.get(path)).json() for path in paths]

    await api.act(number, LICHENG, {"event": "closed"})

    after = [(await api.get(path)).json() for path in paths]
    assert [(b["counts"]["red"], d["summary"]["red"]) for b, d in (before, after)] == [(1, 1), (0, 0)]


async def test_open_pages_hear_of_a_step(api: ReadingApi) -> None:
    number = await api.raise_card(ONE)
    async with a_listener(api) as chunks:
        await until_it_says(chunks, "snapshot-000001")

        await api.act(number, SHANDALU, ACKNOWLEDGED)

        assert "event: cards" in await until_it_says(chunks, "cards")


async def test_what_waits_for_the_level_above_is_not_overdue(api: ReadingApi) -> None:
    number = await api.raise_card(ONE, due_on="2021-12-10")
    await done(api, number, (SHANDALU, "appealed"))
    api.clock.set(api.clock.now().replace(day=20))

    waiting = (await api.get("cards", overdue=True)).json()
    await done(api, number, (LICHENG, "dismissed"))
    back = (await api.get(f"cards/{number}")).json()["card"]

    assert (waiting["counts"]["overdue"], waiting["cards"]) == (0, [])
    assert (back["due_on"], back["days_left"], back["paused_on"]) == ("2021-12-20", 0, None)


async def test_who_acted_is_kept_with_the_key(api: ReadingApi, database: str) -> None:
    number = await api.raise_card(ONE)
    await done(api, number, (SHANDALU, "acknowledged"))

    with psycopg.connect(database) as connection:
        query = """select e.division, k.division, e.transaction_id = c.transaction_id, c.revision
            from card_event as e join api_key as k on k.id = e.key_id join card as c on c.id = e.card_id"""
        assert connection.execute(query).fetchall() == [(SHANDALU, SHANDALU, True, 2)]
