"""An OpenID provider of somebody else, served at 127.0.0.1: it does what it should, or what a test has it do."""

import base64
import secrets
import time
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode

import httpx
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core.util import create_half_hash
from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, Key, KeySet, OKPKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.builders.served_apps import served_beside

SUBJECT = "248289761001"
CLIENT, SECRET = "rorc", "between-the-two-of-us"
Answering = Callable[[], Awaitable[Response]]
_PAGE = (
    '<!doctype html><html lang="en"><title>Provider</title><form method="post"><button>Allow</button></form></html>'
)


def a_key(kind: str = "RS256", kid: str = "first") -> Key:
    """A key that signs by an algorithm."""
    parameters: Any = {"kid": kid, "use": "sig", "alg": kind}
    if kind == "ES256":
        return ECKey.generate_key("P-256", parameters)
    if kind == "EdDSA":
        return OKPKey.generate_key("Ed25519", parameters)
    return RSAKey.generate_key(2048, parameters)


@cache
def _first_key() -> Key:
    """Made once: it takes a while."""
    return a_key()


def signed(header: dict[str, Any], claims: dict[str, Any], key: Key) -> str:
    """A token, by whatever algorithm its header says."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)
        return jwt.encode(header, claims, key, [header["alg"]])


@dataclass
class OpenIdProvider:
    """What it knows and does. `person` are the claims about whoever is there; `changed` those of the next tokens that
    are not as they should be (None leaves one out); `answers` stand before its own, by path.
    """

    issuer: str = ""
    person: dict[str, Any] = field(default_factory=lambda: {"sub": SUBJECT, "preferred_username": "desk"})
    told_apart: dict[str, Any] = field(default_factory=dict)
    changed: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Answering] = field(default_factory=dict)
    key: Key = field(default_factory=_first_key)
    published: list[Key] | None = None
    algorithm: str = "RS256"
    sign: Callable[[dict[str, Any]], str] | None = None
    secret: str | None = SECRET
    denies: str | None = None
    access: Any = "access"
    asked: list[str] = field(default_factory=list)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    async def allow(self, address: str) -> dict[str, str]:
        """Go where somebody is sent, and say yes there; what is added to the redirect address."""
        async with httpx.AsyncClient() as http:
            answer = await http.post(address)
        assert answer.status_code == 303, answer.text
        return dict(parse_qsl(httpx.URL(answer.headers["location"]).query.decode()))

    def app(self) -> Starlette:
        """What answers for it, at `issuer`."""
        return Starlette(routes=[Route("/{path:path}", self._answer, methods=["GET", "POST"])])

    async def _answer(self, request: Request) -> Response:
        path = request.url.path
        self.asked.append(path)
        if path in self.answers:
            return await self.answers[path]()
        match path:
            case "/.well-known/openid-configuration":
                return JSONResponse(self._metadata())
            case "/jwks":
                keys = KeySet([self.key] if self.published is None else self.published)
                return JSONResponse(keys.as_dict(private=False))
            case "/authorize":
                return self._authorize(request)
            case "/token":
                return await self._token(request)
            case "/userinfo" if request.headers.get("authorization") == "Bearer access":
                return JSONResponse({"sub": self.person["sub"]} | self.told_apart)
            case _:
                return Response(status_code=404)

    def _metadata(self) -> dict[str, Any]:
        own = {name: f"{self.issuer}/{path}" for name, path in (
            ("authorization_endpoint", "authorize"), ("token_endpoint", "token"), ("jwks_uri", "jwks"),
            ("userinfo_endpoint", "userinfo"),
        )}  # fmt: skip
        return {"issuer": self.issuer, "subject_types_supported": ["public"], **own, **self.metadata}

    def _authorize(self, request: Request) -> Response:
        asked = {name: values[-1] for name, values in parse_qs(request.url.query).items()}
        if request.method == "GET":
            return HTMLResponse(_PAGE)
        wanted = {"response_type": "code", "client_id": CLIENT, "code_challenge_method": "S256"}
        if not wanted.items() <= asked.items() or "openid" not in asked["scope"].split():
            return Response("not as it should be asked", 400)
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        back = {"error": self.denies, "error_description": "<b>no</b>"} if self.denies else {"code": code}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({**back, 'state': asked['state']})}", 303)

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        if not self._is_client(request, form):
            return JSONResponse({"error": "invalid_client"}, 401)
        asked = self._codes.pop(form.get("code", ""), None)
        is_good = (
            asked is not None
            and form["redirect_uri"] == asked["redirect_uri"]
            and create_s256_code_challenge(form["code_verifier"]) == asked["code_challenge"]
        )
        if not is_good or asked is None:
            return JSONResponse({"error": "invalid_grant", "error_description": "授权码无效"}, 400)
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"],
            "at_hash": create_half_hash("access", self.algorithm).decode(), **self.person,
        } | self.changed  # fmt: skip
        token = (self.sign or self._signed)({name: value for name, value in claims.items() if value is not None})
        return JSONResponse({"access_token": self.access, "token_type": "Bearer", "id_token": token})

    def _is_client(self, request: Request, form: dict[str, str]) -> bool:
        if self.secret is None:
            return form.get("client_id") == CLIENT and "authorization" not in request.headers
        if self.metadata.get("token_endpoint_auth_methods_supported") == ["client_secret_post"]:
            return (form.get("client_id"), form.get("client_secret")) == (CLIENT, self.secret)
        basic = base64.b64encode(f"{CLIENT}:{self.secret}".encode()).decode()
        return request.headers.get("authorization") == f"Basic {basic}"

    def _signed(self, claims: dict[str, Any]) -> str:
        return signed({"alg": self.algorithm, "kid": self.key.kid}, claims, self.key)


@asynccontextmanager
async def an_openid_provider() -> AsyncIterator[OpenIdProvider]:
    """A provider at an address of its own, until the end."""
    provider = OpenIdProvider()
    async with served_beside(provider.app()) as provider.issuer:
        yield provider
