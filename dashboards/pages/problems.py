"""What went wrong, as a page in the reader's language."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response

from dashboards.client import ApiRefusedError, ApiUnavailableError
from dashboards.pages.rendering import render_manner
from dashboards.people import SignInWantedError
from dashboards.visits import NothingYetError, UnknownChoiceError, address, manner_of

KNOWN = {401, 403, 404, 429, 503}


def answer_problems(app: FastAPI) -> None:
    """Every problem becomes a page with its own status."""
    app.add_exception_handler(ApiRefusedError, _refused)
    app.add_exception_handler(SignInWantedError, _sign_in_wanted)
    app.add_exception_handler(ApiUnavailableError, _unavailable)
    app.add_exception_handler(NothingYetError, _nothing_yet)
    app.add_exception_handler(UnknownChoiceError, _not_found)
    app.add_exception_handler(RequestValidationError, _not_found)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _broken)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiRefusedError)
    problem = error.problem
    if problem.status == 401 and request.app.state.require_sign_in:
        return await _sign_in_wanted(request, error)
    if problem.code == "password_change_required":
        return RedirectResponse("/account", 303)
    if problem.status == 422:  # an address made by hand; to its reader it simply does not exist
        return _page(request, 404)
    status = problem.status if problem.status in KNOWN else 502
    return _page(request, status, said=manner_of(request).texts.of(problem.text))


async def _sign_in_wanted(request: Request, _: Exception) -> Response:
    """To the sign-in, and from there back to here."""
    if request.headers.get("sec-fetch-site") == "cross-site" and request.method == "GET":
        # Whoever follows a link from elsewhere comes without the cookie; asked for again by us, it is sent along.
        return HTMLResponse('<!doctype html><meta http-equiv="refresh" content="0">')
    manner = manner_of(request)
    after = manner.here() if request.method == "GET" else None
    asked = {"next": after, "lang": manner.asked_lang, "theme": manner.asked_theme}
    return RedirectResponse(address("/sign-in", asked), 303)


async def _unavailable(request: Request, _: Exception) -> Response:
    return _page(request, 503)


async def _nothing_yet(request: Request, _: Exception) -> Response:
    return _page(request, 503, key="empty")


async def _not_found(request: Request, _: Exception) -> Response:
    return _page(request, 404)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _page(request, error.status_code)


async def _broken(request: Request, _: Exception) -> Response:
    return _page(request, 500)


def _page(request: Request, status: int, *, key: str | None = None, said: str | None = None) -> Response:
    manner = manner_of(request)
    name = key or (str(status) if status in KNOWN else "other")
    if status == 401 and manner.key is not None:
        name = "own_key"
    parts = {
        "status": status,
        "heading": manner.texts(f"problem.{name}.title"),
        "advice": manner.texts(f"problem.{name}.advice"),
        "said": said,
        "visit": None,
    }
    return render_manner(request, manner, "problem.html", parts, status)
