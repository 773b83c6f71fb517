"""A CSV file into a table of Postgres."""

from pathlib import Path
from typing import Any

import psycopg

_BLOCK_BYTES = 2**20


def copy_file(connection: psycopg.Connection[Any], table: str, file: Path) -> None:
    """Copy the file in and remove it."""
    statement = f"copy {table} from stdin (format csv)".encode()
    with file.open("rb") as blocks, connection.cursor() as cursor, cursor.copy(statement) as copy:
        while block := blocks.read(_BLOCK_BYTES):
            copy.write(block)
    file.unlink()
