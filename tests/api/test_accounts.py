"""People sign in and keep what is theirs; an administrator gives accounts and keys."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from services.core.clock import Clock
from tests.builders.divisions import CITY, LICHENG, SHANDALU
from tests.builders.people import PASSWORD, a_code, an_account
from tests.builders.reading_api import ReadingApi, a_reading_api

NEW = "another-sorghum-lantern"


@dataclass
class Session:
    """A person before the api."""

    api: ReadingApi
    token: str

    async def ask(self, method: str, path: str, content: Any = None) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token}"}
        return await self.api.client.request(method, f"/v1/{path}", json=content, headers=headers)

    async def get(self, path: str) -> httpx.Response:
        return await self.ask("GET", path)


@dataclass
class House:
    """The api, and those who come to it."""

    api: ReadingApi

    async def answer(self, name: str, password: str = PASSWORD, code: str | None = None) -> httpx.Response:
        sent = {"name": name, "password": password} | ({} if code is None else {"code": code})
        return await self.api.client.post("/v1/sessions", json=sent)

    async def session(self, name: str, password: str = PASSWORD) -> Session:
        answer = await self.answer(name, password)
        assert answer.status_code == 201, answer.text
        return Session(self.api, answer.json()["token"])

    async def person(self, name: str = "desk", **account: Any) -> Session:
        """Someone new who has signed in."""
        await an_account(self.api.engine, self.api.clock, name, **account)
        return await self.session(name)

    async def administrator(self) -> Session:
        return await self.person("admin", role="administrator")


@pytest.fixture
async def house(database: str, tmp_path: Path) -> AsyncIterator[House]:
    async with a_reading_api(database, tmp_path) as api:
        yield House(api)


async def test_who_signs_in_is_told_who_it_is_and_until_when(house):
    await an_account(house.api.engine, house.api.clock, "Licheng.Desk", role="county", division=LICHENG)

    answer = await house.answer("licheng.desk")

    assert answer.status_code == 201 and answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert (told["role"], told["division"]["code"], told["expires_at"]) == (
        "county", LICHENG, "2021-12-10T22:00:00+08:00",
    )  # fmt: skip
    me = (await Session(house.api, told["token"]).get("me")).json()
    assert (me["name"], me["rights"]) == ("licheng.desk", ["act", "export", "personal", "read"])


async def test_a_wrong_password_is_refused_and_a_malformed_request_told_so(house):
    await house.person()

    assert [(await house.answer("desk", "wrong")).json()["code"]] == ["sign_in_refused"]
    assert (await house.api.client.post("/v1/sessions", json={"name": "desk"})).json()["code"] == "content_invalid"


async def test_a_locked_account_says_when_it_opens_again(house):
    await house.person()
    for _ in range(5):
        await house.answer("desk", "wrong")

    answer = await house.answer("desk")
    assert (answer.status_code, answer.headers["retry-after"]) == (423, "901")
    assert answer.json()["until"] == "2021-12-10 10:15:00"


async def test_too_many_sign_ins_a_minute_are_told_when_to_come_again(house):
    codes = [(await house.answer("nobody", "wrong")).status_code for _ in range(11)]

    assert codes[:5] == [401] * 5 and codes[-1] == 429


async def test_too_many_requests_of_one_key_are_told_when_to_come_again(database, tmp_path, monkeypatch):
    monkeypatch.setenv("RORC_REQUESTS_A_MINUTE", "3")
    async with a_reading_api(database, tmp_path) as api:
        answers = [await api.get("me", scope) for scope in (CITY, CITY, CITY, CITY, LICHENG)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 200]
    assert (answers[3].json()["code"], answers[3].headers["retry-after"]) == ("rate_limited", "20")


async def test_who_signs_out_is_out_at_once(house):
    here, elsewhere = await house.person(), await house.session("desk")

    assert (await here.ask("DELETE", "sessions/current")).json() == {"signed_out": True}

    assert [(await one.get("me")).status_code for one in (here, elsewhere)] == [401, 200]


async def test_a_session_sees_what_the_scope_of_its_account_allows(api):
    house = House(api)
    person = await house.person(role="county", division=LICHENG)

    paths = [f"drilldown/{SHANDALU}?period=2021-11", f"drilldown/{CITY}?period=2021-11", "accounts"]
    assert [(await person.get(path)).status_code for path in paths] == [200, 404, 403]


async def test_two_people_of_one_scope_are_not_told_each_others_name(api):
    house = House(api)
    first, second = await house.person("first"), await house.person("second")

    assert [(await one.get("me")).json()["name"] for one in (first, second)] == ["first", "second"]


async def test_whoever_must_change_the_password_may_do_nothing_else(house):
    _, password = await an_account(house.api.engine, house.api.clock, password=None)
    person = await house.session("desk", password)

    for method, path in [("GET", "orders"), ("GET", "accounts"), ("POST", "me/totp"), ("GET", "periods")]:
        refused = await person.ask(method, path)
        assert (refused.status_code, refused.json()["code"]) == (403, "password_change_required"), path
    assert (await person.get("me")).json()["must_change_password"]
    changed = await person.ask("PUT", "me/password", {"present": password, "new": NEW})
    assert changed.status_code == 200, changed.text
    assert (await person.get("orders")).status_code == 200


async def test_a_code_is_asked_for_once_it_was_confirmed_and_is_not_taken_twice(house):
    person = await house.person()
    secret = (await person.ask("POST", "me/totp")).json()["secret"]
    code = a_code(secret, Clock())
    assert (await person.ask("PUT", "me/totp", {"code": code})).json()["authenticator"]

    told = [(await house.answer("desk")).json()["code"], (await house.answer("desk", code=code)).json()["code"]]
    assert told == ["code_required", "sign_in_refused"]
    assert (await house.answer("desk", code=a_code(secret, Clock(), later=1))).status_code == 201
    assert not (await person.ask("DELETE", "me/totp", {"password": PASSWORD})).json()["authenticator"]


async def test_a_machine_has_no_password_and_no_authenticator(house):
    for method, path in [("DELETE", "sessions/current"), ("PUT", "me/password"), ("POST", "me/totp")]:
        answer = await house.api.send(method, path)
        assert answer.json()["code"] == "person_wanted"


async def test_an_administrator_makes_an_account_whose_password_is_told_once(house):
    administrator = await house.administrator()
    wanted = {"name": "Licheng", "role": "county", "division": LICHENG, "display_name": "历城区指挥部"}

    made = await administrator.ask("POST", "accounts", wanted)

    assert made.status_code == 201, made.text
    account, password = made.json()["account"], made.json()["one_time_password"]
    assert (await house.answer("licheng", password)).json()["must_change_password"]
    again = (await administrator.get(f"accounts/{account['id']}")).json()
    assert again["one_time_password"] is None and again["account"]["division"]["name"] == "历城区"


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"role": "administrator", "division": LICHENG}, "role_level_wrong"), ({"name": "admin"}, "account_exists"),
        ({"role": "chief"}, "content_invalid"), ({"division": "370199000000"}, "division_unknown"),
        ({"role": "export_system"}, "role_for_machines"), ({"division": "110100000000"}, "division_forbidden"),
    ],
)  # fmt: skip
async def test_an_account_that_cannot_be_is_not_made(house, wanted, code):
    administrator = await house.administrator()

    answer = await administrator.ask(
        "POST", "accounts", {"name": "other", "role": "county", "division": LICHENG} | wanted
    )
    assert answer.json()["code"] == code


async def test_who_is_disabled_or_given_another_role_is_out_at_once(house):
    administrator, person = await house.administrator(), await house.person()
    [number] = [a["id"] for a in (await administrator.get("accounts")).json()["accounts"] if a["name"] == "desk"]

    changed = await administrator.ask("PATCH", f"accounts/{number}", {"role": "county", "division": LICHENG})
    assert changed.json()["account"]["role"] == "county"
    assert (await person.get("me")).status_code == 401
    person = await house.session("desk")
    await administrator.ask("PATCH", f"accounts/{number}", {"disabled": True})
    assert (await person.get("me")).status_code == 401
    assert (await house.answer("desk")).json()["code"] == "sign_in_refused"
    await administrator.ask("PATCH", f"accounts/{number}", {"disabled": False})
    assert (await house.answer("desk")).status_code == 201


async def test_an_administrator_opens_a_locked_account_and_resets_a_password(house):
    administrator = await house.administrator()
    number, _ = await an_account(house.api.engine, house.api.clock)
    for _ in range(5):
        await house.answer("desk", "wrong")
    locked = (await administrator.get(f"accounts/{number}")).json()["account"]["locked_until"]
    assert locked == "2021-12-10T10:15:00+08:00"

    await administrator.ask("PATCH", f"accounts/{number}", {"unlock": True})
    assert (await house.answer("desk")).status_code == 201
    reset = (await administrator.ask("PATCH", f"accounts/{number}", {"reset_password": True})).json()
    assert (await house.answer("desk", reset["one_time_password"])).json()["must_change_password"]


async def test_nobody_locks_themselves_out(house):
    administrator = await house.administrator()
    number = (await administrator.get("me")).json()["account"]

    for change in ({"disabled": True}, {"role": "auditor"}):
        assert (await administrator.ask("PATCH", f"accounts/{number}", change)).json()["code"] == "account_is_own"
    assert (await administrator.ask("PATCH", f"accounts/{number}", {"display_name": "值班室"})).status_code == 200
    assert (await administrator.get("me")).json()["display_name"] == "值班室"


async def test_accounts_are_listed_by_name_a_page_at_a_time(house):
    administrator = await house.administrator()
    for name, division in (("b", LICHENG), ("a", LICHENG), ("c", SHANDALU)):
        role = "county" if division == LICHENG else "township_clerk"
        await an_account(house.api.engine, house.api.clock, name * 3, role=role, division=division)

    first = await administrator.get("accounts?limit=2")
    rest = await administrator.get(f"accounts?limit=2&cursor={first.json()['next']}")
    names = [[account["name"] for account in page.json()["accounts"]] for page in (first, rest)]
    assert names == [["aaa", "admin"], ["bbb", "ccc"]] and rest.json()["next"] is None
    below = await administrator.get(f"accounts?division={SHANDALU}&role=township_clerk")
    assert [account["name"] for account in below.json()["accounts"]] == ["ccc"]


async def test_a_key_of_a_machine_is_made_used_and_revoked(house):
    administrator = await house.administrator()
    wanted = {"name": "townsend", "division": SHANDALU, "rights": ["read"], "days": 30}
    made = (await administrator.ask("POST", "keys", wanted)).json()
    machine = Session(house.api, made["token"])
    assert (await machine.get("me")).json()["expires_at"] == "2022-01-09T10:00:00+08:00"

    [listed] = (await administrator.get("keys")).json()["keys"]
    assert (listed["prefix"], listed["last_used_at"]) == (made["key"]["prefix"], "2021-12-10T10:00:00+08:00")
    revoked = await administrator.ask("DELETE", f"keys/{listed['prefix']}")
    assert revoked.json()["key"]["revoked_at"] and revoked.json()["token"] is None
    assert (await machine.get("me")).status_code == 401
    assert (await administrator.ask("DELETE", f"keys/{listed['prefix']}")).json()["code"] == "key_unknown"


async def test_of_a_rotated_key_both_are_taken_until_the_overlap_ends(house):
    administrator = await house.administrator()
    wanted = {"name": "exports", "division": CITY, "role": "export_system"}
    made = (await administrator.ask("POST", "keys", wanted)).json()
    assert made["key"]["rights"] == ["export", "read"]

    rotated = await administrator.ask("POST", f"keys/{made['key']['prefix']}/rotation", {"overlap_days": 2})

    old, new = Session(house.api, made["token"]), Session(house.api, rotated.json()["token"])
    assert [(await one.get("me")).status_code for one in (old, new)] == [200, 200]
    house.api.clock.set(house.api.clock.now() + timedelta(days=2))
    house.api.app.state.keys.forget()
    assert [(await one.get("me")).status_code for one in (old, new)] == [401, 200]
    again = await (await house.session("admin")).ask("POST", f"keys/{made['key']['prefix']}/rotation", {})
    assert again.json()["code"] == "key_unknown"


@pytest.mark.parametrize(
    "wanted", [{}, {"rights": ["administer"]}, {"rights": []}, {"rights": ["read"], "role": "export_system"}]
)
async def test_no_machine_gives_accounts_and_no_key_is_without_a_right(house, wanted):
    administrator = await house.administrator()

    answer = await administrator.ask("POST", "keys", {"name": "x", "division": CITY} | wanted)
    assert (answer.status_code, answer.json()["code"]) == (422, "content_invalid")


async def test_the_database_holds_neither_password_nor_token(house, database):
    person = await house.person()

    with psycopg.connect(database) as connection:
        rows = connection.execute("select account::text from account union all select api_key::text from api_key")
        whole = "".join(text for (text,) in rows)
    assert PASSWORD not in whole and person.token.split("_", 2)[2] not in whole
