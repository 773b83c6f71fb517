"""GET and POST /sign-in, POST /sign-out: by name and password, or by an access key."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from dashboards.client import Api, ApiRefusedError, ApiUnavailableError
from dashboards.forms import read_form
from dashboards.pages.rendering import render_manner
from dashboards.people import AMENDABLE, Nothing, Session, SignInWantedError, Ways, api_at_the_door, own_api
from dashboards.sessions import drop_key, keep_key, usable
from dashboards.visits import manner_of

router = APIRouter()
REFUSED = (401, 403)


@router.get("/sign-in")
async def ask(request: Request) -> Response:
    """The form that asks for name and password, or for a key."""
    return await asked(request, inside(request.query_params.get("next")))


@router.post("/sign-in")
async def take(request: Request) -> Response:
    """Keep the key that the api gives for a password, or takes; and go on to where the visitor came from."""
    form = await read_form(request)
    after = inside(form.get("next"))
    return await (_by_key if "key" in form else _by_password)(request, form, after)


async def _by_password(request: Request, form: Mapping[str, str], after: str) -> Response:
    given = {name: form[name] for name in ("name", "password") if form.get(name)}
    given |= {"code": code} if (code := form.get("code", "").strip()) else {}
    api = api_at_the_door(request)
    try:
        session = await api.change(Session, "POST", "/v1/sessions", given)
    except ApiRefusedError as error:
        if error.problem.status not in AMENDABLE:
            raise
        said = manner_of(request).texts.of(error.problem.text)
        status = 422 if error.problem.status == 401 else error.problem.status
        return await asked(request, after, said=said, name=form.get("name", ""), status=status)
    response = RedirectResponse("/account" if session.must_change_password else after, 303)
    keep_key(response, request, session.token)
    return response


async def _by_key(request: Request, form: Mapping[str, str], after: str) -> Response:
    key = usable(form["key"])
    wrong = manner_of(request).texts("sign.wrong")
    if key is None:
        return await asked(request, after, said=wrong, status=422)
    try:
        await Api(request.app.state.http, key).periods()
    except ApiRefusedError as error:
        if error.problem.status in REFUSED:
            return await asked(request, after, said=wrong, status=422)
        if error.problem.status != 503:  # before the first figures a key is as good as later
            raise
    response = RedirectResponse(after, 303)
    keep_key(response, request, key)
    return response


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """End the session; back to what everybody sees."""
    # A machine's key has no session to end, and one that is over has ended.
    with suppress(ApiRefusedError, ApiUnavailableError, SignInWantedError):
        await own_api(request).change(Nothing, "DELETE", "/v1/sessions/current")
    response = RedirectResponse("/", 303)
    drop_key(response)
    return response


async def asked(
    request: Request, after: str, *, said: str | None = None, name: str = "", status: int = 200
) -> Response:
    """The page that asks who the visitor is, and goes on to `after`; `said` is why it asks again."""
    by_oidc = await _is_by_oidc(request)
    parts = {"visit": None, "after": after, "said": said, "name": name, "by_oidc": by_oidc}
    # Wherever it is shown, in another language it is asked for by its own address.
    manner = replace(manner_of(request), path="/sign-in", query={} if after == "/" else {"next": after})
    return render_manner(request, manner, "sign_in.html", parts, status)


async def _is_by_oidc(request: Request) -> bool:
    """Whether there is another way than by password; where the api does not say, the form is all there is."""
    try:
        ways = await api_at_the_door(request).read(Ways, "/v1/sign-in")
    except (ApiRefusedError, ApiUnavailableError):
        return False
    return "oidc" in ways.ways


def inside(address: str | None) -> str:
    """The address if it is one of ours; a link to the form must not lead away from here."""
    is_ours = address and address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if address and is_ours else "/"
