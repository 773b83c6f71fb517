"""Whose account it is when somebody signs in by an OpenID provider."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest

from services.core.clock import Clock
from tests.builders.divisions import LICHENG
from tests.builders.oidc_door import Door, an_oidc_door, events
from tests.builders.people import PASSWORD, a_code


@pytest.fixture
async def door(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Door]:
    async with an_oidc_door(database, tmp_path, monkeypatch) as door:
        yield door


async def test_who_the_provider_names_has_a_session_of_the_account_with_that_name(door):
    number = await door.person(role="county", division=LICHENG)
    door.provider.person["preferred_username"] = "DESK "

    answer = await door.sign_in()

    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert (answer.json()["role"], answer.json()["division"]["code"]) == ("county", LICHENG)
    me = (await door.me(answer)).json()
    assert (me["account"], me["single_sign_on"], me["rights"]) == (
        number, True, ["act", "export", "personal", "read"],
    )  # fmt: skip


async def test_at_any_later_sign_in_the_subject_counts_and_not_the_name(door):
    await door.person()
    await door.person("other")
    assert await door.code() == "let in"

    door.provider.person["preferred_username"] = "other"

    assert (await door.me(await door.sign_in())).json()["name"] == "desk"


async def test_somebody_else_with_the_same_name_is_refused_like_a_wrong_password(door, database):
    number = await door.person()
    assert await door.code() == "let in"

    door.provider.person["sub"] = "another"
    answer = await door.sign_in()

    wrong = await door.api.client.post("/v1/sessions", json={"name": "desk", "password": "wrong"})
    assert (answer.status_code, answer.content) == (wrong.status_code, wrong.content)
    assert events(database)[-2:] == [("sign_in_failed", number, "oidc"), ("sign_in_failed", number, "password")]


async def test_nobody_is_given_an_account_by_a_token(door, database):
    door.provider.person |= {"roles": ["administrator"], "division": "370100000000"}

    assert await door.code() == "401 sign_in_refused"

    with psycopg.connect(database) as connection:
        assert connection.execute("select count(*) from account").fetchone() == (0,)
    assert events(database) == [("sign_in_failed", None, "oidc")]


async def test_a_disabled_account_stays_out(door, database):
    await door.person()
    assert await door.code() == "let in"

    with psycopg.connect(database) as connection:
        connection.execute("update account set disabled_at = now()")

    assert await door.code() == "401 sign_in_refused"


async def test_a_lock_by_wrong_passwords_is_no_bar(door):
    await door.person()
    for _ in range(5):
        await door.api.client.post("/v1/sessions", json={"name": "desk", "password": "wrong"})
    locked = await door.api.client.post("/v1/sessions", json={"name": "desk", "password": PASSWORD})
    assert locked.status_code == 423

    assert await door.code() == "let in"


async def test_a_one_time_password_need_not_be_changed_by_who_never_used_it(door):
    await door.person(password=None)

    session = await door.sign_in()

    assert not session.json()["must_change_password"]
    headers = {"authorization": f"Bearer {session.json()['token']}"}
    assert (await door.api.client.get("/v1/orders", headers=headers)).status_code == 200


async def test_the_code_of_an_authenticator_is_for_passwords_alone(door):
    await door.person()
    signed_in = await door.api.client.post("/v1/sessions", json={"name": "desk", "password": PASSWORD})
    headers = {"authorization": f"Bearer {signed_in.json()['token']}"}
    secret = (await door.api.client.post("/v1/me/totp", headers=headers)).json()["secret"]
    await door.api.client.put("/v1/me/totp", json={"code": a_code(secret, Clock())}, headers=headers)

    assert (await door.me(await door.sign_in())).json()["authenticator"]


async def test_how_a_session_was_begun_is_kept_and_audited(door, database):
    number = await door.person()
    await door.sign_in()
    await door.api.client.post("/v1/sessions", json={"name": "desk", "password": PASSWORD})

    await door.api.key(LICHENG)

    with psycopg.connect(database) as connection:
        kept = connection.execute("select signed_in_by from api_key order by id").fetchall()
        bound = connection.execute("select after from audit_event where action = 'changed'").fetchall()
    assert kept == [("oidc",), ("password",), (None,)]
    assert events(database) == [("signed_in", number, "oidc"), ("signed_in", number, "password")]
    assert bound == [({"oidc_issuer": door.provider.issuer, "oidc_subject": door.provider.person["sub"]},)]


async def test_a_name_that_only_the_userinfo_tells_is_asked_for(door):
    await door.person()
    door.provider.told_apart = {"preferred_username": door.provider.person.pop("preferred_username")}

    assert await door.code() == "let in"


async def test_a_userinfo_about_somebody_else_names_nobody(door):
    await door.person()
    del door.provider.person["preferred_username"]
    door.provider.told_apart = {"preferred_username": "desk", "sub": "another"}

    assert await door.code() == "401 sign_in_refused"


@pytest.mark.parametrize(("verified", "said"), [(True, "let in"), (False, "401 sign_in_refused")])
async def test_an_address_of_mail_names_an_account_only_when_it_was_verified(door, verified, said):
    await door.person("desk@rorc.example")
    door.api.app.state.provider.claim = "email"
    door.provider.person |= {"email": "Desk@rorc.example", "email_verified": verified}

    assert await door.code() == said


@pytest.mark.parametrize("name", [None, 7, ["desk"], "", "de\x00sk", "x" * 300])
async def test_a_claim_that_cannot_be_a_name_names_nobody(door, name):
    await door.person()
    door.provider.person["preferred_username"] = name

    assert await door.code() == "401 sign_in_refused"


async def test_an_administrator_unbinds_an_account_for_its_next_owner(door):
    number = await door.person()
    session = await door.sign_in()
    own = await door.person("admin", role="administrator")
    signed_in = await door.api.client.post("/v1/sessions", json={"name": "admin", "password": PASSWORD})
    headers = {"authorization": f"Bearer {signed_in.json()['token']}"}
    bound = (await door.api.client.get(f"/v1/accounts/{number}", headers=headers)).json()["account"]

    unbound, refused = [
        await door.api.client.patch(f"/v1/accounts/{each}", json={"unbind": True}, headers=headers)
        for each in (number, own)
    ]

    assert (bound["single_sign_on"], unbound.json()["account"]["single_sign_on"]) == (True, False)
    assert refused.json()["code"] == "account_is_own"
    assert (await door.me(session)).status_code == 401
    door.provider.person["sub"] = "the next"
    assert await door.code() == "let in"


async def test_of_two_at_once_under_one_name_one_is_bound(door, database):
    await door.person()
    begun = [(await door.begin()).json() for _ in range(2)]
    brought = [await door.provider.allow(each["address"]) for each in begun]
    subjects = iter(("first", "second"))
    door.provider.sign = lambda claims: door.provider._signed({**claims, "sub": next(subjects)})

    answers = await asyncio.gather(
        *(door.back(each["ticket"], **back) for each, back in zip(begun, brought, strict=True))
    )

    assert sorted(answer.status_code for answer in answers) == [201, 401]
