"""Postgres → temporary relations: the reports (form, period, division) that changed, by a transaction-id horizon.

Orders, meetings and cards are few, and each step of theirs adds an event that is never rewritten or removed: while
there are as many events as before, nothing has changed, whatever the order of commits; else they are read whole.

Everything is read in one repeatable-read transaction. A report is read whole, so reading one twice
does no harm; `seen` remembers which transactions beyond the horizon were already read, so that a long
transaction elsewhere does not make every refresh repeat the others.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psycopg
from duckdb import DuckDBPyConnection
from psycopg.rows import TupleRow, dict_row

from services.core.database import load_queries
from services.core.sealing import Seal, row_of

_QUERIES: Final = load_queries("services.analytics")

Report = tuple[str, str, str]
"""Form, period and the division that reports."""

_STAGING: Final = {
    "register": (
        "code varchar, name varchar, level varchar, kind varchar, parent varchar, valid_from date, valid_to date"
    ),
    "submissions": (
        "id varchar, form varchar, period varchar, division varchar, revision bigint, "
        "received_at timestamptz, on_time boolean, key_id bigint"
    ),
    "rows": "form varchar, period varchar, division varchar, is_nil boolean, fields json",
    "expected": (
        "form varchar, period varchar, division varchar, unit varchar, due_on date, on_time_until timestamptz"
    ),
}

RECORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "orders": {
        "orders": (
            "id bigint, kind varchar, issuer varchar, addressee varchar, metric varchar, card_rule varchar, "
            "issued_on date, due_on date, state varchar, in_time boolean, repeats bigint"
        ),
        "order_events": "id bigint, order_id bigint, event varchar, happened_on date, due_on date",
        "contact_points": "id bigint, township varchar, since date, until date",
    },
    "meetings": {
        "meetings": "id bigint, kind varchar, holder varchar, period varchar, starts_on date, state varchar",
        "meeting_invitations": "meeting_id bigint, division varchar, attendance varchar",
        "meeting_follow_ups": "meeting_id bigint, number bigint, division varchar, due_on date, done_on date",
    },
    "cards": {
        "cards": (
            "id bigint, rule varchar, division varchar, status varchar, raised_on date, due_on date, "
            "acknowledge_by date, paused_on date"
        ),
        "card_events": "id bigint, card_id bigint, event varchar, happened_on date, colour varchar",
    },
}
"""What is kept in `facts` of the center's own records, by source: no text, no subject, no place. Days are those of
Asia/Shanghai."""


@dataclass(frozen=True)
class Watermark:
    """How far the warehouse has read: every transaction below `horizon`, and those in `seen`.

    `events` counts the events of each source of records that were read.
    """

    horizon: int = 0
    seen: frozenset[int] = field(default_factory=frozenset)
    database: str = ""
    register: str = ""
    events: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Changes:
    """What is new since a watermark, and the watermark to keep once it is in; `sources` are those of records."""

    reports: frozenset[Report]
    sources: frozenset[str]
    watermark: Watermark


def find_changes(connection: psycopg.Connection[TupleRow], since: Watermark) -> Changes:
    """The reports written or opened since `since`. The transaction that this begins must also read them."""
    with connection.cursor(row_factory=dict_row) as cursor:
        present = cursor.execute(_QUERIES["horizon"].encode()).fetchone()
        assert present is not None
        changed = cursor.execute(_QUERIES["changed"].encode(), {"horizon": since.horizon}).fetchall()
        counted = cursor.execute(_QUERIES["event_counts"].encode()).fetchall()
    new = [row for row in changed if row["transaction_id"] not in since.seen]
    beyond = frozenset(row["transaction_id"] for row in changed if row["transaction_id"] >= present["xmin"])
    # The register the warehouse was begun with: one that has changed shows as another, and all is begun anew.
    register = since.register or present["register"]
    events = {row["source"]: row["events"] for row in counted}
    watermark = Watermark(present["xmin"], beyond, present["database"], register, events)
    return Changes(
        frozenset((row["form"], row["period"], row["division"]) for row in new),
        frozenset(source for source in RECORDS if events[source] != since.events.get(source, 0)),
        watermark,
    )


def stage(
    connection: psycopg.Connection[TupleRow],
    warehouse: DuckDBPyConnection,
    reports: Iterable[Report],
    folder: Path,
    seal: Seal,
) -> None:
    """Read `reports` into the temporary relations; what is sealed in their rows is opened."""
    listed = sorted(reports)
    names = ("forms", "periods", "divisions")
    columns = {name: [report[place] for report in listed] for place, name in enumerate(names)}
    warehouse.execute(
        """create or replace temp table temp.reports as
        select unnest(?::varchar[]) as form, unnest(?::varchar[]) as period, unnest(?::varchar[]) as division""",
        list(columns.values()),
    )
    for name, shape in _STAGING.items():
        warehouse.execute(f"create or replace temp table temp.{name} ({shape})")
        _copy(connection, warehouse, _QUERIES[name], f"temp.{name}", folder=folder, reports=columns)
    file = folder / "sealed_rows.csv"
    _copy_opened(connection, columns, seal, file)
    _read_in(warehouse, "temp.rows", file)


def stage_records(
    connection: psycopg.Connection[TupleRow], warehouse: DuckDBPyConnection, sources: Iterable[str], folder: Path
) -> None:
    """Read the records of `sources` whole into `facts`."""
    for name in (name for source in sorted(sources) for name in RECORDS[source]):
        warehouse.execute(f"delete from facts.{name}")
        _copy(connection, warehouse, _QUERIES[name], f"facts.{name}", folder=folder, reports={})


def _copy(
    connection: psycopg.Connection[TupleRow],
    warehouse: DuckDBPyConnection,
    query: str,
    table: str,
    *,
    folder: Path,
    reports: dict[str, list[str]],
) -> None:
    file = folder / f"{table}.csv"
    _copy_out(connection, query, reports, file)
    _read_in(warehouse, table, file)


def _read_in(warehouse: DuckDBPyConnection, table: str, file: Path) -> None:
    warehouse.execute(
        f"""copy {table} from '{file}'
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


def _copy_opened(
    connection: psycopg.Connection[TupleRow], reports: dict[str, list[str]], seal: Seal, file: Path
) -> None:
    """The rows with something sealed, whole again, as the others are written."""
    query = _QUERIES["sealed_rows"].encode()
    with connection.cursor() as cursor, cursor.copy(query, reports) as copy, file.open("w", newline="") as out:
        copy.set_types(["text", "text", "text", "text", "bytea"])
        writer = csv.writer(out, lineterminator="\n")
        for form, period, division, fields, sealed in copy.rows():
            whole = seal.completed(fields.encode(), sealed, row_of(form, division))
            writer.writerow((form, period, division, "f", whole.decode()))
