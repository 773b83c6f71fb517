"""A database as it was before anything was written into it, but for the register."""

from typing import Any, Final

import psycopg

_KEPT: Final = ["division", "alembic_version"]
_WRITTEN: Final = """
    select relname from pg_class
    where relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> all(%s) and pg_relation_size(oid) > 0
"""


def empty(connection: psycopg.Connection[Any]) -> None:
    """Take out of a database what was written; what is empty is left alone, for that is as dear as the rest."""
    written = connection.execute(_WRITTEN, [_KEPT]).fetchall()
    if not written:
        return
    names = ", ".join(f'"{name}"' for (name,) in written)
    connection.execute("set lock_timeout = '30s'")  # a connection that a test leaves open fails the next test
    connection.execute("set session_replication_role = replica")  # the audit log refuses it otherwise
    connection.execute(f"truncate {names} restart identity cascade".encode())
