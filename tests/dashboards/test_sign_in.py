"""Signing in by name and password, one's own account, and an administrator's pages, over a real api."""

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from dashboards.app import create_app
from dashboards.in_process import InProcessTransport
from services.core.clock import Clock
from tests.builders.divisions import CITY, LICHENG, ONE, SHANDALU
from tests.builders.people import PASSWORD, a_code, an_account
from tests.builders.reading_api import a_reading_api
from tests.builders.snapshots import Value
from tests.dashboards.conftest import SITE, Pages

NEW = "another-sorghum-lantern"


@pytest.fixture
async def closed(database: str, tmp_path: Path) -> AsyncIterator[Pages]:
    """The pages where everybody has to sign in."""
    async with a_reading_api(database, tmp_path) as api:
        await api.publish(*(Value(code, 0.5) for code in (CITY, LICHENG, SHANDALU, ONE)))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(api.app), base_url="http://api") as http:
            app = httpx.ASGITransport(create_app(http, require_sign_in=True))
            async with httpx.AsyncClient(transport=app, base_url=SITE) as client:
                yield Pages(api, client)


async def enter(pages: Pages, name: str = "desk", password: str = PASSWORD, **form: str) -> httpx.Response:
    return await pages.post("/sign-in", name=name, password=password, **form)


async def a_visitor(pages: Pages, name: str = "desk", **account: Any) -> int:
    """Someone who has an account and has signed in; the account's number."""
    number, password = await an_account(pages.api.engine, pages.api.clock, name, **account)
    assert (await enter(pages, name, password)).status_code == 303
    return number


async def an_administrator(pages: Pages) -> int:
    return await a_visitor(pages, "admin", role="administrator")


def shown_once(answer: httpx.Response) -> str:
    [code] = re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", answer.text)
    return html.unescape(code)


@pytest.mark.parametrize(
    "path", ["/rankings", "/cards?colour=red", f"/villages/{ONE}", "/account", "/administration"]
)
async def test_whoever_has_not_signed_in_is_asked_to_and_comes_back(closed: Pages, path: str) -> None:
    asked = await closed.get(path)
    assert (asked.status_code, asked.headers["location"].split("?")[0]) == (303, "/sign-in")
    after = httpx.URL(asked.headers["location"]).params["next"]
    await an_account(closed.api.engine, closed.api.clock, role="administrator")

    back = await enter(closed, next=after)

    assert back.headers["location"] == path
    assert (await closed.get(path)).status_code == 200


async def test_who_asked_in_english_is_asked_to_sign_in_in_english(closed: Pages) -> None:
    asked = await closed.get("/cards?lang=en&colour=red")

    page = (await closed.get(asked.headers["location"])).text
    assert '<html lang="en"' in page
    assert 'name="next" value="/cards?colour=red"' in page


async def test_a_link_from_elsewhere_is_asked_for_again_so_that_the_cookie_comes_along(closed: Pages) -> None:
    answer = await closed.client.get("/cards", headers={"sec-fetch-site": "cross-site"})

    assert answer.status_code == 200 and '<meta http-equiv="refresh" content="0">' in answer.text


async def test_a_session_is_kept_where_no_script_and_no_other_site_gets_at_it(closed: Pages) -> None:
    await an_account(closed.api.engine, closed.api.clock)

    cookie = (await enter(closed)).headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie and "Secure" not in cookie
    over_https = await closed.client.post(
        "/sign-in", data={"name": "desk", "password": PASSWORD},
        headers={"origin": "https://pages", "sec-fetch-site": "same-origin"},
    )  # fmt: skip
    assert "Secure" in over_https.headers["set-cookie"]


async def test_a_browser_that_came_by_https_is_told_to_stay_there(closed: Pages) -> None:
    here, there = [await closed.client.get(f"{scheme}://pages/sign-in") for scheme in ("http", "https")]

    assert "strict-transport-security" not in here.headers
    assert there.headers["strict-transport-security"] == "max-age=31536000"


async def test_a_wrong_password_is_told_and_the_name_stays_in_the_form(closed: Pages) -> None:
    await an_account(closed.api.engine, closed.api.clock)

    answer = await enter(closed, password="wrong")

    assert answer.status_code == 422 and 'role="alert"' in answer.text
    assert 'value="desk"' in answer.text and "wrong" not in re.sub(r'class="wrong"', "", answer.text)
    assert "set-cookie" not in answer.headers


async def test_a_locked_account_says_when_it_opens_again(closed: Pages) -> None:
    await an_account(closed.api.engine, closed.api.clock)
    for _ in range(5):
        await enter(closed, password="wrong")

    answer = await enter(closed)
    assert answer.status_code == 423 and "2021-12-10 10:15:00" in answer.text


async def test_signing_out_ends_the_session_itself(closed: Pages) -> None:
    await a_visitor(closed)
    token = closed.client.cookies["key"]

    await closed.post("/sign-out")

    refused = await closed.api.client.get("/v1/me", headers={"authorization": f"Bearer {token}"})
    assert refused.status_code == 401 and "key" not in closed.client.cookies


async def test_a_session_that_is_over_leads_to_the_sign_in(closed: Pages) -> None:
    closed.client.cookies.set("key", "rorc_aabbccdd_ended")

    answer = await closed.get("/cards")
    assert answer.headers["location"] == "/sign-in?next=%2Fcards"


async def test_a_visitor_sees_the_scope_and_role_of_the_account(closed: Pages) -> None:
    await a_visitor(closed, role="county", division=LICHENG)

    page = (await closed.get("/account")).text

    assert "历城区" in page and "区县" in page and "/administration" not in page
    assert (await closed.get("/administration")).status_code == 403
    assert (await closed.get(f"/divisions/{CITY}")).status_code == 404


async def test_a_one_time_password_is_changed_before_anything_else(closed: Pages) -> None:
    _, password = await an_account(closed.api.engine, closed.api.clock, password=None)
    assert (await enter(closed, password=password)).headers["location"] == "/account"
    assert (await closed.get("/cards")).headers["location"] == "/account"

    changed = await closed.post("/account", do="password", present=password, new=NEW, again=NEW)

    assert changed.headers["location"] == "/account?done=password"
    assert (await closed.get("/cards")).status_code == 200


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"present": "wrong"}, "The password is wrong"), ({"new": "short", "again": "short"}, "12 to 200"),
        ({"again": "something else"}, "differ"),
    ],
)  # fmt: skip
async def test_a_password_that_cannot_be_changed_says_why(closed: Pages, form: dict[str, str], said: str) -> None:
    await a_visitor(closed)

    fields = {"do": "password", "present": PASSWORD, "new": NEW, "again": NEW} | form
    answer = await closed.post("/account?lang=en", **fields)
    assert answer.status_code == 422 and said in answer.text


async def test_an_authenticator_is_scanned_confirmed_asked_for_and_removed(closed: Pages) -> None:
    await a_visitor(closed)
    begun = await closed.post("/account", do="begin")
    assert begun.headers["cache-control"] == "no-store" and 'src="data:image/svg+xml' in begun.text
    secret = shown_once(begun)
    [uri] = re.findall(r'name="uri" value="([^"]+)"', begun.text)
    kept = {"do": "confirm", "secret": secret, "uri": html.unescape(uri)}

    wrong = await closed.post("/account", **kept, code="000000")
    assert wrong.status_code == 422 and shown_once(wrong) == secret
    assert (await closed.post("/account", **kept, code=a_code(secret, Clock()))).status_code == 303

    await closed.post("/sign-out")
    assert "动态验证码" in (await enter(closed)).text
    assert (await enter(closed, code=a_code(secret, Clock(), later=1))).status_code == 303
    assert (await closed.post("/account", do="remove", password=PASSWORD)).status_code == 303


async def test_an_administrator_makes_an_account_and_is_shown_its_password_once(closed: Pages) -> None:
    await an_administrator(closed)

    made = await closed.post("/administration", name="Licheng", role="county", division=LICHENG, display_name="")

    assert made.status_code == 200 and made.headers["cache-control"] == "no-store"
    password = shown_once(made)
    listed = await closed.get("/administration?lang=en")
    assert "licheng" in listed.text and password not in listed.text
    assert (await enter(closed, "licheng", password)).headers["location"] == "/account"


async def test_what_is_wrong_with_a_new_account_is_told_and_stays_in_the_form(closed: Pages) -> None:
    await an_administrator(closed)

    answer = await closed.post("/administration?lang=en", name="other", role="county", division=SHANDALU)

    assert answer.status_code == 422 and "cannot stand at" in answer.text
    assert 'value="other"' in answer.text and f'value="{SHANDALU}"' in answer.text


async def test_an_account_is_disabled_enabled_given_another_role_and_reset(closed: Pages) -> None:
    number, _ = await an_account(closed.api.engine, closed.api.clock)
    await an_administrator(closed)
    page = f"/administration/accounts/{number}"

    assert (await closed.post(page, do="disable")).headers["location"] == page
    assert 'value="enable"' in (await closed.get(page)).text
    await closed.post(page, do="enable")
    await closed.post(page, do="role", role="county", division=LICHENG)
    assert "历城区" in (await closed.get(page)).text
    password = shown_once(await closed.post(page, do="reset"))
    assert (await enter(closed, "desk", password)).headers["location"] == "/account"


async def test_nobody_takes_the_own_account_out_of_use(closed: Pages) -> None:
    number = await an_administrator(closed)

    answer = await closed.post(f"/administration/accounts/{number}?lang=en", do="disable")

    assert answer.status_code == 422 and "own account" in answer.text
    assert (await closed.get("/administration")).status_code == 200


async def test_a_key_is_made_rotated_and_revoked(closed: Pages) -> None:
    await an_administrator(closed)
    form = {"name": "townsend", "division": SHANDALU, "right_read": "1", "days": "30"}

    token = shown_once(await closed.post("/administration/keys", **form))

    prefix = token.split("_")[1]
    another = shown_once(await closed.post(f"/administration/keys/{prefix}", do="rotate"))
    assert another != token and another not in (await closed.get("/administration/keys")).text
    revoked = await closed.post(f"/administration/keys/{prefix}", do="revoke")
    assert revoked.headers["location"] == "/administration/keys"
    assert (await closed.post("/administration/keys", name="x", division=SHANDALU)).status_code == 422


@pytest.mark.parametrize(
    "path", ["/account", "/administration", "/administration/accounts/1", "/administration/keys"]
)
async def test_a_form_from_another_site_is_not_taken(closed: Pages, path: str) -> None:
    await an_administrator(closed)

    headers = {"origin": "https://elsewhere.example", "sec-fetch-site": "cross-site"}
    assert (await closed.client.post(path, data={"do": "disable"}, headers=headers)).status_code == 403


async def test_sign_ins_are_counted_by_where_a_visitor_comes_from(database, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("RORC_SIGN_INS_A_MINUTE", "1")
    async with a_reading_api(database, tmp_path) as api:
        http = httpx.AsyncClient(transport=InProcessTransport(api.app), base_url="http://api")

        async def statuses(visitor: str, names: int) -> list[int]:
            sent = [{"name": f"{visitor}-{number}", "password": "wrong"} for number in range(names)]
            headers = {"x-forwarded-for": visitor}
            return [(await http.post("/v1/sessions", json=each, headers=headers)).status_code for each in sent]

        async with http:
            assert 429 in await statuses("192.0.2.1", 10)
            assert await statuses("192.0.2.2", 1) == [401]
