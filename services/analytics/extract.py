"""Postgres → temporary relations: the reports (form, period, division) that changed, by a transaction-id horizon.

Everything is read in one repeatable-read transaction. A report is read whole, so reading one twice
does no harm; `seen` remembers which transactions beyond the horizon were already read, so that a long
transaction elsewhere does not make every refresh repeat the others.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psycopg
from duckdb import DuckDBPyConnection
from psycopg.rows import TupleRow, dict_row

from services.core.queries import load_queries

_QUERIES: Final = load_queries("services.analytics")

Report = tuple[str, str, str]
"""Form, period and the division that reports."""

_STAGING: Final = {
    "register": (
        "code varchar, name varchar, level varchar, kind varchar, parent varchar, valid_from date, valid_to date"
    ),
    "submissions": (
        "id varchar, form varchar, period varchar, division varchar, revision bigint, "
        "received_at timestamptz, on_time boolean"
    ),
    "rows": "form varchar, period varchar, division varchar, is_nil boolean, fields json",
    "expected": (
        "form varchar, period varchar, division varchar, unit varchar, due_on date, on_time_until timestamptz"
    ),
}


@dataclass(frozen=True)
class Watermark:
    """How far the warehouse has read: every transaction below `horizon`, and those in `seen`."""

    horizon: int = 0
    seen: frozenset[int] = field(default_factory=frozenset)
    database: str = ""
    register: str = ""


@dataclass(frozen=True)
class Changes:
    """What is new since a watermark, and the watermark to keep once it is in."""

    reports: frozenset[Report]
    watermark: Watermark


def find_changes(connection: psycopg.Connection[TupleRow], since: Watermark) -> Changes:
    """The reports written or opened since `since`. The transaction that this begins must also read them."""
    with connection.cursor(row_factory=dict_row) as cursor:
        present = cursor.execute(_QUERIES["horizon"].encode()).fetchone()
        assert present is not None
        changed = cursor.execute(_QUERIES["changed"].encode(), {"horizon": since.horizon}).fetchall()
    new = [row for row in changed if row["transaction_id"] not in since.seen]
    beyond = frozenset(row["transaction_id"] for row in changed if row["transaction_id"] >= present["xmin"])
    # The register the warehouse was begun with: one that has changed shows as another, and all is begun anew.
    register = since.register or present["register"]
    watermark = Watermark(present["xmin"], beyond, present["database"], register)
    return Changes(frozenset((row["form"], row["period"], row["division"]) for row in new), watermark)


def stage(
    connection: psycopg.Connection[TupleRow],
    warehouse: DuckDBPyConnection,
    reports: Iterable[Report],
    folder: Path,
) -> None:
    """Read `reports` into the temporary relations."""
    listed = sorted(reports)
    names = ("forms", "periods", "divisions")
    columns = {name: [report[place] for report in listed] for place, name in enumerate(names)}
    warehouse.execute(
        """create or replace temp table temp.reports as
        select unnest(?::varchar[]) as form, unnest(?::varchar[]) as period, unnest(?::varchar[]) as division""",
        list(columns.values()),
    )
    for name, shape in _STAGING.items():
        file = folder / f"{name}.csv"
        _copy_out(connection, _QUERIES[name], columns, file)
        warehouse.execute(f"create or replace temp table temp.{name} ({shape})")
        warehouse.execute(
            f"""copy temp.{name} from '{file}'
            (format csv, auto_detect false, header false, delimiter ',', quote '"', escape '"', nullstr '')"""
        )
        file.unlink()


def _copy_out(
    connection: psycopg.Connection[TupleRow], query: str, reports: dict[str, list[str]], file: Path
) -> None:
    params = reports if "%(" in query else None
    with connection.cursor() as cursor, cursor.copy(query.encode(), params) as copy, file.open("wb") as out:
        for block in copy:
            out.write(block)
