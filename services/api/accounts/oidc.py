"""An OpenID provider asked who somebody is: the authorization code flow with PKCE, and an ID token that is checked.

What is begun is kept by whoever began it, sealed: nothing is stored here, and nobody is asked before it is begun.
"""

import asyncio
import hmac
import secrets
import ssl
import warnings
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import httpx
import msgspec
from authlib.oauth2.client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from cachetools import TTLCache
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError, SecurityWarning
from joserfc.jwk import JWKRegistry, KeySet
from joserfc.jws import JWSRegistry

from services.api.accounts.binding import Identity
from services.api.accounts.schemas import OidcRequestAnswer, OidcReturn
from services.core.clock import Clock
from services.core.problems import Problem
from services.core.settings import Settings, is_safe_to_ask
from services.core.telemetry import log_of

TICKET_SECONDS: Final = 600
PATIENCE_SECONDS: Final = 4.0
"""For all that the provider is asked at a time; the pages wait for the api a little longer."""
_ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")
_LEEWAY_SECONDS: Final = 60
_MOST_BYTES: Final = 256 * 2**10
_REMEMBERED_SECONDS: Final = 3600
_LONGEST: Final = 255
"""Of a subject, by OpenID Connect Core 2; and of a name."""
_HEADERS: Final = {"accept": "application/json", "accept-encoding": "identity"}
"""What is not compressed cannot grow beyond the bound."""
_log = log_of("oidc")


class _Away(Exception):
    """The provider does not answer, or not as one does."""


_NO_ANSWER: Final = (_Away, httpx.HTTPError, httpx.InvalidURL, TimeoutError, UnicodeError)


class _NotGranted(Exception):
    """It gives no token for a code; `error` is why. How it describes that, in whatever language, is not read."""

    def __init__(self, error: object, description: object = None) -> None:
        super().__init__(error)
        self.error = error


class _Untrue(Exception):
    """What it answered does not prove who somebody is."""


class _Ticket(msgspec.Struct, array_like=True):
    """What has to be known again when somebody comes back from the provider."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str


class _Metadata(msgspec.Struct):
    """What a provider says of itself (OpenID Connect Discovery 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class _PublishedKeys(msgspec.Struct):
    """Its keys, as they are."""

    keys: list[dict[str, Any]]


class _Client(OAuth2Client):  # type: ignore[misc]
    """Authlib's, over httpx: the one that it has for it wants another library, and reads without a bound."""

    oauth_error_class = _NotGranted

    async def _fetch_token(
        self, url: str, body: str = "", headers: Any = None, auth: Any = None, method: str = "POST", **_: Any
    ) -> Any:
        url, headers, body = auth.prepare(method, url, {**headers, **_HEADERS}, body)
        answer = await _ask(self.session, method, url, headers=headers, content=body)
        try:
            return self.parse_response_token(answer)
        except (ValueError, TypeError, OverflowError, RecursionError, httpx.HTTPError) as error:
            raise _Away(f"{url}: {answer.status_code}") from error


@dataclass
class Provider:
    """The provider that is set. By its clock go tokens: the true time, also where ours is set to another."""

    issuer: str
    client_id: str
    client_secret: str | None = None
    claim: str = "preferred_username"
    clock: Clock = field(default_factory=Clock)
    patience: float = PATIENCE_SECONDS
    _known: TTLCache[str, Any] = field(default_factory=lambda: TTLCache(4, ttl=_REMEMBERED_SECONDS), init=False)

    @classmethod
    def by(cls, settings: Settings) -> "Provider | None":
        """None unless issuer and client id are set."""
        if not settings.oidc_issuer or not settings.oidc_client_id:
            return None
        secret = settings.oidc_client_secret.get_secret_value() if settings.oidc_client_secret else None
        return cls(settings.oidc_issuer, settings.oidc_client_id, secret or None, settings.oidc_claim)

    async def begin(self, redirect_uri: str) -> OidcRequestAnswer:
        """Where to send somebody who is to come back to `redirect_uri`. Problem `oidc_unavailable`."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        ticket = _Ticket(state, nonce, verifier, redirect_uri)
        try:
            async with self._conversation() as http:
                there = await self._metadata(http)
            address, _ = self._client(None, there, redirect_uri).create_authorization_url(
                there.authorization_endpoint, ticket.state, ticket.verifier, nonce=ticket.nonce
            )
        except (*_NO_ANSWER, ValueError) as error:
            raise self._unavailable(error) from error
        sealed = self._seal.encrypt_at_time(msgspec.json.encode(ticket), self._now())
        return OidcRequestAnswer(address, sealed.decode())

    async def identify(self, back: OidcReturn) -> Identity | None:
        """Who came back; None when the provider's word does not prove it. Problem `oidc_unavailable`, or
        `sign_in_stale` when this was begun too long ago, elsewhere, or for another address.
        """
        ticket = self._opened(back)
        try:
            async with self._conversation() as http:
                return await self._identity(http, ticket, back.code)
        except _Untrue as error:
            _log.warning("token refused", issuer=self.issuer, why=str(error))
            return None
        except _NO_ANSWER as error:
            raise self._unavailable(error) from error

    def _opened(self, back: OidcReturn) -> _Ticket:
        try:
            opened = self._seal.decrypt_at_time(back.ticket.encode(), TICKET_SECONDS, self._now())
            ticket = msgspec.json.decode(opened, type=_Ticket)
        except (InvalidToken, msgspec.MsgspecError, UnicodeEncodeError) as error:
            raise Problem("sign_in_stale") from error
        is_its_own = hmac.compare_digest(ticket.state.encode(), back.state.encode())
        if not is_its_own or ticket.redirect_uri != back.redirect_uri:
            raise Problem("sign_in_stale")
        return ticket

    async def _identity(self, http: httpx.AsyncClient, ticket: _Ticket, code: str) -> Identity:
        there = await self._metadata(http)
        client = self._client(http, there, ticket.redirect_uri)
        try:
            token = await client.fetch_token(there.token_endpoint, code=code, code_verifier=ticket.verifier)
        except _NotGranted as error:
            if error.error == "invalid_grant":
                raise _Untrue("the code is not taken") from error
            raise _Away(f"the code is not exchanged: {str(error.error)[:100]}") from error
        claims = await self._claims(http, there, token, ticket.nonce)
        subject = claims["sub"]
        if not 0 < len(subject) <= _LONGEST or not subject.isprintable():
            raise _Untrue("a subject that is none")
        if self.claim not in claims and there.userinfo_endpoint is not None:
            claims = await self._userinfo(http, there.userinfo_endpoint, token, subject)
        return Identity(self.issuer, subject, self._name(claims))

    async def _claims(
        self, http: httpx.AsyncClient, there: _Metadata, token: Mapping[str, Any], nonce: str
    ) -> Mapping[str, Any]:
        """What the ID token claims, once it was checked (OpenID Connect Core 3.1.3.7)."""
        try:
            try:
                signed = _decoded(token["id_token"], await self._keys(http, there))
            except InvalidKeyIdError:
                self._known.pop("keys", None)
                signed = _decoded(token["id_token"], await self._keys(http, there))
            claims = CodeIDToken(
                signed.claims, signed.header, {"iss": {"value": self.issuer}, "aud": {"value": self.client_id}},
                {"nonce": nonce, "client_id": self.client_id, "access_token": token.get("access_token")},
            )  # fmt: skip
            claims.validate(self._now(), _LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise _Untrue(f"{type(error).__name__}: {error}"[:200]) from error
        return dict(claims)

    async def _userinfo(
        self, http: httpx.AsyncClient, address: str, token: Mapping[str, Any], subject: str
    ) -> Mapping[str, Any]:
        """What the provider tells only when it is asked for it; of nobody else."""
        headers = {**_HEADERS, "authorization": f"Bearer {token.get('access_token')}"}
        told: dict[str, Any] = await _read(http, address, dict[str, Any], headers)
        if told.get("sub") != subject:
            raise _Untrue("claims about somebody else")
        return told

    def _name(self, claims: Mapping[str, Any]) -> str | None:
        """What the claim says, where it can be a name; an address of mail only if it was verified."""
        name = claims.get(self.claim)
        is_name = isinstance(name, str) and len(name) <= _LONGEST and name.isprintable()
        if not is_name or (self.claim == "email" and claims.get("email_verified") is not True):
            return None
        return str(name)

    async def _metadata(self, http: httpx.AsyncClient) -> _Metadata:
        known: _Metadata | None = self._known.get("metadata")
        if known is not None:
            return known
        found: _Metadata = await _read(http, get_well_known_url(self.issuer, external=True), _Metadata)
        if found.issuer != self.issuer:
            raise _Away(f"it names itself {found.issuer[:200]}")
        asked = (found.authorization_endpoint, found.token_endpoint, found.jwks_uri, found.userinfo_endpoint)
        unsafe = [address for address in asked if address is not None and not self._is_safe(address)]
        if unsafe:
            raise _Away(f"it would be asked without https: {unsafe[0][:200]}")
        self._known["metadata"] = found
        return found

    async def _keys(self, http: httpx.AsyncClient, there: _Metadata) -> KeySet:
        known: KeySet | None = self._known.get("keys")
        if known is not None:
            return known
        told = await _read(http, there.jwks_uri, _PublishedKeys)
        keys = []
        for each in told.keys:
            # A key of a kind that is not known is none of those that count (RFC 7517, 5).
            with suppress(JoseError, ValueError, TypeError, KeyError, AttributeError):
                keys.append(JWKRegistry.import_key(each))
        if not keys:
            raise _Away("it publishes no key that can be read")
        found = KeySet(keys)
        self._known["keys"] = found
        return found

    def _client(self, http: httpx.AsyncClient | None, there: _Metadata, redirect_uri: str) -> _Client:
        """By its secret in the header, as each provider should take it, or in the body where it takes no other."""
        methods = there.token_endpoint_auth_methods_supported
        by_post = "client_secret_post" in methods and "client_secret_basic" not in methods
        method = None if self.client_secret is None or not by_post else "client_secret_post"
        return _Client(
            http, self.client_id, self.client_secret, method, scope="openid profile email",
            redirect_uri=redirect_uri, code_challenge_method="S256",
        )  # fmt: skip

    @asynccontextmanager
    async def _conversation(self) -> AsyncIterator[httpx.AsyncClient]:
        """A client for all that is asked at a time, with one deadline for it."""
        async with (
            asyncio.timeout(self.patience),
            httpx.AsyncClient(verify=self._tls, timeout=self.patience) as http,
        ):
            yield http

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return httpx.create_ssl_context()

    @cached_property
    def _seal(self) -> Fernet:
        """By the client's secret, so that several processes open what one sealed; without one by a key of its own."""
        if self.client_secret is None:
            return Fernet(Fernet.generate_key())
        salt = f"rorc {self.issuer} {self.client_id}".encode()
        key = Scrypt(salt=salt, length=32, n=2**14, r=8, p=1).derive(self.client_secret.encode())
        return Fernet(urlsafe_b64encode(key))

    def _is_safe(self, address: str) -> bool:
        return is_safe_to_ask(address) and (address.startswith("https:") or self.issuer.startswith("http:"))

    def _now(self) -> int:
        return int(self.clock.now().timestamp())

    def _unavailable(self, error: Exception) -> Problem:
        _log.warning("provider out of reach", issuer=self.issuer, why=f"{type(error).__name__}: {error}"[:300])
        return Problem("oidc_unavailable", headers={"Retry-After": "30"})


async def _read(http: httpx.AsyncClient, address: str, kind: Any, headers: Mapping[str, str] = _HEADERS) -> Any:
    """What stands at an address, as a type."""
    answer = await _ask(http, "GET", address, headers=headers)
    if answer.status_code != httpx.codes.OK:
        raise _Away(f"{address}: {answer.status_code}")
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise _Away(f"{address}: {error}") from error


async def _ask(http: httpx.AsyncClient, method: str, address: str, **sent: Any) -> httpx.Response:
    """The whole answer, unless it is too long."""
    body = bytearray()
    async with http.stream(method, address, **sent) as answer:
        async for part in answer.aiter_raw():
            body += part
            if len(body) > _MOST_BYTES:
                raise _Away(f"{address}: more than {_MOST_BYTES} bytes")
    return httpx.Response(answer.status_code, content=bytes(body), request=answer.request)


def _decoded(token: object, keys: KeySet) -> jwt.Token:
    if not isinstance(token, str):
        raise TypeError("no ID token")
    registry = JWSRegistry(algorithms=_ALGORITHMS, strict_check_header=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)  # of EdDSA's old name; what is unsafe is not taken
        return jwt.decode(token, keys, registry=registry)
