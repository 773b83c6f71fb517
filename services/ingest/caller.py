"""Who may call: a type in a route's signature."""

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from services.core.accounts import Caller, KeyRing

_BEARER = HTTPBearer(auto_error=False, description="接口密钥 / an API key")

_Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]


async def _caller(request: Request, _: _Credentials) -> Caller:
    keys: KeyRing = request.app.state.keys
    return await keys.caller(request.headers.get("authorization"))


Viewer = Annotated[Caller, Depends(_caller)]
"""Any valid key: it sees what lies in its scope."""


async def _reporter(caller: Viewer) -> Caller:
    caller.require_right("report")
    return caller


Reporter = Annotated[Caller, Depends(_reporter)]
"""A key that may report."""


async def _reader(caller: Viewer) -> Caller:
    caller.require_right("read")
    return caller


Reader = Annotated[Caller, Depends(_reader)]
"""A key with the right to read."""


async def _actor(caller: Viewer) -> Caller:
    caller.require_right("act")
    return caller


Actor = Annotated[Caller, Depends(_actor)]
"""A key that may act upon what others reported."""


async def _reporter_or_reader(caller: Viewer) -> Caller:
    if "report" not in caller.rights:
        caller.require_right("read")
    return caller


ReporterOrReader = Annotated[Caller, Depends(_reporter_or_reader)]
"""A key that may report or read."""
