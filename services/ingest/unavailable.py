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
_SHUTS_DOWN: Final = "57P"
"""How SQLSTATE begins then: https://www.postgresql.org/docs/current/errcodes-appendix.html"""


def has_undone(error: Exception) -> bool:
    """Whether the database itself said so, and thereby that nothing is left of the transaction.

    One that shuts down says so at any time, be the transaction committed or not.
    """
    state: str | None = getattr(getattr(error, "orig", error), "sqlstate", None)
    return state is not None and not state.startswith(_SHUTS_DOWN)


async def problem_of(error: Exception, engine: AsyncEngine) -> Problem:
    """What it is told as; lost connections are thrown away, so that the next call works."""
    problem = database.problem_of(error)
    log_of("ingest").warning(problem.code, error=str(error))
    if problem.code == "database_unavailable" and isinstance(error, _LOST):
        await engine.dispose()
    return problem
