"""The one way to a connection: within it the database, too, knows who acts, where and from where.

Every transaction runs as a role that owns nothing and is held to the scope by row-level security (migration 0007).
A condition that is forgotten in a query then finds nothing, instead of what belongs to others.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import psycopg
from psycopg.rows import TupleRow
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from starlette.requests import Request

from services.core.database import connect, driver_of

if TYPE_CHECKING:
    from services.core.accounts import Caller  # whose keys are looked up through here

_EVERYWHERE: Final = "*"
"""Not the empty text: that is what Postgres leaves behind when a transaction that had a scope has ended."""
_ENTER: Final = b"""select
    set_config('role', 'rorc_service', %(is_local)s), set_config('rorc.scope', %(scope)s, %(is_local)s),
    set_config('rorc.actor', %(actor)s, %(is_local)s), set_config('rorc.origin', %(origin)s, %(is_local)s)
"""
_SCOPE: Final = b"select current_setting('rorc.scope', true)"
_MOVE: Final = b"select set_config('rorc.scope', %s, true)"


@asynccontextmanager
async def acting(engine: AsyncEngine, caller: "Caller", origin: str | None = None) -> AsyncIterator[AsyncConnection]:
    """A transaction in the caller's name and scope; `origin` is where the request came from."""
    async with _entered(engine, caller.scope.prefix, str(caller.key_id), origin) as connection:
        yield connection


@asynccontextmanager
async def acting_in_a_pipeline(
    engine: AsyncEngine, caller: "Caller", origin: str | None = None
) -> AsyncIterator[psycopg.AsyncConnection[TupleRow]]:
    """The same over the driver alone, and as few round trips as there are answers to wait for: what asks nothing is
    sent with what comes next, and the commit with that.
    """
    async with engine.connect() as connection:
        driver = driver_of(connection)
        async with driver.pipeline():
            await driver.execute(_ENTER, _values(caller.scope.prefix, str(caller.key_id), origin))
            yield driver
            # Not by `commit()`: in a pipeline that waits for answers while what was sent before is not out yet.
            await driver.execute(b"commit", prepare=False)


@asynccontextmanager
async def answering(request: Request, caller: "Caller") -> AsyncIterator[AsyncConnection]:
    """The same for a request, over the engine of its app."""
    async with acting(request.app.state.engine, caller, origin_of(request)) as connection:
        yield connection


@asynccontextmanager
async def serving(engine: AsyncEngine, origin: str | None = None) -> AsyncIterator[AsyncConnection]:
    """A transaction of the services' own, in nobody's name: it sees every division."""
    async with _entered(engine, _EVERYWHERE, "", origin) as connection:
        yield connection


@asynccontextmanager
async def beyond_scope(driver: psycopg.AsyncConnection[TupleRow]) -> AsyncIterator[None]:
    """What a service does for everybody within a caller's transaction: meanwhile it sees every division."""
    row = await (await driver.execute(_SCOPE)).fetchone()
    await driver.execute(_MOVE, [_EVERYWHERE])
    yield
    await driver.execute(_MOVE, [row[0] if row else None])


def connect_serving(address: str, *, autocommit: bool = False) -> psycopg.Connection[TupleRow]:
    """A worker's plain connection, which sees every division in all its transactions."""
    connection = connect(address, autocommit=autocommit)
    connection.execute(_ENTER, {"is_local": False, "scope": _EVERYWHERE, "actor": "", "origin": "rorc analytics"})
    connection.commit()
    return connection


def origin_of(request: Request) -> str | None:
    """Where a request came from."""
    return None if request.client is None else request.client.host


@asynccontextmanager
async def _entered(engine: AsyncEngine, scope: str, actor: str, origin: str | None) -> AsyncIterator[AsyncConnection]:
    async with engine.begin() as connection:
        driver = driver_of(connection)
        try:
            async with driver.pipeline():  # together with BEGIN: one round trip, as without a scope
                await driver.execute(_ENTER, _values(scope, actor, origin))
        except psycopg.OperationalError:
            # Told once more through SQLAlchemy, which then throws away what else the pool holds of a lost server.
            await connection.exec_driver_sql("select 1")
            raise
        yield connection


def _values(scope: str, actor: str, origin: str | None) -> dict[str, object]:
    return {"is_local": True, "scope": scope, "actor": actor, "origin": origin or ""}
