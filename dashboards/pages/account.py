"""GET and POST /account: who the visitor is, a new password, an authenticator."""

from collections.abc import Mapping

import segno
from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from dashboards.client import Api, ApiRefusedError
from dashboards.forms import read_form
from dashboards.pages.rendering import render_manner
from dashboards.people import AMENDABLE, Authenticator, Me, own_api, reasons
from dashboards.visits import manner_of

router = APIRouter()
DONE = ("password", "confirm", "remove")


@router.get("/account")
async def read_account(request: Request) -> Response:
    """Who the visitor is, and the forms to change what is theirs."""
    done = request.query_params.get("done")
    return await _page(request, own_api(request), done=done if done in DONE else None)


@router.post("/account")
async def change_account(request: Request) -> Response:
    """One of the forms."""
    api = own_api(request)
    form = await read_form(request)
    kept = Authenticator(form["secret"], form["uri"]) if "secret" in form and "uri" in form else None
    try:
        if form.get("do") == "begin":
            begun = await api.change(Authenticator, "POST", "/v1/me/totp")
            return await _page(request, api, authenticator=begun)
        if form.get("do") == "password" and form.get("new") != form.get("again"):
            return await _page(request, api, wrong=[manner_of(request).texts("account.differ")])
        await _do(api, form)
    except ApiRefusedError as error:
        if error.problem.status not in AMENDABLE or error.problem.status == 401:
            raise
        wrong = reasons(error.problem, manner_of(request).texts)
        return await _page(request, api, wrong=wrong, authenticator=kept)
    return RedirectResponse(f"/account?done={form['do']}", 303)


async def _do(api: Api, form: Mapping[str, str]) -> None:
    match form.get("do"):
        case "password":
            content = {"present": form.get("present", ""), "new": form.get("new", "")}
            await api.change(Me, "PUT", "/v1/me/password", content)
        case "confirm":
            await api.change(Me, "PUT", "/v1/me/totp", {"code": form.get("code", "").strip()})
        case "remove":
            await api.change(Me, "DELETE", "/v1/me/totp", {"password": form.get("password", "")})
        case _:
            raise HTTPException(400)


async def _page(
    request: Request,
    api: Api,
    *,
    done: str | None = None,
    wrong: list[str] | None = None,
    authenticator: Authenticator | None = None,
) -> Response:
    parts = {
        "visit": None,
        "me": await api.read(Me, "/v1/me"),
        "done": done,
        "wrong": wrong or [],
        "authenticator": authenticator,
        "picture": _picture(authenticator.uri) if authenticator else None,
    }
    response = render_manner(request, manner_of(request), "account.html", parts, 422 if wrong else 200)
    response.headers["cache-control"] = "no-store"
    return response


def _picture(uri: str) -> str:
    """The QR code as an address that holds the picture itself."""
    return segno.make(uri, error="m").svg_data_uri(scale=5, border=3, light="white")
