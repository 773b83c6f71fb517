"""Who may call: a type in a route's signature."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final

from fastapi import Depends, Query, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from services.core.accounts import Caller, KeyRing, Right
from services.core.problems import Problem

_BEARER = HTTPBearer(auto_error=False, description="接口密钥 / an API key")

_Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]


async def _caller(request: Request, _: _Credentials) -> Caller:
    keys: KeyRing = request.app.state.keys
    return await keys.caller(request.headers.get("authorization"))


Viewer = Annotated[Caller, Depends(_caller)]
"""Any valid key: it sees what lies in its scope."""


def _with_right(right: Right) -> Callable[[Caller], Awaitable[Caller]]:
    async def caller_with_right(caller: Viewer) -> Caller:
        caller.require_right(right)
        return caller

    return caller_with_right


Reporter = Annotated[Caller, Depends(_with_right("report"))]
"""A key that may report."""


Reader = Annotated[Caller, Depends(_with_right("read"))]
"""A key with the right to read."""


_PURPOSE: Final = (
    "查看个人信息的用途,须有 personal 权限 / what personal fields are wanted for; needs the right `personal`"
)


async def _personal_purpose(
    caller: Viewer, purpose: Annotated[str | None, Query(description=_PURPOSE, min_length=2, max_length=200)] = None
) -> str | None:
    if purpose is None:
        return None
    caller.require_right("personal")
    if not purpose.isprintable() or len(purpose.strip()) < 2:
        raise Problem("parameter_invalid", {"where": "purpose"})
    return purpose.strip()


PersonalPurpose = Annotated[str | None, Depends(_personal_purpose)]
"""What for the caller wants to see personal fields, which takes the right to; None keeps them masked."""


Actor = Annotated[Caller, Depends(_with_right("act"))]
"""A key that may act upon what others reported."""


async def _reporter_or_reader(caller: Viewer) -> Caller:
    if "report" not in caller.rights:
        caller.require_right("read")
    return caller


ReporterOrReader = Annotated[Caller, Depends(_reporter_or_reader)]
"""A key that may report or read."""
