"""What the api tells of people and keys, as types, and a visitor's own way to ask it."""

import msgspec
from fastapi import Request

from dashboards.answers import DivisionRef, Problem
from dashboards.client import Api
from dashboards.sessions import key_of
from dashboards.texts import Texts

AMENDABLE = (401, 404, 408, 409, 413, 422, 423, 429)
"""What the visitor can do something about, before the same form."""


class SignInWantedError(Exception):
    """This page is for someone who has signed in."""


class Session(msgspec.Struct):
    """A new session."""

    token: str
    must_change_password: bool


class Ways(msgspec.Struct):
    """By what people may sign in: `password`, and perhaps `oidc`."""

    ways: list[str]


class OidcRequest(msgspec.Struct):
    """Where to send the visitor, and what to hand in when they come back."""

    address: str
    ticket: str


class Me(msgspec.Struct):
    """Who the visitor is; `account` is None for a machine's key."""

    name: str
    display_name: str | None
    account: int | None
    role: str | None
    division: DivisionRef
    rights: list[str]
    must_change_password: bool
    authenticator: bool
    single_sign_on: bool
    password_changed_at: str | None
    expires_at: str | None


class Authenticator(msgspec.Struct):
    """A secret for an authenticator, not in use before a code confirms it."""

    secret: str
    uri: str


class Account(msgspec.Struct):
    """An account."""

    id: int
    name: str
    display_name: str | None
    role: str
    division: DivisionRef
    created_at: str
    disabled_at: str | None
    locked_until: str | None
    authenticator: bool
    single_sign_on: bool
    must_change_password: bool
    last_used_at: str | None


class Accounts(msgspec.Struct):
    """A page of accounts."""

    accounts: list[Account]
    next: str | None


class AccountAnswer(msgspec.Struct):
    """One account; the one-time password when it was just made."""

    account: Account
    one_time_password: str | None


class Key(msgspec.Struct):
    """A machine's key."""

    prefix: str
    name: str
    division: DivisionRef
    role: str | None
    rights: list[str]
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None


class Keys(msgspec.Struct):
    """The keys of machines."""

    keys: list[Key]


class KeyAnswer(msgspec.Struct):
    """One key; the token when it was just made."""

    key: Key
    token: str | None


class Nothing(msgspec.Struct):
    """An answer that nobody reads."""


def own_api(request: Request) -> Api:
    """The api as the visitor's own key sees it. Raises SignInWantedError without one."""
    key = key_of(request)
    if key is None:
        raise SignInWantedError
    return Api(request.app.state.http, key, visitor=visitor_of(request))


def api_at_the_door(request: Request) -> Api:
    """The api as it is asked for somebody who is about to sign in."""
    return Api(request.app.state.http, visitor=visitor_of(request))


def visitor_of(request: Request) -> str | None:
    """The address that the visitor comes from."""
    return request.client.host if request.client else None


def reasons(problem: Problem, texts: Texts) -> list[str]:
    """What was wrong, fault by fault where there are several."""
    return [f"{_place(fault.pointer, texts)}{texts.of(fault.text)}" for fault in problem.errors] or [
        texts.of(problem.text)
    ]


def _place(pointer: str | None, texts: Texts) -> str:
    name = texts.maybe(f"people.{(pointer or '').strip('/').split('/')[0]}")
    return f"{name}: " if name else ""
