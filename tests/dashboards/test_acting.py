"""A visitor with a key: signs in, sees its scope, acts upon a card from its page; and nobody else does it for him."""

import re

import pytest

from tests.builders.divisions import CHANGQING, CITY, LICHENG, ONE, SHANDALU, WENCHANG
from tests.dashboards.conftest import SITE, Pages


def etag_on(page: str) -> str:
    """What the forms of a card's page say that the visitor saw."""
    return re.findall(r'name="etag" value="([^"]+)"', page)[0].replace("&#34;", '"')


def steps_on(page: str) -> list[str]:
    return re.findall(r'name="event" value="(\w+)"', page)


async def test_a_key_is_kept_where_no_script_and_no_other_site_reaches_it(pages: Pages) -> None:
    key = await pages.api.key(SHANDALU, "read", "act")

    answer = await pages.post("/sign-in", key=f" {key}\n", next="/cards?colour=red")

    cookie = answer.headers["set-cookie"]
    assert (answer.status_code, answer.headers["location"]) == (303, "/cards?colour=red")
    assert cookie.startswith(f"key={key};")
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie


async def test_over_https_the_key_is_never_sent_in_the_clear(pages: Pages) -> None:
    key = await pages.api.key(SHANDALU, "read", "act")

    answer = await pages.client.post("/sign-in", data={"key": key}, headers={"origin": "https://pages"})

    assert "Secure" in answer.headers["set-cookie"].split("; ")


@pytest.mark.parametrize("after", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", ""])
async def test_signing_in_leads_nowhere_else(pages: Pages, after: str) -> None:
    answer = await pages.post("/sign-in", key=await pages.api.key(SHANDALU), next=after)

    assert (answer.status_code, answer.headers["location"]) == (303, "/")


@pytest.mark.parametrize("key", ["", "rorc_ab_cd", "钥匙", "a b", "x" * 300])
async def test_a_wrong_key_is_told_and_not_kept(pages: Pages, key: str) -> None:
    answer = await pages.post("/sign-in?lang=en", key=key)

    assert answer.status_code == 422
    assert "wrong, expired or revoked" in answer.text
    assert "key=" not in answer.headers.get("set-cookie", "")


async def test_a_key_that_may_not_read_signs_nobody_in(pages: Pages) -> None:
    answer = await pages.post("/sign-in", key=await pages.api.key(SHANDALU, "report"))

    assert answer.status_code == 422


async def test_a_visitor_sees_with_his_own_key(pages: Pages) -> None:
    own, other = await pages.api.raise_card(ONE), await pages.api.raise_card(WENCHANG)
    before = (await pages.get(f"/cards/{other}")).status_code

    await pages.sign_in(SHANDALU)

    seen = [(await pages.get(f"/cards/{number}")).status_code for number in (own, other)]
    assert (before, seen) == (200, [200, 404])


async def test_after_signing_out_a_visitor_sees_what_everybody_sees(pages: Pages) -> None:
    number = await pages.api.raise_card(WENCHANG)
    await pages.sign_in(SHANDALU)

    answer = await pages.post("/sign-out")

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert (await pages.get(f"/cards/{number}")).status_code == 200


async def test_a_key_that_has_ended_is_told_with_a_way_to_another(pages: Pages) -> None:
    pages.client.cookies.set("key", "rorc_aabbccdd_ended")

    answer = await pages.get("/cards?lang=en")

    assert answer.status_code == 401
    assert "You are no longer signed in" in answer.text
    assert 'href="/sign-in"' in answer.text and 'action="/sign-out"' in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site", "origin": SITE},
        {"sec-fetch-site": "same-site", "origin": SITE},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "same-origin", "origin": "https://elsewhere.example"},
    ],
)
@pytest.mark.parametrize("path", ["/cards/1", "/sign-in", "/sign-out"])
async def test_a_form_of_another_site_is_refused(pages: Pages, path: str, headers: dict[str, str]) -> None:
    number = await pages.api.raise_card(ONE)
    await pages.sign_in(SHANDALU)
    step = {"event": "acknowledged", "etag": etag_on((await pages.get(f"/cards/{number}")).text)}

    answer = await pages.client.post(path, data=step, headers=headers)

    assert answer.status_code == 403
    assert (await pages.api.read(number)).json()["card"]["status"] == "raised"
    assert (await pages.get(f"/cards/{number}")).text.count('action="/sign-out"') == 1


@pytest.mark.parametrize("headers", [{"origin": SITE}, {"sec-fetch-site": "same-origin"}])
async def test_a_browser_that_says_it_one_way_is_believed(pages: Pages, headers: dict[str, str]) -> None:
    answer = await pages.client.post("/sign-out", headers=headers)

    assert answer.status_code == 303


async def test_without_a_key_a_card_offers_to_sign_in_and_no_step(pages: Pages) -> None:
    number = await pages.api.raise_card(ONE)

    page = (await pages.get(f"/cards/{number}?period=2021-11")).text
    answer = await pages.post(f"/cards/{number}", event="acknowledged", etag="*")

    assert steps_on(page) == []
    assert f"/sign-in?next=%2Fcards%2F{number}%3Fperiod%3D2021-11" in page
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next=%2Fcards%2F{number}")


@pytest.mark.parametrize(
    ("scope", "rights", "steps"),
    [
        (SHANDALU, ("read", "act"), ["acknowledged", "appealed"]),
        (SHANDALU, ("read",), []),
        (LICHENG, ("read", "act"), []),
    ],
)
async def test_a_page_has_a_form_for_each_step_that_the_key_may_take(pages: Pages, scope, rights, steps) -> None:
    number = await pages.api.raise_card(ONE)
    await pages.sign_in(scope, *rights)

    assert steps_on((await pages.get(f"/cards/{number}")).text) == steps


async def test_a_step_is_taken_by_a_plain_form_and_told_on_the_page(pages: Pages) -> None:
    number = await pages.api.raise_card(ONE)
    await pages.sign_in(SHANDALU)
    seen = etag_on((await pages.get(f"/cards/{number}")).text)

    answer = await pages.post(
        f"/cards/{number}?lang=en", event="appealed", text="<b>数据</b>有误", due_on="", etag=seen
    )

    page = (await pages.get(f"/cards/{number}?lang=en")).text
    assert (answer.status_code, answer.headers["location"]) == (303, f"/cards/{number}")
    assert "Appealed" in page and "with level above" in page
    assert '&lt;b&gt;<span lang="zh">数据</span>' in page
    assert steps_on(page) == []


async def test_a_card_that_changed_meanwhile_is_shown_as_it_is_with_what_was_typed(pages: Pages) -> None:
    number = await pages.api.raise_card(ONE)
    await pages.sign_in(SHANDALU)
    seen = etag_on((await pages.get(f"/cards/{number}")).text)
    await pages.api.act(number, SHANDALU, {"event": "acknowledged"})

    answer = await pages.post(f"/cards/{number}?lang=en", event="appealed", text="数据有误", etag=seen)

    assert answer.status_code == 412
    assert "has changed since you read it" in answer.text
    assert ">数据有误</textarea>" in answer.text
    assert steps_on(answer.text) == ["plan_filed", "appealed"]
    again = await pages.post(f"/cards/{number}", event="appealed", text="数据有误", etag=etag_on(answer.text))
    assert again.status_code == 303


async def test_what_is_missing_is_told_beside_the_form(pages: Pages) -> None:
    number = await pages.api.raise_card(ONE, status="acknowledged")
    await pages.sign_in(SHANDALU)
    seen = etag_on((await pages.get(f"/cards/{number}")).text)

    answer = await pages.post(f"/cards/{number}", event="plan_filed", text="补开", due_on="2021-12-01", etag=seen)

    assert answer.status_code == 422
    assert "日期: 不能早于今天（2021-12-10）。" in answer.text
    assert ">补开</textarea>" in answer.text


async def test_a_step_of_the_level_above_is_refused_in_words(pages: Pages) -> None:
    number = await pages.api.raise_card(ONE)
    await pages.sign_in(SHANDALU)

    answer = await pages.post(f"/cards/{number}?lang=en", event="closed", etag="*")

    assert answer.status_code == 403
    assert "for the level above" in answer.text


@pytest.mark.parametrize("scope", [CITY, LICHENG, CHANGQING])
async def test_a_neighbours_card_is_no_page(pages: Pages, scope: str) -> None:
    number = await pages.api.raise_card(ONE)
    await pages.sign_in(scope)

    answer = await pages.post(f"/cards/{number}", event="closed", etag="*")

    assert answer.status_code == (404 if scope == CHANGQING else 409)


async def test_a_body_without_end_is_not_read_to_its_end(pages: Pages) -> None:
    answer = await pages.post("/sign-in", key="x" * 70_000)

    assert answer.status_code == 413
