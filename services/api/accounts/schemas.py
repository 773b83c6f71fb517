"""What the routes on people and keys take and answer."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from services.api.records import Code, Content, Line
from services.api.schemas import DivisionRef
from services.core.accounts import Right, Role, WayIn
from services.core.settings import is_safe_to_ask

# As it is typed: blanks at its ends belong to it.
Secret = Annotated[str, StringConstraints(min_length=1, max_length=200)]
OneTimeCode = Annotated[str, StringConstraints(min_length=6, max_length=7)]
Sealed = Annotated[str, StringConstraints(min_length=1, max_length=4000)]


def _safe(address: str) -> str:
    if not is_safe_to_ask(address):
        raise PydanticCustomError("https_wanted", "not https")
    return address


RedirectAddress = Annotated[str, StringConstraints(pattern="^https?://", max_length=1000), AfterValidator(_safe)]
MachineRight = Literal["report", "read", "act", "audit", "export", "personal"]


class NewSession(Content):
    """Who signs in; `code` where an authenticator is in use."""

    name: Line
    password: Secret
    code: OneTimeCode | None = None


class NewOidcRequest(Content):
    """Somebody is to be sent to the OpenID provider, and from there to `redirect_uri`, as it is registered there."""

    redirect_uri: RedirectAddress


class OidcReturn(Content):
    """Somebody comes back: the `ticket` that was given, and `code` and `state` as the provider added them."""

    ticket: Sealed
    code: Sealed
    state: Sealed
    redirect_uri: RedirectAddress


class NewPassword(Content):
    """The password in use, and the one to be used from now on."""

    present: Secret
    new: Secret


class ConfirmingCode(Content):
    """What the authenticator shows."""

    code: OneTimeCode


class PresentPassword(Content):
    """The password in use."""

    password: Secret


class NewAccount(Content):
    """An account to be made; it is answered with a one-time password. `display_name` is an office, not a person."""

    name: Line
    role: Role
    division: Code
    display_name: Line | None = None


class AccountChange(Content):
    """What is to be other; what is left out stays."""

    role: Role | None = None
    division: Code | None = None
    display_name: Line | None = None
    disabled: bool | None = None
    unlock: Literal[True] | None = None
    reset_password: Literal[True] | None = None
    unbind: Literal[True] | None = None


class NewKey(Content):
    """A machine's key: either with the rights of a `role`, or with those that are named."""

    name: Line
    division: Code
    rights: Annotated[list[MachineRight], Field(min_length=1, max_length=6)] | None = None
    role: Literal["export_system"] | None = None
    days: Annotated[int, Field(ge=1, le=3650)] | None = None


class NewRotation(Content):
    """For how many days the old key is still taken beside the new one."""

    overlap_days: Annotated[int, Field(ge=0, le=90)] = 7


@dataclass(frozen=True, slots=True)
class WaysAnswer:
    """By what people may sign in here."""

    ways: list[WayIn]


@dataclass(frozen=True, slots=True)
class OidcRequestAnswer:
    """Where to send somebody, and the ticket to hand in when they come back: within ten minutes."""

    address: str
    ticket: str


@dataclass(frozen=True, slots=True)
class SessionAnswer:
    """A new session. The token is told this once; it is sent as a Bearer token from now on."""

    token: str
    expires_at: str
    role: str
    division: DivisionRef
    must_change_password: bool


@dataclass(frozen=True, slots=True)
class SignedOutAnswer:
    """The session is over."""

    signed_out: bool


@dataclass(frozen=True, slots=True)
class MeAnswer:
    """Who calls. `account` is null for a machine's key, `role` for one with rights of its own. `single_sign_on` tells
    whether the account is bound to somebody at the OpenID provider.
    """

    name: str
    display_name: str | None
    account: int | None
    role: str | None
    division: DivisionRef
    rights: list[Right]
    must_change_password: bool
    authenticator: bool
    single_sign_on: bool
    password_changed_at: str | None
    expires_at: str | None


@dataclass(frozen=True, slots=True)
class AuthenticatorAnswer:
    """A secret for an authenticator, and the address that its QR code tells. In use once a code confirms it."""

    secret: str
    uri: str


@dataclass(frozen=True, slots=True)
class AccountEntry:
    """An account as it may be shown: everything but the password."""

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


@dataclass(frozen=True, slots=True)
class AccountsAnswer:
    """Accounts by name, a page at a time."""

    accounts: list[AccountEntry]
    next: str | None


@dataclass(frozen=True, slots=True)
class AccountAnswer:
    """One account; the one-time password is told this once, when it was just made."""

    account: AccountEntry
    one_time_password: str | None


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """A machine's key as it may be shown: everything but the secret."""

    prefix: str
    name: str
    division: DivisionRef
    role: str | None
    rights: list[Right]
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None


@dataclass(frozen=True, slots=True)
class KeysAnswer:
    """The keys of machines, oldest first, revoked ones too."""

    keys: list[KeyEntry]


@dataclass(frozen=True, slots=True)
class KeyAnswer:
    """One key; the token is told this once, when it was just made."""

    key: KeyEntry
    token: str | None
