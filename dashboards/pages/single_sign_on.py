"""GET /sign-in/oidc and its callback: to the OpenID provider, and back with who the visitor is there."""

from dataclasses import replace
from urllib.parse import quote, unquote

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from dashboards.client import ApiRefusedError
from dashboards.pages.rendering import render_manner
from dashboards.pages.sign_in import asked, inside
from dashboards.people import AMENDABLE, OidcRequest, Session, api_at_the_door, reasons
from dashboards.sessions import is_by_https, keep_key
from dashboards.visits import manner_of

router = APIRouter()
TICKET, NEXT = "oidc_ticket", "oidc_next"
TEN_MINUTES = 600
LONGEST = 1000
"""Of an address to go on to: a browser keeps no cookie that is much longer."""
CALLBACK = "/sign-in/oidc/callback"


@router.get("/sign-in/oidc")
async def leave(request: Request) -> Response:
    """To the provider; what is needed when the visitor comes back stays in the browser."""
    after = inside(request.query_params.get("next"))
    api = api_at_the_door(request)
    try:
        begun = await api.change(
            OidcRequest, "POST", "/v1/sessions/oidc/requests", {"redirect_uri": _redirect_address(request)}
        )
    except ApiRefusedError as error:
        return await _refused(request, error, after)
    response = RedirectResponse(begun.address, 303, {"cache-control": "no-store"})
    kept = quote(after, safe="/") if len(quote(after)) <= LONGEST else "/"
    for name, value in ((TICKET, begun.ticket), (NEXT, kept)):
        # Lax: the provider sends the visitor back, and then they have to come along.
        response.set_cookie(
            name, value, max_age=TEN_MINUTES, path="/sign-in", httponly=True, samesite="lax",
            secure=is_by_https(request),
        )  # fmt: skip
    return response


@router.get(CALLBACK)
async def come_back(request: Request) -> Response:
    """Keep the key that the api gives for the provider's code, and go on to where the visitor came from."""
    after = inside(unquote(request.cookies.get(NEXT, "/")))
    query = request.query_params
    if "error" in query or not query.get("code"):
        key = "denied" if query.get("error") == "access_denied" else "failed"
        return _done(await asked(request, after, said=manner_of(request).texts(f"sign.oidc_{key}"), status=422))
    brought = {name: query.get(name, "") for name in ("code", "state")}
    sent = {**brought, "ticket": request.cookies.get(TICKET, ""), "redirect_uri": _redirect_address(request)}
    if not sent["ticket"] or not sent["state"]:
        return _done(await asked(request, after, said=manner_of(request).texts("sign.oidc_stale"), status=422))
    api = api_at_the_door(request)
    try:
        session = await api.change(Session, "POST", "/v1/sessions/oidc", sent)
    except ApiRefusedError as error:
        return _done(await _refused(request, error, after))
    # From here the browser goes on as from a page of ours: sent on by another site it would leave the key behind.
    manner = replace(manner_of(request), path="/account", query={}, key=session.token)
    response = render_manner(request, manner, "signed_in.html", {"visit": None, "after": after})
    response.headers["cache-control"] = "no-store"
    keep_key(response, request, session.token)
    return _done(response)


async def _refused(request: Request, error: ApiRefusedError, after: str) -> Response:
    """The page that asks, with what went wrong; passwords are taken there."""
    problem, texts = error.problem, manner_of(request).texts
    if problem.status not in (*AMENDABLE, 503) or problem.code == "not_found":
        raise error
    said = texts("sign.oidc_refused") if problem.code == "sign_in_refused" else " ".join(reasons(problem, texts))
    return await asked(request, after, said=said, status=422 if problem.status == 401 else problem.status)


def _redirect_address(request: Request) -> str:
    """Where the provider sends the visitor back to, as it is registered there."""
    return str(request.url.replace(path=CALLBACK, query="", fragment=""))


def _done(response: Response) -> Response:
    """What was begun is over, well or not."""
    for name in (TICKET, NEXT):
        response.delete_cookie(name, path="/sign-in", httponly=True, samesite="lax")
    return response
