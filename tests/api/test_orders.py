"""Supervision orders: their life over HTTP, who may take which step, and what is never lost."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.builders.divisions import CHANGQING, CITY, HONGJIALOU, LICHENG, ONE, SHANDALU, WENCHANG
from tests.builders.moments import at
from tests.builders.orders import a_reply, issue, step
from tests.builders.reading_api import ReadingApi


async def test_an_order_is_issued_answered_returned_answered_again_and_closed(empty_api: ReadingApi) -> None:
    api = empty_api
    order = await issue(api, scope=LICHENG)
    steps: list[tuple[dict[str, Any], str]] = [
        (a_reply("已补开"), SHANDALU),
        ({"event": "returned", "text": "未附记录", "due_on": "2021-12-25"}, LICHENG),
        (a_reply("附上记录"), SHANDALU),
        ({"event": "closed"}, LICHENG),
    ]

    for content, scope in steps:
        order = await step(api, order, content, scope)

    told = order.json()
    assert [e["event"] for e in told["events"]] == ["issued", "replied", "returned", "replied", "closed"]
    assert [e["by"]["code"] for e in told["events"]] == [LICHENG, SHANDALU, LICHENG, SHANDALU, LICHENG]
    assert [e["due_on"] for e in told["events"]] == ["2021-12-20"] * 2 + ["2021-12-25"] * 3
    assert [e["text"] for e in told["events"]] == [None, "已补开", "未附记录", "附上记录", None]
    assert (told["order"]["state"], told["order"]["in_time"], told["order"]["overdue"]) == ("closed", True, False)
    assert (await api.get("orders/1", SHANDALU)).json() == told


async def test_a_new_order_says_where_it_is_and_whom_it_concerns(empty_api: ReadingApi) -> None:
    answer = await issue(empty_api, scope=LICHENG, about={"key_task": "T-07", "metric": "meeting_held_rate"})

    assert (answer.status_code, answer.headers["location"]) == (201, "/v1/orders/1")
    order = answer.json()["order"]
    assert order["issuer"] == {"code": LICHENG, "name": "历城区", "level": "county"}
    assert (order["addressee"]["code"], order["days_left"], order["repeats"]) == (SHANDALU, 10, None)
    assert order["about"] == {"card": None, "key_task": "T-07", "metric": "meeting_held_rate"}


async def test_an_order_is_read_as_it_is_at_this_moment(api: ReadingApi) -> None:
    order = await issue(api)
    before = await api.get("orders/1", SHANDALU)
    await step(api, order, a_reply(), SHANDALU)

    after = await api.get("orders/1", SHANDALU, {"if-none-match": before.headers["etag"]})
    again = await api.get("orders/1", SHANDALU, {"if-none-match": after.headers["etag"]})

    assert [before.json()["order"]["state"], after.json()["order"]["state"]] == ["issued", "replied"]
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("state", ["issued", "replied", "returned", "closed", "withdrawn"])
async def test_only_what_may_follow_is_done(empty_api: ReadingApi, state: str) -> None:
    api = empty_api
    steps: dict[str, dict[str, Any]] = {
        "replied": a_reply(),
        "returned": {"event": "returned", "text": "不全", "due_on": "2021-12-25"},
        "closed": {"event": "closed"},
        "withdrawn": {"event": "withdrawn", "text": "重复"},
    }
    ways = {"issued": "", "replied": "replied", "returned": "replied returned", "closed": "replied closed"}
    may_follow = {"issued": {"replied", "withdrawn"}, "replied": {"returned", "closed", "withdrawn"},
                  "returned": {"replied", "withdrawn"}}  # fmt: skip
    order = await issue(api)
    for event in ways.get(state, state).split():
        order = await step(api, order, steps[event])

    illegal = [event for event in steps if event not in may_follow.get(state, set())]
    for event in illegal:
        answer = await step(api, order, steps[event])
        assert (answer.status_code, answer.json()["code"], answer.json()["state"]) == (409, "step_not_allowed", state)
    assert (await api.get("orders/1")).json() == order.json()


async def test_a_reply_after_its_day_is_late_for_good(empty_api: ReadingApi) -> None:
    api = empty_api
    order = await issue(api)
    api.clock.set(at("2021-12-21 00:00"))
    waiting = (await api.get("orders/1")).json()["order"]
    order = await step(api, order, a_reply())
    order = await step(api, order, {"event": "returned", "text": "不全", "due_on": "2021-12-25"})

    order = await step(api, order, a_reply())

    assert (waiting["overdue"], waiting["days_left"], waiting["in_time"]) == (True, -1, None)
    assert [e["in_time"] for e in order.json()["events"]] == [None, False, None, True]
    assert order.json()["order"]["in_time"] is False


async def test_the_due_day_itself_is_in_time(empty_api: ReadingApi) -> None:
    order = await issue(empty_api)
    empty_api.clock.set(at("2021-12-20 23:59"))

    assert (await step(empty_api, order, a_reply())).json()["order"]["in_time"] is True


@pytest.mark.parametrize(
    ("first", "second", "days", "is_repeated"),
    [
        ({}, {}, 180, True),
        ({}, {}, 181, False),
        ({}, {"addressee": HONGJIALOU}, 1, False),
        ({}, {"subject": "另一事项"}, 1, False),
        ({}, {"kind": "reminder_letter"}, 1, True),
        ({"about": {"key_task": "T-07"}}, {"subject": "另一事项", "about": {"key_task": "T-07"}}, 1, True),
        ({"about": {"metric": "meeting_held_rate"}}, {"subject": "另一事项"}, 1, False),
    ],
)
async def test_a_second_order_about_the_same_is_known_as_one(
    empty_api: ReadingApi, first: dict[str, Any], second: dict[str, Any], days: int, is_repeated: bool
) -> None:
    api = empty_api
    await issue(api, **first)
    api.clock.set(api.clock.now() + timedelta(days=days))

    answer = await issue(api, due_on="2022-12-31", **second)

    assert answer.json()["order"]["repeats"] == (1 if is_repeated else None)


async def test_a_withdrawn_order_is_not_repeated(empty_api: ReadingApi) -> None:
    order = await issue(empty_api)
    await step(empty_api, order, {"event": "withdrawn", "text": "误发"})

    assert (await issue(empty_api)).json()["order"]["repeats"] is None


async def test_two_orders_at_once_know_of_each_other(empty_api: ReadingApi) -> None:
    answers = await asyncio.gather(*(issue(empty_api) for _ in range(3)))

    assert sorted(str(answer.json()["order"]["repeats"]) for answer in answers) == ["1", "2", "None"]


@pytest.mark.parametrize(("scope", "status"), [(CITY, 200), (LICHENG, 200), (SHANDALU, 200), (HONGJIALOU, 404)])
async def test_an_order_is_seen_by_its_addressee_and_those_above(
    empty_api: ReadingApi, scope: str, status: int
) -> None:
    await issue(empty_api, scope=LICHENG)

    one, page = await empty_api.get("orders/1", scope), await empty_api.get("orders", scope)

    assert one.status_code == status
    assert len(page.json()["orders"]) == (1 if status == 200 else 0)
    assert page.json()["counts"]["awaiting"] == len(page.json()["orders"])


async def test_an_order_out_of_sight_is_answered_like_one_that_is_not_there(empty_api: ReadingApi) -> None:
    order = await issue(empty_api, scope=LICHENG)

    hidden = await step(empty_api, order, a_reply(), CHANGQING)
    absent = await empty_api.send("POST", "orders/99/events", a_reply(), CHANGQING, order.headers["etag"])

    assert (hidden.status_code, hidden.content) == (404, absent.content)


@pytest.mark.parametrize(
    ("event", "scope"),
    [("closed", SHANDALU), ("returned", SHANDALU), ("withdrawn", SHANDALU), ("withdrawn", LICHENG)],
)
async def test_whoever_did_not_issue_an_order_and_stands_not_above_does_not_decide_it(
    empty_api: ReadingApi, event: str, scope: str
) -> None:
    order = await step(empty_api, await issue(empty_api, issuer=CITY), a_reply())
    content = {"event": event} | ({} if event == "closed" else {"text": "—"})
    content |= {"due_on": "2021-12-25"} if event == "returned" else {}

    answer = await step(empty_api, order, content, scope)

    assert (answer.status_code, answer.json()["code"]) == (403, "step_forbidden")


@pytest.mark.parametrize(
    ("scope", "content", "status", "code"),
    [
        (SHANDALU, {}, 403, "step_forbidden"),
        (LICHENG, {"addressee": WENCHANG, "issuer": CHANGQING}, 404, "parameter_unknown_division"),
        (LICHENG, {"issuer": CITY}, 404, "parameter_unknown_division"),
        (LICHENG, {"addressee": "370112999000"}, 404, "parameter_unknown_division"),
        (CITY, {"issuer": SHANDALU, "addressee": SHANDALU}, 422, "content_invalid"),
    ],
)
async def test_an_order_comes_from_above_its_addressee(
    empty_api: ReadingApi, scope: str, content: dict[str, Any], status: int, code: str
) -> None:
    answer = await issue(empty_api, scope=scope, **content)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await empty_api.get("orders")).json()["orders"] == []


@pytest.mark.parametrize(
    ("content", "pointer", "code"),
    [
        ({"kind": "decree"}, "/kind", "not_a_choice"),
        ({"subject": None}, "/subject", "wrong_type"),
        ({"subject": "  "}, "/subject", "unusable_text"),
        ({"subject": "甲\n乙"}, "/subject", "unusable_text"),
        ({"text": "\u0000"}, "/text", "unusable_text"),
        ({"subject": "长" * 201}, "/subject", "too_long"),
        ({"addressee": "3701"}, "/addressee", "division_invalid"),
        ({"addressee": ONE}, "/addressee", "division_level_wrong"),
        ({"addressee": CITY}, "/addressee", "division_level_wrong"),
        ({"issuer": LICHENG, "addressee": LICHENG}, "/addressee", "division_not_below"),
        ({"due_on": "2021-12-09"}, "/due_on", "too_early"),
        ({"due_on": "soon"}, "/due_on", "wrong_type"),
        ({"name": "某某"}, "/name", "unknown_member"),
        ({"about": {"card": 404}}, "/about/card", "card_unknown"),
        ({"about": {"card": 0}}, "/about/card", "wrong_type"),
        ({"about": {"card": 2**63}}, "/about/card", "wrong_type"),
        ({"about": {"metric": "held"}}, "/about/metric", "metric_unknown"),
    ],
)
async def test_what_is_wrong_with_an_order_is_told_where_it_stands(
    empty_api: ReadingApi, content: dict[str, Any], pointer: str, code: str
) -> None:
    answer = await issue(empty_api, **content)

    assert (answer.status_code, answer.json()["code"]) == (422, "content_invalid")
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]


@pytest.mark.parametrize(
    ("content", "pointer", "code"),
    [
        ({"event": "replied"}, "/text", "required"),
        ({"event": "returned", "text": "不全", "due_on": "2021-12-09"}, "/due_on", "too_early"),
        ({"event": "replied", "text": "好", "due_on": "2021-12-30"}, "/due_on", "unknown_member"),
        ({"event": "escalated"}, "/event", "not_a_choice"),
        ({"text": "好"}, "/event", "required"),
        ([], "", "wrong_type"),
    ],
)
async def test_what_is_wrong_with_a_step_is_told_where_it_stands(
    empty_api: ReadingApi, content: Any, pointer: str, code: str
) -> None:
    order = await step(empty_api, await issue(empty_api), a_reply())

    answer = await step(empty_api, order, content)

    assert (answer.status_code, answer.json()["code"]) == (422, "content_invalid")
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]


async def test_an_order_is_about_a_card_that_its_issuer_sees(api: ReadingApi) -> None:
    own, neighbours = await api.raise_card(ONE), await api.raise_card(WENCHANG)

    answers = [await issue(api, scope=LICHENG, about={"card": card}) for card in (own, neighbours)]

    assert [answer.status_code for answer in answers] == [201, 422]


async def _four(api: ReadingApi) -> None:
    """1 is to be decided, 2 overdue, 3 awaited in the neighbour county, 4 closed."""
    await step(api, await issue(api, due_on="2021-12-11"), a_reply())
    await issue(api, due_on="2021-12-12", kind="site_inspection", addressee=HONGJIALOU)
    await issue(api, due_on="2021-12-31", addressee=WENCHANG)
    await step(api, await step(api, await issue(api), a_reply()), {"event": "closed"})
    api.clock.set(at("2021-12-13 09:00"))


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [2, 3, 1, 4]),
        ("overdue=true", [2]),
        ("overdue=false", [3, 1, 4]),
        ("state=replied", [1]),
        ("kind=site_inspection", [2]),
        (f"division={LICHENG}", [2, 1, 4]),
        (f"division={SHANDALU}&state=closed", [4]),
    ],
)
async def test_the_list_has_first_what_is_awaited_and_can_be_narrowed(
    empty_api: ReadingApi, query: str, numbers: list[int]
) -> None:
    await _four(empty_api)

    answer = await empty_api.get(f"orders?{query}")

    assert [order["id"] for order in answer.json()["orders"]] == numbers
    if not query.startswith("division"):
        assert answer.json()["counts"] == {"awaiting": 2, "overdue": 1, "to_decide": 1}


async def test_a_page_of_orders_leads_to_the_next_until_all_were_seen_once(empty_api: ReadingApi) -> None:
    await _four(empty_api)
    seen, path = [], "orders?limit=1"

    while path and len(seen) < 9:
        answer = await empty_api.get(path)
        seen += [order["id"] for order in answer.json()["orders"]]
        path = answer.headers.get("link", "").partition(">")[0].removeprefix("</v1/")

    assert seen == [2, 3, 1, 4]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("state=open", 422, "parameter_invalid"), ("kind=decree", 422, "parameter_invalid"),
        ("cursor=x", 422, "parameter_invalid"), ("cursor=W10", 422, "parameter_invalid"),
        ("division=37", 422, "parameter_invalid"), (f"division={CHANGQING}", 404, "parameter_unknown_division"),
        ("division=370112999000", 404, "parameter_unknown_division"),
    ],
)  # fmt: skip
async def test_a_filter_that_cannot_be_used_is_told(
    empty_api: ReadingApi, query: str, status: int, code: str
) -> None:
    answer = await empty_api.get(f"orders?{query}", LICHENG)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
