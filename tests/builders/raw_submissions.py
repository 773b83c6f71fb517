"""Submissions written as ingest writes them, in transactions that a test holds open as long as it likes."""

from typing import Any
from uuid import uuid4

import psycopg
from psycopg.types.json import Jsonb

from tests.builders.moments import at

_SUBMISSION = """insert into submission (id, form, form_version, catalog_version, period, division, revision, nil,
    row_count, content_hash, received_at, on_time, warnings, key_id)
values (%(id)s, %(form)s, 1, 'test', %(period)s, %(division)s, %(revision)s, false, %(row_count)s, '',
    %(received_at)s, true, '[]', (select id from api_key limit 1))"""
_ROW = "insert into submission_row (submission_id, number, division, nil, fields) values (%s, %s, %s, false, %s)"
_KEY = """insert into api_key (prefix, hash, name, division, rights, created_at)
values (%s, '', 'test', '370100000000', array['report'], now())"""


def write_submission(
    connection: psycopg.Connection[Any],
    form: str,
    period: str,
    division: str,
    *rows: dict[str, Any],
    revision: int = 1,
) -> str:
    """The id of a submission that stands in `connection`'s transaction; it is not committed here."""
    identity = str(uuid4())
    connection.execute(_KEY, [identity])
    values = {"id": identity, "form": form, "period": period, "division": division, "revision": revision}
    connection.execute(_SUBMISSION, values | {"row_count": len(rows), "received_at": at("2021-12-02 09:00")})
    for number, row in enumerate(rows, start=1):
        fields = {name: value for name, value in row.items() if name != "division"}
        connection.execute(_ROW, [identity, number, row["division"], Jsonb(fields)])
    return identity
