"""`rorc keys`, `rorc accounts`, `rorc audit`: who comes in, managed at the machine itself, and what was done."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, TypeVar, cast, get_args

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.catalog.divisions import DivisionCode, InvalidDivisionCode
from services.core import people
from services.core.accounts import ROLES, Right, Role, create_key, read_keys, revoke_key, rotate_key
from services.core.audit import verify
from services.core.clock import Clock
from services.core.postgres import run_with_engine
from services.core.problems import Problem, text_of
from services.core.scopes import serving
from services.core.settings import Settings
from services.core.tables.accounts import account

T = TypeVar("T")
_RIGHTS: Final = ", ".join(get_args(Right))
_ROLES: Final = ", ".join(role for role, terms in ROLES.items() if terms.is_for_people)

keys = typer.Typer(help="密钥 / keys of machines", no_args_is_help=True)
accounts = typer.Typer(help="账号 / accounts of people", no_args_is_help=True)
audit = typer.Typer(help="审计日志 / the audit log", no_args_is_help=True)
console = Console()

Division = Annotated[str, typer.Option(help="范围:12 位区划代码 / scope: a 12-digit code")]


def _within(work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    """Do it in one transaction; a problem is told in both languages and exits with 1."""

    async def done(engine: AsyncEngine) -> T:
        async with serving(engine, "rorc") as connection:
            return await work(connection)

    try:
        return run_with_engine(Settings(), done)
    except Problem as problem:
        text = text_of(problem.code, problem.details)
        console.print(f"{text['zh']} / {text['en']}", style="red", highlight=False)
        raise typer.Exit(1) from problem


def _division(code: str) -> DivisionCode:
    try:
        return DivisionCode(code)
    except InvalidDivisionCode as error:
        raise typer.BadParameter(str(error)) from error


def _moments(*moments: datetime | None) -> list[str]:
    return [f"{moment:%Y-%m-%d %H:%M}" if moment else "" for moment in moments]


@keys.command("create")
def keys_create(
    name: str,
    division: Division,
    right: Annotated[list[str], typer.Option(help=_RIGHTS)],
    days: Annotated[int | None, typer.Option(help="有效天数 / valid for so many days")] = None,
) -> None:
    """新建密钥,仅显示一次 / make a key; it is shown this once."""
    clock = Clock()
    rights: list[Right] = [r for r in get_args(Right) if r in right]
    scope = _division(division)
    if len(rights) != len(set(right)):
        raise typer.BadParameter(_RIGHTS, param_hint="--right")
    expires = clock.now() + timedelta(days=days) if days else None
    token = _within(
        lambda connection: create_key(connection, clock, name=name, division=scope, rights=rights, expires_at=expires)
    )
    console.print(token, highlight=False, soft_wrap=True)


@keys.command("list")
def keys_list() -> None:
    """列出密钥 / list the keys."""
    table = Table("prefix", "name", "division", "rights", "created", "expires", "revoked", "last used")
    for key in _within(read_keys):
        times = _moments(key.created_at, key.expires_at, key.revoked_at, key.last_used_at)
        table.add_row(key.prefix, key.name, key.division, " ".join(key.rights), *times)
    console.print(table)


@keys.command("rotate")
def keys_rotate(
    prefix: str,
    overlap_days: Annotated[int, typer.Option(min=0, help="旧密钥还可用几天 / days that the old one is taken")] = 7,
) -> None:
    """换发密钥,仅显示一次 / a new key in place of one; it is shown this once."""
    token = _within(lambda connection: rotate_key(connection, Clock(), prefix, timedelta(days=overlap_days)))
    console.print(token or "没有此密钥 / no such key", highlight=False, soft_wrap=True)
    raise typer.Exit(0 if token else 1)


@keys.command("revoke")
def keys_revoke(prefix: str) -> None:
    """吊销密钥 / take a key out of use."""
    done = _within(lambda connection: revoke_key(connection, Clock(), prefix))
    console.print("已吊销 / revoked" if done else "没有此密钥 / no such key")
    raise typer.Exit(0 if done else 1)


@accounts.command("create")
def accounts_create(
    name: str,
    role: Annotated[str, typer.Option(help=_ROLES)],
    division: Division,
    display_name: Annotated[str | None, typer.Option(help="显示名称,如单位 / shown on the pages: an office")] = None,
    prompt: Annotated[bool, typer.Option(help="输入密码而非生成一次性密码 / ask for a password")] = False,
) -> None:
    """新建账号,一次性密码仅显示一次 / make an account; its one-time password is shown this once."""
    if role not in ROLES:
        raise typer.BadParameter(_ROLES, param_hint="--role")
    scope = _division(division)
    given = typer.prompt("密码 / password", hide_input=True, confirmation_prompt=True) if prompt else None
    _, password = _within(
        lambda connection: people.create_account(
            connection,
            Clock(),
            name=name,
            role=cast(Role, role),
            division=scope,
            display_name=display_name,
            password=given,
        )
    )
    console.print("已建立 / made" if prompt else password, highlight=False)


@accounts.command("list")
def accounts_list() -> None:
    """列出账号 / list the accounts."""
    table = Table("name", "role", "division", "created", "disabled", "locked until", "code", "bound")
    query = select(account).order_by(account.c.name)

    async def read(connection: AsyncConnection) -> list[Any]:
        return list(await connection.execute(query))

    for row in _within(read):
        times = _moments(row.created_at, row.disabled_at, row.locked_until)
        marks = ["✓" if mark else "" for mark in (row.totp_confirmed_at, row.oidc_subject)]
        table.add_row(row.name, row.role, row.division, *times, *marks)
    console.print(table)


@accounts.command("disable")
def accounts_disable(
    name: str, enable: Annotated[bool, typer.Option("--enable", help="重新启用 / take it back into use")] = False
) -> None:
    """停用账号 / take an account out of use."""
    values: Mapping[str, Any] = {"disabled_at": None if enable else Clock().now()}

    async def change(connection: AsyncConnection) -> None:
        number = await people.account_number(connection, name)
        await people.change_account(connection, Clock(), number, values)

    _within(change)
    console.print("已启用 / enabled" if enable else "已停用 / disabled")


@accounts.command("reset")
def accounts_reset(
    name: str,
    authenticator: Annotated[
        bool, typer.Option("--authenticator", help="同时停用动态验证码 / remove the authenticator, too")
    ] = False,
) -> None:
    """重置密码并解锁,仅显示一次 / a one-time password, shown this once; the account is unlocked."""

    async def reset(connection: AsyncConnection) -> str:
        number = await people.account_number(connection, name)
        if authenticator:
            values = {"totp_secret": None, "totp_confirmed_at": None, "totp_last_step": None}
            await people.change_account(connection, Clock(), number, values)
        return await people.reset_password(connection, Clock(), number)

    console.print(_within(reset), highlight=False)


@accounts.command("unbind")
def accounts_unbind(name: str) -> None:
    """解除统一身份认证绑定 / unbind an account from single sign-on, for another owner or another provider."""

    async def unbind(connection: AsyncConnection) -> None:
        number = await people.account_number(connection, name)
        await people.change_account(connection, Clock(), number, people.UNBOUND)

    _within(unbind)
    console.print("已解除 / unbound")


@audit.callback()
def audit_log() -> None:
    """Keeps `verify` a word of its own."""


@audit.command("verify")
def audit_verify(
    noted: Annotated[
        str | None, typer.Option(help="另处记下的哈希值,须仍在链中 / a hash noted elsewhere that must still be there")
    ] = None,
) -> None:
    """核对审计日志的哈希链,断裂时退出码为 1 / walk the chain of the audit log; exit code 1 where it breaks."""
    try:
        wanted = None if noted is None else bytes.fromhex(noted)
    except ValueError as error:
        raise typer.BadParameter(noted or "", param_hint="--noted") from error
    chain = _within(lambda connection: verify(connection, wanted))
    if chain.broken_at is not None:
        console.print(
            f"断于第 {chain.broken_at} 条 / broken at event {chain.broken_at}", style="red", highlight=False
        )
        raise typer.Exit(1)
    if wanted is not None and not chain.is_noted:
        console.print("链中没有此哈希值 / no event has this hash", style="red", highlight=False)
        raise typer.Exit(1)
    console.print(f"{chain.events} 条,完整无缺 / events, unbroken", highlight=False)
    console.print(f"最后的哈希值 / last hash: {chain.last_hash.hex()}", highlight=False, soft_wrap=True)
