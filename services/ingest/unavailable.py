"""A database that is away, or full, told as a problem."""

from typing import Final

import psycopg
import sqlalchemy.exc
from sqlalchemy.ext.asyncio import AsyncEngine

from services.core import database
from services.core.problems import Problem
from services.core.telemetry import log_of

_LOST: Final = (psycopg.OperationalError, psycopg.InterfaceError)
UNAVAILABLE: Final = (
    *_LOST, sqlalchemy.exc.OperationalError, sqlalchemy.exc.InterfaceError, sqlalchemy.exc.TimeoutError, TimeoutError,
)  # fmt: skip
"""What is raised when the database cannot be reached, or not in time."""


def has_undone(error: Exception) -> bool:
    """Whether the database itself said so, and thereby that nothing is left of the transaction."""
    return getattr(getattr(error, "orig", error), "sqlstate", None) is not None


async def problem_of(error: Exception, engine: AsyncEngine) -> Problem:
    """What it is told as; lost connections are thrown away, so that the next call works."""
    problem = database.problem_of(error)
    log_of("ingest").warning(problem.code, error=str(error))
    if problem.code == "database_unavailable" and isinstance(error, _LOST):
        await engine.dispose()
    return problem
