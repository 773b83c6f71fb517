"""Apps served over real HTTP, in threads of this process."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from services.connections import patient

_PATIENCE_SECONDS = 30.0


@contextmanager
def served(app: FastAPI, engine: AsyncEngine) -> Iterator[str]:
    """The address of an app while it is served; `engine` is its own, and closed in the end."""
    protocol = patient(app.state.settings.body_timeout_seconds)
    config = uvicorn.Config(
        app, port=0, http=protocol, log_level="critical", access_log=False, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)

    async def serve() -> None:
        await server.serve()
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
