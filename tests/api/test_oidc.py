"""The protocol of signing in by an OpenID provider: whose word is taken, and what becomes of it when it is away."""

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import OctKey
from starlette.responses import HTMLResponse, Response

from services.core.clock import Clock, SteppedClock
from tests.builders.oidc_door import HERE, Door, an_oidc_door, events
from tests.builders.openid_provider import CLIENT, SECRET, a_key, signed
from tests.builders.people import PASSWORD
from tests.builders.reading_api import a_reading_api


@pytest.fixture
async def door(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Door]:
    async with an_oidc_door(database, tmp_path, monkeypatch) as door:
        yield door


WRONG: dict[str, dict[str, Any]] = {
    "another nonce": {"nonce": "another"}, "no nonce": {"nonce": None}, "another audience": {"aud": "another"},
    "several audiences and no party": {"aud": [CLIENT, "another"]},
    "another party": {"aud": [CLIENT, "another"], "azp": "another"}, "no audience": {"aud": None},
    "another issuer": {"iss": "https://id.example"}, "no issuer": {"iss": None}, "expired": {"exp": 1_600_000_000},
    "no end": {"exp": None}, "not a number": {"exp": "soon"}, "of the future": {"iat": 9_000_000_000},
    "not yet": {"nbf": 9_000_000_000}, "no subject": {"sub": None}, "an empty subject": {"sub": ""},
    "a long subject": {"sub": "x" * 256}, "a subject that no text can be": {"sub": "a\x00b"},
    "a subject that is no text": {"sub": 7}, "another access token": {"at_hash": "bm90LWEtaGFzaA"},
}  # fmt: skip


@pytest.mark.parametrize("changed", WRONG.values(), ids=WRONG)
async def test_a_token_that_does_not_prove_it_lets_nobody_in(door, database, changed):
    await door.person()
    door.provider.changed = changed

    assert await door.code() == "401 sign_in_refused"
    assert events(database) == [("sign_in_failed", None, "oidc")]


@pytest.mark.parametrize("changed", [{"aud": [CLIENT]}, {"aud": [CLIENT, "another"], "azp": CLIENT}])
async def test_a_token_may_name_its_audience_in_each_way(door, changed):
    await door.person()
    door.provider.changed = changed

    assert await door.code() == "let in"


@pytest.mark.parametrize("kind", ["RS256", "PS256", "ES256", "EdDSA"])
async def test_a_token_may_be_signed_by_each_of_these_algorithms(door, kind):
    await door.person()
    door.provider.key, door.provider.algorithm = a_key(kind), kind

    assert await door.code() == "let in"


def _unsigned(claims: dict[str, Any]) -> str:
    body = _by_another_key(claims).split(".")[1]
    head = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    return f"{head}.{body}."


def _by_secret(claims: dict[str, Any]) -> str:
    return signed({"alg": "HS256", "kid": "first"}, claims, OctKey.import_key(SECRET))


def _by_client(claims: dict[str, Any]) -> str:
    filled_up = CLIENT.encode().ljust(32, b"\0")  # as HMAC does by itself
    return signed({"alg": "HS256"}, claims, OctKey.import_key(filled_up))


def _by_another_key(claims: dict[str, Any]) -> str:
    return signed({"alg": "RS256", "kid": "first"}, claims, a_key())


def _without_its_signature(claims: dict[str, Any]) -> str:
    return _by_another_key(claims).rpartition(".")[0] + "."


@pytest.mark.parametrize(
    "sign",
    [
        _unsigned,
        _by_secret,
        _by_client,
        _by_another_key,
        _without_its_signature,
        lambda _: "no token",
        lambda _: None,
    ],
)
async def test_a_token_that_the_provider_did_not_sign_lets_nobody_in(door, sign):
    await door.person()
    door.provider.sign = sign

    assert await door.code() == "401 sign_in_refused"


async def test_a_symmetric_key_that_the_provider_publishes_is_not_taken(door):
    await door.person()
    published = OctKey.import_key(SECRET, {"kid": "first", "alg": "HS256"})
    door.provider.answers["/jwks"] = _json({"keys": [published.as_dict(private=True)]})
    door.provider.sign = _by_secret

    assert await door.code() == "401 sign_in_refused"


async def test_a_provider_that_changed_its_key_is_asked_for_the_new_one_once(door):
    await door.person()
    assert await door.code() == "let in"
    door.provider.key = a_key(kid="second")

    assert await door.code() == "let in"
    door.provider.published, door.provider.key = [door.provider.key], a_key(kid="third")
    assert await door.code() == "401 sign_in_refused"

    assert door.provider.asked.count("/jwks") == 3


async def test_what_the_provider_says_of_itself_is_asked_for_once_and_only_when_it_is_needed(door):
    await door.person()
    assert (await door.api.client.get("/v1/sign-in")).json() == {"ways": ["password", "oidc"]}
    assert door.provider.asked == []

    assert [await door.code() for _ in range(2)] == ["let in"] * 2

    once = ["/.well-known/openid-configuration", "/authorize", "/token", "/jwks"]
    assert door.provider.asked == [*once, "/authorize", "/token"]


async def test_a_key_of_a_kind_that_is_not_known_does_no_harm(door):
    await door.person()
    odd = [{"kty": "AKP", "kid": "odd"}, {"kty": "EC", "crv": "P-0", "x": "", "y": ""}, {}]
    door.provider.answers["/jwks"] = _json({"keys": [*odd, door.provider.key.as_dict(private=False)]})

    assert await door.code() == "let in"


@pytest.mark.parametrize("token", ["ticket\r\nx: y", "票", 7, None])
async def test_an_access_token_that_cannot_be_sent_is_no_failure_of_ours(door, token):
    await door.person()
    del door.provider.person["preferred_username"]
    door.provider.changed["at_hash"] = None
    door.provider.access = token

    assert await door.code() in ("503 oidc_unavailable", "401 sign_in_refused")


def _json(content: Any, status: int = 200) -> Any:
    async def answered() -> Response:
        return Response(httpx.Request("POST", "http://x", json=content).content, status)

    return answered


async def _page() -> Response:
    return HTMLResponse("<!doctype html><title>Bad gateway</title>", 502)


async def _portal() -> Response:
    return HTMLResponse("<!doctype html><title>Accept our terms</title>")


async def _huge() -> Response:
    return Response(b'{"keys": "' + b"x" * 300_000 + b'"}', media_type="application/json")


async def _deep() -> Response:
    return Response(b"[" * 100_000, media_type="application/json")


async def _bomb() -> Response:
    return Response(b"\x1f\x8b" + b"\x00" * 100, headers={"content-encoding": "gzip"})


async def _slow() -> Response:
    await asyncio.sleep(1)
    return Response("{}")


PLACES = ("/.well-known/openid-configuration", "/jwks", "/token")
AWAY: Any = [
    (path, answer)
    for answer in (_page, _portal, _huge, _deep, _bomb, _slow, _json([]), _json({}, 503))
    for path in PLACES
]
AWAY += [("/jwks", _json({"keys": keys})) for keys in ("none", [], [1], [{"kty": "RSA", "n": "!", "e": 1}])]
AWAY += [("/token", _json({"id_token": "x", "expires_in": [1]}))]


@pytest.mark.parametrize(("path", "answer"), AWAY)
async def test_a_provider_that_does_not_answer_as_one_is_told_and_passwords_are_taken(door, path, answer):
    await door.person()
    door.api.app.state.provider.patience = 0.3
    door.provider.answers[path] = answer
    begun = await door.begin()

    told = begun
    if begun.status_code == 201:
        told = await door.back(begun.json()["ticket"], **await door.provider.allow(begun.json()["address"]))

    assert (told.status_code, told.json()["code"], told.headers["retry-after"]) == (503, "oidc_unavailable", "30")
    by_password = await door.api.client.post("/v1/sessions", json={"name": "desk", "password": PASSWORD})
    assert by_password.status_code == 201
    door.provider.answers.clear()
    door.api.app.state.provider.patience = 4.0
    assert await door.code() == "let in"


async def test_a_provider_that_is_not_there_is_told_in_both_languages(door):
    door.api.app.state.provider.issuer = "http://127.0.0.1:1"

    told = (await door.begin()).json()

    assert told["code"] == "oidc_unavailable"
    assert "用户名和密码" in told["text"]["zh"] and "name and password" in told["text"]["en"]


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://id.example"}, {"token_endpoint": "http://id.example/token"}, {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"}, {"userinfo_endpoint": "file:///etc/passwd"},
    ],
)  # fmt: skip
async def test_a_provider_that_says_what_cannot_be_of_itself_is_not_followed(door, metadata):
    door.provider.metadata = metadata

    assert (await door.begin()).json()["code"] == "oidc_unavailable"


async def test_a_secret_that_the_provider_does_not_know_is_a_fault_of_the_center(door):
    await door.person()
    door.provider.secret = "another"

    assert await door.code() == "503 oidc_unavailable"


async def test_a_provider_may_want_the_secret_in_the_body(door):
    await door.person()
    door.provider.metadata["token_endpoint_auth_methods_supported"] = ["client_secret_post"]

    assert await door.code() == "let in"


async def test_a_public_client_has_no_secret(door):
    await door.person()
    door.api.app.state.provider.client_secret = door.provider.secret = None

    assert await door.code() == "let in"


@pytest.mark.parametrize(
    "brought",
    [
        {"state": "another"}, {"ticket": "gAAAAABno"}, {"ticket": "票"}, {"redirect_uri": "https://rorc.example/other"},
    ],
)  # fmt: skip
async def test_what_was_begun_elsewhere_or_for_another_address_is_not_gone_on_with(door, brought):
    await door.person()
    begun = (await door.begin()).json()
    right = {"ticket": begun["ticket"], **await door.provider.allow(begun["address"])}

    answer = await door.back(**{**right, **brought})

    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_stale")
    assert "/token" not in door.provider.asked


async def test_a_ticket_is_good_for_ten_minutes(door):
    await door.person()
    codes = []
    for seconds in (590, 610):
        door.api.app.state.provider.clock = SteppedClock(Clock().now() - timedelta(seconds=seconds))
        begun = (await door.begin()).json()
        door.api.app.state.provider.clock = Clock()
        answer = await door.back(begun["ticket"], **await door.provider.allow(begun["address"]))
        codes.append(answer.status_code)

    assert codes == [201, 401]


async def test_a_ticket_can_be_opened_by_another_process_of_the_same_center(door, database, tmp_path):
    await door.person()
    begun = (await door.begin()).json()

    async with a_reading_api(database, tmp_path) as other:
        elsewhere = Door(other, door.provider)
        answer = await elsewhere.back(begun["ticket"], **await door.provider.allow(begun["address"]))

    assert answer.status_code == 201


async def test_a_code_is_taken_once_and_only_from_who_asked_for_it(door):
    await door.person()
    mine, theirs = (await door.begin()).json(), (await door.begin()).json()
    brought = await door.provider.allow(mine["address"])
    code = (await door.provider.allow(theirs["address"]))["code"]

    injected = await door.back(mine["ticket"], code=code, state=brought["state"])
    first, second = [await door.back(mine["ticket"], **brought) for _ in range(2)]

    assert [answer.status_code for answer in (injected, first, second)] == [401, 201, 401]
    assert second.json()["code"] == "sign_in_refused"


async def test_so_many_attempts_a_minute_are_taken_from_an_address(door):
    codes = [(await door.begin()).status_code for _ in range(61)]

    assert (codes[0], codes[-1]) == (201, 429)
    assert (await door.back("x", code="x", state="x")).status_code == 429


@pytest.mark.parametrize("address", ["http://rorc.example/x", "javascript:alert(1)", "https://", "/sign-in"])
async def test_nobody_is_sent_back_without_https(door, address):
    assert (await door.begin(address)).json()["code"] == "content_invalid"


async def test_what_ways_there_are_is_told_without_a_key_also_when_figures_are_served(api):
    answer = await api.client.get("/v1/sign-in")

    assert (answer.status_code, answer.json()) == (200, {"ways": ["password"]})


async def test_without_a_provider_passwords_are_the_way(database, tmp_path):
    async with a_reading_api(database, tmp_path) as api:
        ways = await api.client.get("/v1/sign-in")
        begun = await api.client.post("/v1/sessions/oidc/requests", json={"redirect_uri": HERE})

    assert (ways.status_code, ways.json()) == (200, {"ways": ["password"]})
    assert (begun.status_code, begun.json()["code"]) == (404, "not_found")
