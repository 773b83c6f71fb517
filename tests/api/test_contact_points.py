"""Contact points: which office keeps in touch with a township, since when and until when."""

import asyncio
from typing import Any

import pytest

from tests.builders.divisions import CITY, HONGJIALOU, LICHENG, ONE, SHANDALU, WENCHANG
from tests.builders.moments import at
from tests.builders.reading_api import ReadingApi

CONTACT = {"office": "县委组织部", "post": "副部长"}


async def _points(api: ReadingApi, scope: str = CITY, query: str = "") -> list[tuple[Any, ...]]:
    answer = await api.get(f"contact-points?{query}", scope)
    names = ("post", "since", "until")
    return [(p["township"]["code"], *(p[name] for name in names)) for p in answer.json()["contact_points"]]


async def test_a_contact_is_set_replaced_and_ended_and_nothing_is_forgotten(empty_api: ReadingApi) -> None:
    api = empty_api
    path = f"contact-points/{SHANDALU}"
    await api.send("PUT", path, CONTACT | {"since": "2021-03-01"}, LICHENG)
    await api.send("PUT", path, CONTACT | {"post": "部长"}, LICHENG)
    present = await _points(api)
    api.clock.set(at("2021-12-31 09:00"))

    ended = await api.send("DELETE", path, scope=CITY)

    assert present == [(SHANDALU, "部长", "2021-12-10", None)]
    assert (ended.status_code, ended.json()["until"], await _points(api)) == (200, "2021-12-31", [])
    assert await _points(api, query="past=true") == [
        (SHANDALU, "部长", "2021-12-10", "2021-12-31"), (SHANDALU, "副部长", "2021-03-01", "2021-12-10")
    ]  # fmt: skip


async def test_setting_the_same_contact_again_changes_nothing(empty_api: ReadingApi) -> None:
    answers = [await empty_api.send("PUT", f"contact-points/{SHANDALU}", CONTACT, LICHENG) for _ in range(2)]

    assert answers[0].status_code == answers[1].status_code == 200
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["county"]["code"] == LICHENG
    assert len(await _points(empty_api, query="past=true")) == 1


async def test_a_contact_is_shown_to_its_township_and_those_above(empty_api: ReadingApi) -> None:
    for township in (SHANDALU, WENCHANG):
        await empty_api.send("PUT", f"contact-points/{township}", CONTACT)

    seen = [[row[0] for row in await _points(empty_api, scope)] for scope in (CITY, LICHENG, SHANDALU, HONGJIALOU)]

    assert seen == [[SHANDALU, WENCHANG], [SHANDALU], [SHANDALU], []]
    assert [row[0] for row in await _points(empty_api, query=f"division={LICHENG}")] == [SHANDALU]


async def test_of_two_contacts_at_once_one_follows_on_the_other(empty_api: ReadingApi) -> None:
    path = f"contact-points/{SHANDALU}"

    answers = await asyncio.gather(*(empty_api.send("PUT", path, CONTACT | {"post": post}) for post in "甲乙丙"))

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert (len(await _points(empty_api)), len(await _points(empty_api, query="past=true"))) == (1, 3)


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize(
    ("scope", "code", "status", "problem"),
    [
        (SHANDALU, SHANDALU, 403, "step_forbidden"),
        (LICHENG, WENCHANG, 404, "parameter_unknown_division"),
        (LICHENG, "370112999000", 404, "parameter_unknown_division"),
        (CITY, LICHENG, 422, "parameter_invalid"),
        (CITY, ONE, 422, "parameter_invalid"),
        (CITY, "3701", 422, "parameter_invalid"),
    ],
)
async def test_a_contact_is_set_and_ended_from_above_a_township(
    empty_api: ReadingApi, method: str, scope: str, code: str, status: int, problem: str
) -> None:
    content = CONTACT if method == "PUT" else None

    answer = await empty_api.send(method, f"contact-points/{code}", content, scope)

    assert (answer.status_code, answer.json()["code"]) == (status, problem)


async def test_what_is_wrong_with_a_contact_is_told(empty_api: ReadingApi) -> None:
    path = f"contact-points/{SHANDALU}"
    await empty_api.send("PUT", path, CONTACT)

    earlier = await empty_api.send("PUT", path, CONTACT | {"post": "部长", "since": "2021-12-09"})
    named = await empty_api.send("PUT", path, CONTACT | {"name": "某某"})

    told = [[(e["pointer"], e["code"]) for e in answer.json()["errors"]] for answer in (earlier, named)]
    assert told == [[("/since", "too_early")], [("/name", "unknown_member")]]


async def test_what_is_no_contact_point_cannot_be_ended(empty_api: ReadingApi) -> None:
    answer = await empty_api.send("DELETE", f"contact-points/{SHANDALU}")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
