"""Further databases on the tests' server, for what must begin with an empty one."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg
from sqlalchemy import make_url


@contextmanager
def an_empty_database(address: str) -> Iterator[str]:
    """The address of a database with nothing in it, gone afterwards."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"create database {name}".encode())
        try:
            yield make_url(address).set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(f"drop database {name} with (force)".encode())
