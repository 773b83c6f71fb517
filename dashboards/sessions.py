"""A visitor's access key: kept in a cookie that no script reads and no other site sends along."""

import re
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

COOKIE = "key"
_KEY = re.compile(r"[\w-]{1,200}", re.ASCII)


def usable(key: str) -> str | None:
    """The key without what was pasted around it; None for what cannot be one."""
    found = key.strip().removeprefix("Bearer ").strip()
    return found if _KEY.fullmatch(found) else None


def key_of(request: Request) -> str | None:
    """The key that the visitor signed in with."""
    return usable(request.cookies.get(COOKIE, ""))


def keep_key(response: Response, request: Request, key: str) -> None:
    """Have the browser send the key until it is closed."""
    response.set_cookie(COOKIE, key, httponly=True, samesite="strict", secure=is_by_https(request))


def is_by_https(request: Request) -> bool:
    """Whether the visitor came by https."""
    # Behind a proxy that ends TLS only the browser knows that it speaks https.
    origin = request.headers.get("origin", "")
    return "https" in (request.url.scheme, urlsplit(origin).scheme)


def drop_key(response: Response) -> None:
    """Have the browser forget it."""
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
