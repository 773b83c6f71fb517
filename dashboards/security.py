"""Headers that every answer carries: nothing from elsewhere is loaded, framed or guessed at; nor posts to us."""

from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# plotly.js makes one empty <style> of its own and fills it rule by rule; the hash is that of nothing.
EMPTY = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        f"style-src 'self' {EMPTY}",
        "style-src-attr 'unsafe-inline'",  # plotly.js places its parts by style attributes
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}

HTTPS_ONLY = {"strict-transport-security": "max-age=31536000"}
"""Said only where a visitor came by https; elsewhere it would lock the pages."""


def refuse_other_sites(request: Request) -> None:
    """A form is taken from our own pages alone; a browser says where one was sent from."""
    if request.method in ("GET", "HEAD"):
        return
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    is_own = origin is not None and urlsplit(origin).netloc == request.headers.get("host")
    if site not in (None, "same-origin") or not (is_own or (origin is None and site is not None)):
        raise HTTPException(403)


class SecurityHeaders:
    """ASGI middleware that adds the headers to every response."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass through, adding headers at the start of a response."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS | (HTTPS_ONLY if scope.get("scheme") == "https" else {}))
            await send(message)

        await self.app(scope, receive, send_with_headers)
