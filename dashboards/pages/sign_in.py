"""GET and POST /sign-in, POST /sign-out: by name and password, or by an access key."""

from collections.abc import Mapping
from contextlib import suppress

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from dashboards.client import Api, ApiRefusedError, ApiUnavailableError
from dashboards.forms import read_form
from dashboards.pages.rendering import render_manner
from dashboards.people import AMENDABLE, Nothing, Session, SignInWantedError, own_api, visitor_of
from dashboards.sessions import drop_key, keep_key, usable
from dashboards.visits import manner_of

router = APIRouter()
REFUSED = (401, 403)


@router.get("/sign-in")
async def ask(request: Request) -> Response:
    """The form that asks for name and password, or for a key."""
    return _asked(request, _inside(request.query_params.get("next")))


@router.post("/sign-in")
async def take(request: Request) -> Response:
    """Keep the key that the api gives for a password, or takes; and go on to where the visitor came from."""
    form = await read_form(request)
    after = _inside(form.get("next"))
    return await (_by_key if "key" in form else _by_password)(request, form, after)


async def _by_password(request: Request, form: Mapping[str, str], after: str) -> Response:
    given = {name: form[name] for name in ("name", "password") if form.get(name)}
    given |= {"code": code} if (code := form.get("code", "").strip()) else {}
    api = Api(request.app.state.http, visitor=visitor_of(request))
    try:
        session = await api.change(Session, "POST", "/v1/sessions", given)
    except ApiRefusedError as error:
        if error.problem.status not in AMENDABLE:
            raise
        said = manner_of(request).texts.of(error.problem.text)
        status = 422 if error.problem.status == 401 else error.problem.status
        return _asked(request, after, said=said, name=form.get("name", ""), status=status)
    response = RedirectResponse("/account" if session.must_change_password else after, 303)
    keep_key(response, request, session.token)
    return response


async def _by_key(request: Request, form: Mapping[str, str], after: str) -> Response:
    key = usable(form["key"])
    wrong = manner_of(request).texts("sign.wrong")
    if key is None:
        return _asked(request, after, said=wrong, status=422)
    try:
        await Api(request.app.state.http, key).periods()
    except ApiRefusedError as error:
        if error.problem.status in REFUSED:
            return _asked(request, after, said=wrong, status=422)
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


def _asked(request: Request, after: str, *, said: str | None = None, name: str = "", status: int = 200) -> Response:
    parts = {"visit": None, "after": after, "said": said, "name": name}
    return render_manner(request, manner_of(request), "sign_in.html", parts, status)


def _inside(address: str | None) -> str:
    """The address if it is one of ours; a link to the form must not lead away from here."""
    is_ours = address and address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if address and is_ours else "/"
