"""/administration: an administrator's pages, of people's accounts and of the keys of machines."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from dashboards.client import ApiRefusedError
from dashboards.forms import read_form
from dashboards.pages.rendering import render_manner
from dashboards.people import AMENDABLE, AccountAnswer, Accounts, KeyAnswer, Keys, own_api, reasons
from dashboards.visits import manner_of

router = APIRouter(prefix="/administration")
ROLES = ("administrator", "city", "county", "township_clerk", "village_terminal", "auditor")
KEY_RIGHTS = ("report", "read", "act", "audit", "export", "personal")
CHANGES: Mapping[str, Mapping[str, bool]] = {
    "disable": {"disabled": True}, "enable": {"disabled": False}, "unlock": {"unlock": True},
    "reset": {"reset_password": True}, "unbind": {"unbind": True},
}  # fmt: skip


@router.get("")
async def read_accounts(request: Request) -> Response:
    """The accounts, by name, and a form for a new one."""
    return await _accounts(request)


@router.post("")
async def create_account(request: Request) -> Response:
    """A new account; its one-time password is shown this once."""
    api = own_api(request)
    form = await read_form(request)
    said = _given(form, "name", "role", "division", "display_name")
    try:
        made = await api.change(AccountAnswer, "POST", "/v1/accounts", said)
    except ApiRefusedError as error:
        return await _accounts(request, said=said, wrong=_amendable(request, error))
    return await _account(request, made)


@router.get("/accounts/{number}")
async def read_account(request: Request, number: int) -> Response:
    """One account, and what may be done with it."""
    return await _account(request, await own_api(request).read(AccountAnswer, f"/v1/accounts/{number}"))


@router.post("/accounts/{number}")
async def change_account(request: Request, number: int) -> Response:
    """Disable, enable, unlock, reset, unbind, or give another role and scope."""
    api = own_api(request)
    form = await read_form(request)
    change: Mapping[str, object] | None = CHANGES.get(form.get("do", ""))
    if form.get("do") == "role":
        change = _given(form, "role", "division")
    if change is None:
        raise HTTPException(400)
    address = f"/v1/accounts/{number}"
    try:
        changed = await api.change(AccountAnswer, "PATCH", address, change)
    except ApiRefusedError as error:
        wrong = _amendable(request, error)
        return await _account(request, await api.read(AccountAnswer, address), wrong)
    if changed.one_time_password is not None:
        return await _account(request, changed)
    return RedirectResponse(f"/administration/accounts/{number}", 303)


@router.get("/keys")
async def read_keys(request: Request) -> Response:
    """The keys of machines, and a form for a new one."""
    return await _keys(request)


@router.post("/keys")
async def create_key(request: Request) -> Response:
    """A new key; it is shown this once."""
    form = await read_form(request)
    said: dict[str, Any] = _given(form, "name", "division")
    said["rights"] = [right for right in KEY_RIGHTS if form.get(f"right_{right}")]
    if form.get("days", "").isascii() and form.get("days", "").isdigit():
        said["days"] = int(form["days"][:6])
    return await _key(request, "POST", "/v1/keys", said)


@router.post("/keys/{prefix}")
async def change_key(request: Request, prefix: str) -> Response:
    """A new key in place of one, or none."""
    form = await read_form(request)
    address = f"/v1/keys/{quote(prefix, safe='')}"
    if form.get("do") == "rotate":
        return await _key(request, "POST", f"{address}/rotation", {})
    if form.get("do") == "revoke":
        return await _key(request, "DELETE", address)
    raise HTTPException(400)


async def _key(request: Request, method: str, address: str, content: dict[str, Any] | None = None) -> Response:
    try:
        answer = await own_api(request).change(KeyAnswer, method, address, content)
    except ApiRefusedError as error:
        return await _keys(request, said=content, wrong=_amendable(request, error))
    return RedirectResponse("/administration/keys", 303) if answer.token is None else await _keys(request, answer)


async def _accounts(
    request: Request, *, said: Mapping[str, Any] | None = None, wrong: list[str] | None = None
) -> Response:
    query = manner_of(request).query
    filters = {name: query.get(name) or None for name in ("role", "division", "cursor")}
    found = await own_api(request).read(Accounts, "/v1/accounts", **filters)
    parts = {"found": found, "filters": filters, "said": said or {}, "wrong": wrong or [], "roles": ROLES}
    return _page(request, "administration.html", parts)


async def _account(request: Request, answer: AccountAnswer, wrong: list[str] | None = None) -> Response:
    parts = {"answer": answer, "account": answer.account, "wrong": wrong or [], "roles": ROLES}
    return _page(request, "administration_account.html", parts)


async def _keys(
    request: Request,
    made: KeyAnswer | None = None,
    said: Mapping[str, Any] | None = None,
    wrong: list[str] | None = None,
) -> Response:
    found = await own_api(request).read(Keys, "/v1/keys")
    keys = sorted(found.keys, key=lambda key: (key.revoked_at is not None, key.name, key.prefix))
    parts = {"keys": keys, "made": made, "said": said or {}, "wrong": wrong or [], "rights": KEY_RIGHTS}
    return _page(request, "administration_keys.html", parts)


def _page(request: Request, template: str, parts: dict[str, Any]) -> Response:
    status = 422 if parts["wrong"] else 200
    response = render_manner(request, manner_of(request), template, {"visit": None, **parts}, status)
    response.headers["cache-control"] = "no-store"  # it may show a password or a key
    return response


def _given(form: Mapping[str, str], *names: str) -> dict[str, Any]:
    """Those fields that say something."""
    return {name: form[name].strip() for name in names if form.get(name, "").strip()}


def _amendable(request: Request, error: ApiRefusedError) -> list[str]:
    """What is wrong with what was sent; what the form cannot mend is raised again."""
    if error.problem.status == 401 or error.problem.status not in (*AMENDABLE, 403):
        raise error
    if error.problem.code == "right_missing":
        raise error
    return reasons(error.problem, manner_of(request).texts)
