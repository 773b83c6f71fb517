"""Connections to Postgres: an async pool for the services that answer, plain ones for workers. Named queries."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Final

import psycopg
from psycopg.rows import TupleRow
from sqlalchemy import URL, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from services.core.problems import Problem

SUBMISSIONS_CHANNEL: Final = "rorc_submissions"
REMINDERS_CHANNEL: Final = "rorc_reminders"
SNAPSHOTS_CHANNEL: Final = "rorc_snapshots"
_SPACE_AGAIN_SECONDS: Final = "60"
_BACK_AGAIN_SECONDS: Final = "5"
_NAME: Final = re.compile(r"^-- name: (?P<name>[a-z_]+)\s*$", re.MULTILINE)


def sqlalchemy_url(address: str) -> URL:
    """`postgresql://…` as SQLAlchemy wants it, with psycopg as the driver."""
    return make_url(address).set(drivername="postgresql+psycopg")


def create_engine(address: str, *, pool_size: int = 10) -> AsyncEngine:
    """A pool of async connections in UTC; close it with `await engine.dispose()`."""
    return create_async_engine(
        sqlalchemy_url(address), pool_size=pool_size, max_overflow=pool_size, pool_use_lifo=True
    )


def connect(address: str, *, autocommit: bool = False) -> psycopg.Connection[TupleRow]:
    """A plain connection of its own, for a worker."""
    return psycopg.connect(address, autocommit=autocommit)


@asynccontextmanager
async def listening(address: str, *channels: str) -> AsyncIterator[psycopg.AsyncConnection[TupleRow]]:
    """A connection that hears what is announced on `channels`."""
    connection = await psycopg.AsyncConnection.connect(address, autocommit=True)
    async with connection:
        for channel in channels:
            await connection.execute(f"listen {channel}".encode())
        yield connection


def problem_of(error: Exception) -> Problem:
    """What a failure of the database is told as: `storage_full` when it has no space left, else that it is away."""
    if isinstance(getattr(error, "orig", error), psycopg.errors.DiskFull):
        return Problem("storage_full", headers={"Retry-After": _SPACE_AGAIN_SECONDS})
    return Problem("database_unavailable", headers={"Retry-After": _BACK_AGAIN_SECONDS})


def driver_of(connection: AsyncConnection) -> psycopg.AsyncConnection[TupleRow]:
    """The psycopg connection under a SQLAlchemy one, for COPY within the same transaction."""
    raw = connection.sync_connection
    assert raw is not None and raw.connection.driver_connection is not None
    driver: psycopg.AsyncConnection[TupleRow] = raw.connection.driver_connection
    return driver


def load_queries(package: str, file: str = "queries.sql") -> dict[str, str]:
    """The queries of a .sql file, in which `-- name: what_it_returns` begins each; by name, comments and all."""
    text = files(package).joinpath(file).read_text("utf-8")
    starts = list(_NAME.finditer(text))
    ends = [match.start() for match in starts[1:]] + [len(text)]
    return {match["name"]: text[match.end() : end].strip() for match, end in zip(starts, ends, strict=True)}
