"""The pages' part of signing in by an OpenID provider: what stays in the browser, what is said, where it goes on."""

import html
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from dashboards.app import create_app
from tests.builders.oidc_door import Door, an_oidc_door
from tests.builders.people import PASSWORD
from tests.builders.reading_api import a_reading_api

SITE = "https://pages.example"
OURS = {"origin": SITE, "sec-fetch-site": "same-origin"}


@dataclass
class Visitor:
    """A browser before the pages, which stand on an api with a provider."""

    door: Door
    client: httpx.AsyncClient

    async def leave(self, after: str = "") -> httpx.Response:
        return await self.client.get("/sign-in/oidc", params={"next": after} if after else {})

    async def come_back(self, after: str = "", **brought: str) -> httpx.Response:
        """Over the provider and back; `brought` stands before what it sends."""
        address = (await self.leave(after)).headers["location"]
        back = await self.door.provider.allow(address) | brought
        return await self.client.get("/sign-in/oidc/callback", params=back)


@pytest.fixture
async def visitor(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Visitor]:
    async with (
        an_oidc_door(database, tmp_path, monkeypatch) as door,
        httpx.AsyncClient(transport=httpx.ASGITransport(door.api.app), base_url="http://api") as http,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(create_app(http, require_sign_in=True)), base_url=SITE
        ) as client,
    ):
        yield Visitor(door, client)


async def test_the_way_is_offered_above_the_form_and_remembers_where_the_visitor_wanted_to_go(visitor):
    page = (await visitor.client.get("/sign-in?next=/cards%3Fcolour%3Dred")).text

    assert '<a class="btn main" href="/sign-in/oidc?next=/cards%3Fcolour%3Dred">统一身份认证登录</a>' in page
    assert page.index("/sign-in/oidc") < page.index("<form class")
    assert "Sign in with single sign-on" in (await visitor.client.get("/sign-in?lang=en")).text


async def test_whoever_comes_back_is_signed_in_and_goes_on_from_a_page_of_ours(visitor):
    await visitor.door.person()

    answer = await visitor.come_back("/account")

    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    assert '<meta http-equiv="refresh" content="0; url=/account">' in answer.text
    assert '<a class="btn main" href="/account">' in answer.text
    assert "已绑定" in (await visitor.client.get("/account")).text


async def test_what_was_begun_is_kept_where_no_script_gets_at_it_and_forgotten_afterwards(visitor):
    await visitor.door.person()

    begun = (await visitor.leave("/cards")).headers.get_list("set-cookie")
    done = (await visitor.come_back("/cards")).headers.get_list("set-cookie")

    assert [cookie.partition("=")[0] for cookie in begun] == ["oidc_ticket", "oidc_next"]
    for cookie in begun:
        assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/sign-in" in cookie and "Secure" in cookie
    [key] = [cookie for cookie in done if cookie.startswith("key=")]
    assert "HttpOnly" in key and "SameSite=strict" in key and "Secure" in key
    assert sum("Max-Age=0" in cookie for cookie in done) == 2
    assert set(visitor.client.cookies) == {"key"}


@pytest.mark.parametrize(
    "after", ["//id.example/", "https://id.example/", "/\\id.example", "javascript:alert(1)", ""]
)
async def test_nobody_is_led_away_from_here(visitor, after):
    await visitor.door.person()

    assert 'content="0; url=/"' in (await visitor.come_back(after)).text


async def test_an_address_to_go_on_to_cannot_become_part_of_the_page(visitor):
    await visitor.door.person()

    page = (await visitor.come_back('/cards?x="><script>1</script>')).text

    assert "<script>1" not in page and html.unescape("url=/cards?x=&#34;&gt;&lt;script") in html.unescape(page)


async def test_a_cookie_that_leads_away_is_not_followed(visitor):
    await visitor.door.person()
    address = (await visitor.leave()).headers["location"]
    brought = await visitor.door.provider.allow(address)
    visitor.client.cookies.set("oidc_next", "https%3A//id.example/", domain="pages.example", path="/sign-in")

    answer = await visitor.client.get("/sign-in/oidc/callback", params=brought)

    assert 'content="0; url=/' in answer.text and "id.example" not in answer.text


@pytest.mark.parametrize(
    ("denies", "lang", "said"),
    [
        ("access_denied", "zh", "统一身份认证已取消"), ("access_denied", "en", "was broken off"),
        ("server_error", "zh", "统一身份认证未成功"), ("<b>no</b>", "en", "did not succeed"),
    ],
)  # fmt: skip
async def test_a_provider_that_says_no_is_told_in_our_own_words(visitor, denies, lang, said):
    visitor.door.provider.denies = denies
    visitor.client.cookies.set("lang", lang)

    answer = await visitor.come_back("/cards")

    assert answer.status_code == 422 and said in answer.text and "<b>no" not in answer.text
    assert 'name="next" value="/cards"' in answer.text and "key" not in visitor.client.cookies


@pytest.mark.parametrize(
    ("lang", "said"), [("zh", "没有对应的账号"), ("en", "No account here belongs to who you are there")]
)
async def test_somebody_without_an_account_is_told_who_can_help(visitor, lang, said):
    visitor.client.cookies.set("lang", lang)

    answer = await visitor.come_back()

    assert answer.status_code == 422 and said in answer.text and "key" not in visitor.client.cookies


async def test_an_answer_to_another_request_is_not_taken(visitor):
    await visitor.door.person()

    answer = await visitor.come_back(state="another")

    assert answer.status_code == 422 and "不是在此浏览器发起" in answer.text and "key" not in visitor.client.cookies


async def test_a_link_to_the_callback_signs_nobody_in(visitor):
    await visitor.door.person()
    begun = (await visitor.door.begin(f"{SITE}/sign-in/oidc/callback")).json()
    brought = await visitor.door.provider.allow(begun["address"])

    answer = await visitor.client.get("/sign-in/oidc/callback", params=brought)

    assert answer.status_code == 422 and "重新登录" in answer.text and "key" not in visitor.client.cookies


async def test_what_went_wrong_is_shown_in_the_other_language_without_the_code(visitor):
    page = (await visitor.come_back("/cards", state="another")).text

    [link] = re.findall(r'href="([^"]+)" lang="en"', page)
    assert html.unescape(link) == "/sign-in?next=%2Fcards&lang=en"


@pytest.mark.parametrize(("lang", "said"), [("zh", "统一身份认证系统暂不可用"), ("en", "cannot be reached")])
async def test_when_the_provider_is_away_the_password_is_asked_for(visitor, lang, said):
    await visitor.door.person()
    visitor.door.api.app.state.provider.issuer = "http://127.0.0.1:1"
    visitor.client.cookies.set("lang", lang)

    answer = await visitor.leave("/account")

    assert answer.status_code == 503 and said in answer.text
    fields = {"name": "desk", "password": PASSWORD, "next": "/account"}
    entered = await visitor.client.post("/sign-in", data=fields, headers=OURS)
    assert (entered.status_code, entered.headers["location"]) == (303, "/account")


async def test_an_administrator_sees_who_is_bound_and_unbinds_it(visitor):
    number = await visitor.door.person()
    await visitor.door.sign_in()
    await visitor.door.person("admin", role="administrator")
    await visitor.client.post("/sign-in", data={"name": "admin", "password": PASSWORD}, headers=OURS)
    page = f"/administration/accounts/{number}"
    before = (await visitor.client.get(page)).text

    unbound = await visitor.client.post(page, data={"do": "unbind"}, headers=OURS)

    assert "已绑定" in before and 'value="unbind"' in before
    assert unbound.headers["location"] == page
    after = (await visitor.client.get(page)).text
    assert "已绑定" not in after and 'value="unbind"' not in after


async def test_without_a_provider_the_pages_are_as_they_were(database: str, tmp_path: Path) -> None:
    async with a_reading_api(database, tmp_path) as api:
        http: Any = httpx.AsyncClient(transport=httpx.ASGITransport(api.app), base_url="http://api")
        pages = httpx.AsyncClient(transport=httpx.ASGITransport(create_app(http)), base_url=SITE)
        async with http, pages:
            form = await pages.get("/sign-in")
            missing = [await pages.get(path) for path in ("/sign-in/oidc", "/sign-in/oidc/callback?code=x&state=x")]

    assert form.status_code == 200 and "oidc" not in form.text
    assert [answer.status_code for answer in missing] == [404, 422]


async def test_without_an_api_the_form_is_there_all_the_same() -> None:
    http = httpx.AsyncClient(base_url="http://127.0.0.1:1")
    pages = httpx.AsyncClient(transport=httpx.ASGITransport(create_app(http)), base_url=SITE)
    async with http, pages:
        form = await pages.get("/sign-in")

    assert form.status_code == 200 and 'name="password"' in form.text and "oidc" not in form.text
