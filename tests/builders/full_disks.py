"""A table for which there is no space left: the kernel itself says so, whoever runs the tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg


@contextmanager
def no_space_for(table: str, address: str) -> Iterator[None]:
    """While it lasts, the empty `table` lies on a device that is full. What connections have opened, they keep."""
    file = _file_of(table, address)
    kept = file.rename(file.with_suffix(".kept"))
    file.symlink_to("/dev/full")
    try:
        yield
    finally:
        kept.replace(file)


def _file_of(table: str, address: str) -> Path:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("checkpoint")  # so that nobody wants to flush what is in its place meanwhile
        query = f"select current_setting('data_directory'), pg_relation_filepath('{table}'), count(*) from {table}"
        folder, path, rows = connection.execute(query.encode()).fetchone() or ("", "", 1)
    assert rows == 0
    return Path(folder) / path
