"""Apps served over real HTTP, in threads of this process or beside a test."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.types import ASGIApp

from services.connections import patient

_PATIENCE_SECONDS = 30.0


@contextmanager
def served(app: FastAPI, engine: AsyncEngine) -> Iterator[str]:
    """The address of an app while it is served; `engine` is its own, and closed in the end."""
    protocol = patient(app.state.settings.body_timeout_seconds)
    config = uvicorn.Config(
        app, port=0, http=protocol, log_level="critical", access_log=False, timeout_graceful_shutdown=1
    )
    with _served_in_a_thread(config, engine) as address:
        yield address


@contextmanager
def served_plainly(app: ASGIApp) -> Iterator[str]:
    """The address of any other app while it is served."""
    config = uvicorn.Config(app, port=0, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
    with _served_in_a_thread(config) as address:
        yield address


@contextmanager
def _served_in_a_thread(config: uvicorn.Config, engine: AsyncEngine | None = None) -> Iterator[str]:
    server = uvicorn.Server(config)

    async def serve() -> None:
        await server.serve()
        if engine is not None:
            await engine.dispose()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        until = time.monotonic() + _PATIENCE_SECONDS
        while not server.started:
            assert thread.is_alive() and time.monotonic() < until, "the app did not start"
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(_PATIENCE_SECONDS)


@asynccontextmanager
async def served_beside(app: ASGIApp) -> AsyncIterator[str]:
    """The address of an app that is served in the loop of the test itself."""
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
