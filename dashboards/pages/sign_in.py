"""GET and POST /sign-in, POST /sign-out: a visitor brings an access key, and sees and does what it may."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from dashboards.client import Api, ApiRefusedError
from dashboards.forms import read_form
from dashboards.pages.rendering import render_manner
from dashboards.sessions import drop_key, keep_key, usable
from dashboards.visits import manner_of

router = APIRouter()
REFUSED = (401, 403)


@router.get("/sign-in")
async def ask_for_key(request: Request) -> Response:
    """The form that asks for a key."""
    return _asked(request, _inside(request.query_params.get("next")))


@router.post("/sign-in")
async def take_key(request: Request) -> Response:
    """Keep the key if the api takes it, and go on to where the visitor came from."""
    form = await read_form(request)
    after = _inside(form.get("next"))
    key = usable(form.get("key", ""))
    if key is None:
        return _asked(request, after, wrong=True)
    try:
        await Api(request.app.state.http, key).periods()
    except ApiRefusedError as error:
        if error.problem.status in REFUSED:
            return _asked(request, after, wrong=True)
        if error.problem.status != 503:  # before the first figures a key is as good as later
            raise
    response = RedirectResponse(after, 303)
    keep_key(response, request, key)
    return response


@router.post("/sign-out")
async def forget_key(request: Request) -> Response:
    """Back to what everybody sees."""
    response = RedirectResponse("/", 303)
    drop_key(response)
    return response


def _asked(request: Request, after: str, *, wrong: bool = False) -> Response:
    parts = {"visit": None, "after": after, "wrong": wrong}
    return render_manner(request, manner_of(request), "sign_in.html", parts, 422 if wrong else 200)


def _inside(address: str | None) -> str:
    """The address if it is one of ours; a link to the form must not lead away from here."""
    is_ours = address and address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if address and is_ours else "/"
