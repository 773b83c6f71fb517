"""/v1/sessions, /v1/me, /v1/accounts, /v1/keys: people sign in and keep what is theirs; administrators give both."""

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.api.accounts import documentation as shown
from services.api.accounts.binding import sign_in_by_oidc
from services.api.accounts.oidc import Provider
from services.api.accounts.schemas import (
    AccountAnswer,
    AccountChange,
    AccountsAnswer,
    AuthenticatorAnswer,
    ConfirmingCode,
    KeyAnswer,
    KeysAnswer,
    MeAnswer,
    NewAccount,
    NewKey,
    NewOidcRequest,
    NewPassword,
    NewRotation,
    NewSession,
    OidcRequestAnswer,
    OidcReturn,
    PresentPassword,
    SessionAnswer,
    SignedOutAnswer,
    WaysAnswer,
)
from services.api.accounts.service import Administration, who_calls
from services.api.accounts.service import After as AfterAccount
from services.api.answers import answer
from services.api.contract import changed, let_in, taken, told_now, told_to_anybody
from services.api.parameters import After, DivisionParameter, Limit, chosen, next_link
from services.api.records import LARGEST_ID, read_content, told
from services.api.register import read_names
from services.api.viewer import Administrator, CallerAtTheDoor, Person, PersonAtTheDoor
from services.core.accounts import ROLES, Caller, KeyRing, revoke_sessions
from services.core.clock import TIME_ZONE, Clock
from services.core.people import People, SignedIn
from services.core.problems import Problem
from services.core.scopes import answering, origin_of, serving

router = APIRouter(prefix="/v1", tags=["accounts and keys"])

_SESSION: Final = TypeAdapter(NewSession)
_OIDC_REQUEST: Final = TypeAdapter(NewOidcRequest)
_OIDC_RETURN: Final = TypeAdapter(OidcReturn)
_PASSWORD: Final = TypeAdapter(NewPassword)
_CODE: Final = TypeAdapter(ConfirmingCode)
_PRESENT: Final = TypeAdapter(PresentPassword)
_ACCOUNT: Final = TypeAdapter(NewAccount)
_CHANGE: Final = TypeAdapter(AccountChange)
_KEY: Final = TypeAdapter(NewKey)
_ROTATION: Final = TypeAdapter(NewRotation)

Number = Annotated[int, Path(ge=1, le=LARGEST_ID, description="账号编号。 The account's number.", examples=[4])]
Prefix = Annotated[
    str, Path(description="密钥可示部分。 The part of a key that may be shown.", examples=["1f0c9a2b"])
]
RoleParameter = Annotated[
    str | None,
    Query(
        description="角色，缺省为全部。 By default all.", examples=["county"], json_schema_extra={"enum": [*ROLES]}
    ),
]


@router.get(
    "/sign-in", response_model=WaysAnswer, responses=told_to_anybody(shown.WAYS), openapi_extra={"security": []}
)
async def read_ways(request: Request) -> Response:
    """可用的登录方式。 By what people may sign in here."""
    provider: Provider | None = request.app.state.provider
    return told(request, WaysAnswer(["password"] if provider is None else ["password", "oidc"]))


@router.post(
    "/sessions",
    status_code=201,
    response_model=SessionAnswer,
    responses=let_in(shown.SESSION),
    openapi_extra={"security": []} | taken(_SESSION, shown.CREDENTIALS),
)
async def sign_in(request: Request) -> Response:
    """登录：用户名、密码，启用动态验证码者另须验证码；令牌仅此一次。 Sign in; the token is told this once."""
    content = await read_content(request, _SESSION)
    made = await _people(request).sign_in(content.name, content.password, content.code, origin_of(request))
    return await _session(request, made)


@router.post(
    "/sessions/oidc/requests",
    status_code=201,
    response_model=OidcRequestAnswer,
    responses=let_in(shown.OIDC_REQUEST),
    openapi_extra={"security": []} | taken(_OIDC_REQUEST, shown.OIDC_REQUESTS),
)
async def begin_oidc(request: Request) -> Response:
    """发起统一身份认证：前往认证系统的地址，以及返回时须交回的凭据。 Begin a sign-in by the OpenID provider."""
    provider = _provider(request)
    content = await read_content(request, _OIDC_REQUEST)
    _people(request).take_from(origin_of(request))
    return _secret(await provider.begin(content.redirect_uri), status=201)


@router.post(
    "/sessions/oidc",
    status_code=201,
    response_model=SessionAnswer,
    responses=let_in(shown.SESSION),
    openapi_extra={"security": []} | taken(_OIDC_RETURN, shown.OIDC_RETURN),
)
async def sign_in_by_provider(request: Request) -> Response:
    """从认证系统返回后登录；令牌仅此一次。 Sign in, back from the OpenID provider; the token is told this once."""
    provider = _provider(request)
    content = await read_content(request, _OIDC_RETURN)
    _people(request).take_from(origin_of(request))
    who = await provider.identify(content)
    return await _session(request, await sign_in_by_oidc(_engine(request), _people(request), who, origin_of(request)))


async def _session(request: Request, made: SignedIn) -> Response:
    async with serving(_engine(request), origin_of(request)) as connection:
        names = await read_names(connection, [made.division])
    ends = made.expires_at.astimezone(TIME_ZONE).replace(microsecond=0).isoformat()
    return _secret(
        SessionAnswer(made.token, ends, made.role, names[made.division], made.must_change_password), status=201
    )


@router.delete("/sessions/current", response_model=SignedOutAnswer, responses=changed(shown.SIGNED_OUT, 200))
async def sign_out(request: Request, person: PersonAtTheDoor) -> Response:
    """退出登录，令牌随即失效。 Sign out; the token is good for nothing any more."""
    assert person.account_id is not None
    async with answering(request, person) as connection:
        await revoke_sessions(connection, _clock(request), person.account_id, only=person.key_id)
    _keys(request).forget()
    return _secret(SignedOutAnswer(signed_out=True))


@router.get("/me", response_model=MeAnswer, responses=told_now(shown.ME))
async def read_me(request: Request, caller: CallerAtTheDoor) -> Response:
    """当前密钥或会话是谁、能做什么。 Who calls, and what it may do."""
    async with answering(request, caller) as connection:
        return told(request, await who_calls(connection, caller))


@router.put(
    "/me/password",
    response_model=MeAnswer,
    responses=changed(shown.ME, 200),
    openapi_extra=taken(_PASSWORD, shown.PASSWORDS),
)
async def change_password(request: Request, person: PersonAtTheDoor) -> Response:
    """修改密码，本账号的其他会话随即失效。 Change the password; the account's other sessions are over."""
    content = await read_content(request, _PASSWORD)
    await _people(request).change_password(person, content.present, content.new, origin_of(request))
    _keys(request).forget()
    caller = await _keys(request).caller(request.headers.get("authorization"))
    return await _me(request, caller)


@router.post("/me/totp", status_code=201, response_model=AuthenticatorAnswer, responses=changed(shown.AUTHENTICATOR))
async def begin_authenticator(request: Request, person: Person) -> Response:
    """申请动态验证码密钥，确认后才启用。 A secret for an authenticator; in use once a code confirms it."""
    return _secret(
        AuthenticatorAnswer(*await _people(request).begin_authenticator(person, origin_of(request))), status=201
    )


@router.put(
    "/me/totp", response_model=MeAnswer, responses=changed(shown.ME, 200), openapi_extra=taken(_CODE, shown.CODE)
)
async def confirm_authenticator(request: Request, person: Person) -> Response:
    """以验证码确认启用，此后登录须输入验证码。 Confirm it by a code; from now on each sign-in needs one."""
    content = await read_content(request, _CODE)
    await _people(request).confirm_authenticator(person, content.code, origin_of(request))
    return await _me(request, person)


@router.delete(
    "/me/totp",
    response_model=MeAnswer,
    responses=changed(shown.ME, 200),
    openapi_extra=taken(_PRESENT, shown.PASSWORD),
)
async def remove_authenticator(request: Request, person: Person) -> Response:
    """停用动态验证码，须输入密码。 Remove the authenticator, by the password."""
    content = await read_content(request, _PRESENT)
    await _people(request).remove_authenticator(person, content.password, origin_of(request))
    return await _me(request, person)


@router.get("/accounts", response_model=AccountsAnswer, responses=told_now(shown.ACCOUNTS))
async def read_accounts(
    request: Request,
    administrator: Administrator,
    *,
    division: DivisionParameter = None,
    role: RoleParameter = None,
    limit: Limit = 50,
    cursor: After = None,
) -> Response:
    """该区划及其以下的账号，按用户名排列。 Accounts at and below a division, by name."""
    wanted = None if role is None else chosen(role, ROLES, "query/role")
    after = AfterAccount.parse(cursor)
    async with answering(request, administrator) as connection:
        found = await _desk(request, connection, administrator).accounts(division, wanted, after, limit)
    response = told(request, found)
    if found.next is not None:
        response.headers["link"] = next_link(request, found.next)
    return response


@router.post(
    "/accounts",
    status_code=201,
    response_model=AccountAnswer,
    responses=changed(shown.ACCOUNT),
    openapi_extra=taken(_ACCOUNT, shown.NEW_ACCOUNT),
)
async def create_account(request: Request, administrator: Administrator) -> Response:
    """新建账号；一次性密码仅此显示一次，首次登录须修改。 Make an account; its one-time password is told this once."""
    content = await read_content(request, _ACCOUNT)
    async with answering(request, administrator) as connection:
        made = await _desk(request, connection, administrator).create_account(content)
    return _secret(made, status=201)


@router.get("/accounts/{number}", response_model=AccountAnswer, responses=told_now(shown.ACCOUNT))
async def read_account(request: Request, administrator: Administrator, number: Number) -> Response:
    """一个账号。 One account."""
    async with answering(request, administrator) as connection:
        return told(request, await _desk(request, connection, administrator).account(number))


@router.patch(
    "/accounts/{number}",
    response_model=AccountAnswer,
    responses=changed(shown.ACCOUNT, 200),
    openapi_extra=taken(_CHANGE, shown.CHANGES),
)
async def change_account(request: Request, administrator: Administrator, number: Number) -> Response:
    """停用、解锁、更改角色与范围、重置密码；该账号的会话随即失效。 Disable, unlock, give another role or scope,
    reset the password; the account's sessions are over.
    """
    content = await read_content(request, _CHANGE)
    async with answering(request, administrator) as connection:
        found = await _desk(request, connection, administrator).change_account(number, content)
    _keys(request).forget()
    return _secret(found)


@router.get("/keys", response_model=KeysAnswer, responses=told_now(shown.KEYS))
async def read_keys(request: Request, administrator: Administrator) -> Response:
    """系统密钥，先建者在前。 The keys of machines, oldest first."""
    async with answering(request, administrator) as connection:
        return told(request, await _desk(request, connection, administrator).keys())


@router.post(
    "/keys",
    status_code=201,
    response_model=KeyAnswer,
    responses=changed(shown.KEY),
    openapi_extra=taken(_KEY, shown.NEW_KEYS),
)
async def create_key(request: Request, administrator: Administrator) -> Response:
    """新建系统密钥，仅此显示一次。 Make a machine's key; it is told this once."""
    content = await read_content(request, _KEY)
    async with answering(request, administrator) as connection:
        made = await _desk(request, connection, administrator).create_key(content)
    return _secret(made, status=201)


@router.post(
    "/keys/{prefix}/rotation",
    status_code=201,
    response_model=KeyAnswer,
    responses=changed(shown.KEY),
    openapi_extra=taken(_ROTATION, shown.ROTATION),
)
async def rotate_key(request: Request, administrator: Administrator, prefix: Prefix) -> Response:
    """换发密钥，旧密钥在重叠期内仍可使用。 A new key in place of one, which is taken for some days longer."""
    content = await read_content(request, _ROTATION)
    async with answering(request, administrator) as connection:
        desk = _desk(request, connection, administrator)
        made = await desk.rotate_key(prefix, timedelta(days=content.overlap_days))
    _keys(request).forget()
    return _secret(made, status=201)


@router.delete("/keys/{prefix}", response_model=KeyAnswer, responses=changed(shown.KEY, 200))
async def revoke_key(request: Request, administrator: Administrator, prefix: Prefix) -> Response:
    """吊销密钥。 Take a key out of use."""
    async with answering(request, administrator) as connection:
        found = await _desk(request, connection, administrator).revoke_key(prefix)
    _keys(request).forget()
    return _secret(found)


async def _me(request: Request, caller: Caller) -> Response:
    async with answering(request, caller) as connection:
        return _secret(await who_calls(connection, caller))


def _secret(content: object, *, status: int = 200) -> Response:
    """An answer that nobody on the way may keep."""
    return answer(content, status, {"cache-control": "no-store"})


def _desk(request: Request, connection: AsyncConnection, caller: Caller) -> Administration:
    return Administration(connection, caller, _clock(request))


def _engine(request: Request) -> AsyncEngine:
    engine: AsyncEngine = request.app.state.engine
    return engine


def _clock(request: Request) -> Clock:
    clock: Clock = request.app.state.clock
    return clock


def _keys(request: Request) -> KeyRing:
    keys: KeyRing = request.app.state.keys
    return keys


def _provider(request: Request) -> Provider:
    """The OpenID provider; Problem `not_found` where none is set."""
    provider: Provider | None = request.app.state.provider
    if provider is None:
        raise Problem("not_found")
    return provider


def _people(request: Request) -> People:
    people: People = request.app.state.people
    return people
