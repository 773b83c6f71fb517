"""One machine: ingest, api and dashboards behind one port (`/` pages, `/v1` everything else), analytics beside."""

import asyncio
import gc
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Final

import httpx
import uvicorn
from fastapi import FastAPI
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboards.app import create_app as create_dashboards
from dashboards.in_process import InProcessTransport
from services.api.app import create_app as create_api
from services.catalog.divisions import DivisionCode
from services.catalog.load import Catalog
from services.connections import patient
from services.core.accounts import create_key
from services.core.clock import Clock
from services.core.database import create_engine
from services.core.scopes import serving
from services.core.settings import Settings, environment_of
from services.core.tables.accounts import api_key
from services.core.tables.divisions import division
from services.ingest.app import create_app as create_ingest

_PAGES_KEY: Final = "dashboards"
_RESTART_SECONDS: Final = 1.0
_CUT_AFTER_SECONDS: Final = 3
INGEST_PATHS: Final = ("/v1/submissions", "/v1/forms", "/v1/calendar", "/v1/quarantine")
"""What ingest answers; whatever else is under `/v1` is the api's."""


class Services:
    """Ingest and api behind one address: what the pages and other programs talk to."""

    def __init__(self, ingest: ASGIApp, api: ASGIApp) -> None:
        self._ingest = ingest
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        app = self._ingest if scope["path"].startswith(INGEST_PATHS) else self._api
        await app(scope, receive, send)


class OnePort:
    """Sends each request to the app that answers for its path."""

    def __init__(self, ingest: FastAPI, api: FastAPI, dashboards: FastAPI) -> None:
        self._apps = [ingest, api, dashboards]
        self._services = Services(ingest, api)
        self._dashboards = dashboards

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or run the lifespans of all three."""
        if scope["type"] == "lifespan":
            await _Lifespan(self._apps)(scope, receive, send)
            return
        is_page = not scope["path"].startswith(("/v1", "/openapi.json", "/healthz", "/readyz"))
        await (self._dashboards if is_page else self._services)(scope, receive, send)


class _Lifespan:
    """Starts the apps in order, stops them in reverse."""

    def __init__(self, apps: list[FastAPI]) -> None:
        self._apps = apps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        async with AsyncExitStack() as running:
            for app in self._apps:
                await running.enter_async_context(app.router.lifespan_context(app))
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


def create_app(
    *,
    settings: Settings,
    engine: AsyncEngine,
    database_url: str,
    clock: Clock,
    catalog: Catalog,
    dashboards_key: str | None,
) -> OnePort:
    """The three apps as one; `dashboards_key` is what the pages read with for those who have not signed in."""
    api = create_api(settings=settings, engine=engine, database_url=database_url, clock=clock, catalog=catalog)
    ingest = create_ingest(settings=settings, engine=engine, clock=clock, catalog=catalog)
    client = httpx.AsyncClient(
        transport=InProcessTransport(Services(ingest, api)),
        base_url="http://services",
        headers={} if dashboards_key is None else {"Authorization": f"Bearer {dashboards_key}"},
    )

    @asynccontextmanager
    async def closing(_: FastAPI) -> AsyncIterator[None]:
        async with client:
            yield

    dashboards = create_dashboards(client, require_sign_in=settings.require_sign_in)
    dashboards.router.lifespan_context = closing
    return OnePort(ingest, api, dashboards)


def services_apart(api_url: str, ingest_url: str | None, dashboards_key: str | None) -> httpx.AsyncClient:
    """What the pages talk to when every service runs by itself; without `ingest_url` one address answers for both."""

    async def to_ingest(request: httpx.Request) -> None:
        if ingest_url is None or not request.url.path.startswith(INGEST_PATHS):
            return
        there = httpx.URL(ingest_url)
        request.url = request.url.copy_with(scheme=there.scheme, netloc=there.netloc)
        request.headers["host"] = there.netloc.decode("ascii")

    return httpx.AsyncClient(
        base_url=api_url,
        headers={} if dashboards_key is None else {"Authorization": f"Bearer {dashboards_key}"},
        limits=httpx.Limits(max_connections=None),  # each open page holds a stream
        event_hooks={"request": [to_ingest]},
    )


def serve_all(settings: Settings, address: str, catalog: Catalog, clock: Clock) -> None:
    """Serve everything until the process is told to stop."""
    engine = create_engine(address)
    dashboards_key = asyncio.run(_new_pages_key(address, clock, is_wanted=not settings.require_sign_in))
    app = create_app(
        settings=settings, engine=engine, database_url=address, clock=clock, catalog=catalog,
        dashboards_key=dashboards_key,
    )  # fmt: skip
    with analytics_beside(settings, address, clock):
        serve_app(settings, app)


def serve_app(settings: Settings, app: ASGIApp) -> None:
    """Serve one app on the host and port that are set; streams that stay open are cut when it stops."""
    gc.freeze()  # what is loaded by now stays: the collector need not look through it again and again
    uvicorn.run(
        app, host=settings.host, port=settings.port, log_level="warning", access_log=False,
        timeout_graceful_shutdown=_CUT_AFTER_SECONDS, forwarded_allow_ips=settings.trusted_proxies,
        http=patient(settings.body_timeout_seconds),
    )  # fmt: skip


@contextmanager
def analytics_beside(settings: Settings, address: str, clock: Clock) -> Iterator[None]:
    """The analytics worker in a process of its own, started again whenever it ends before it should."""
    stopping = threading.Event()
    running: list[subprocess.Popen[bytes]] = []

    def keep() -> None:
        while not stopping.is_set():
            environment = environment_of(settings, database_url=address, clock=clock.now())
            command = [sys.executable, "-m", "services.cli", "analytics", "--with-parent"]
            worker = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE)  # noqa: S603  our own
            running[:] = [worker]
            worker.wait()
            stopping.wait(_RESTART_SECONDS)

    keeper = threading.Thread(target=keep, name="analytics", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        stopping.set()
        for worker in running:
            worker.terminate()
        keeper.join(timeout=10)


async def _new_pages_key(address: str, clock: Clock, *, is_wanted: bool) -> str | None:
    """A fresh key for the pages if one is wanted, for the whole city; the one before is taken out of use."""
    engine = create_engine(address)
    async with serving(engine, "rorc serve") as connection:
        old = update(api_key).where(api_key.c.name == _PAGES_KEY, api_key.c.revoked_at.is_(None))
        await connection.execute(old.values(revoked_at=clock.now()))
        token = None
        if is_wanted:
            scope = await top_division(connection)
            token = await create_key(connection, clock, name=_PAGES_KEY, division=scope, rights=["read"])
    await engine.dispose()
    return token


async def top_division(connection: AsyncConnection) -> DivisionCode:
    """The city of the register, or its province when it has several cities."""
    query = select(func.count(), func.min(division.c.code)).where(division.c.level == "city")
    count, first = (await connection.execute(query)).one()
    city = DivisionCode(first)
    return city if count == 1 or city.parent is None else city.parent
