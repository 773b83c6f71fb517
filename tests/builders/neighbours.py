"""Two neighbouring townships with a record of each in every table that has a division."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import psycopg
from psycopg.types.json import Jsonb

from tests.builders.reading_api import evidence_about

OWN, OTHER = "370112001000", "370113001000"
_TEXTS = {
    "api_key": """insert into api_key (prefix, hash, name, division, rights, created_at)
        values (%(township)s, '', 'test', %(township)s, '{read,report,act}', now()) returning id""",
    "card": """insert into card
        (rule, division, level, colour, status, period, raised_at, due_on, acknowledge_by, evidence)
        values ('few', %(township)s, 'township', 'red', 'raised', '2021-11', now(), '2021-12-20', '2021-12-11',
            %(evidence)s) returning id""",
    "card_event": """insert into card_event (card_id, event, at, colour, status, actor, due_on, evidence)
        values (%(card)s, 'raised', now(), 'red', 'raised', 'system', '2021-12-20', '{}')""",
    "contact_point": """insert into contact_point (township, county, office, post, since)
        values (%(township)s, %(county)s, '县委组织部', '副部长', '2021-03-01') returning id""",
    "contact_point_event": """insert into contact_point_event (contact_point_id, event, at, key_id)
        values (%(contact_point)s, 'set', now(), %(api_key)s)""",
    "expected_report": """insert into expected_report
        (form, period, division, units, opened_at, due_at, on_time_until, closes_at)
        values ('meeting_day', '2021-11', %(township)s, array[%(village)s], now(), now(), now(), now())""",
    "idempotency_key": """insert into idempotency_key
        (key_id, idempotency_key, fingerprint, status, media_type, body, answered_at)
        values (%(api_key)s, 'k', '', 201, '', '', now())""",
    "meeting": """insert into meeting
        (uid, kind, holder, period, subject, agenda, starts_at, ends_at, state, sequence, changed_at, version)
        values (%(uid)s, 'work_meeting', %(township)s, '2021-12', %(said)s, '{}', now(), now() + interval '1 hour',
            'planned', 0, now(), 1) returning id""",
    "meeting_event": """insert into meeting_event (meeting_id, event, at, acted_by, key_id)
        values (%(meeting)s, 'planned', now(), %(township)s, %(api_key)s)""",
    "meeting_follow_up": """insert into meeting_follow_up (meeting_id, number, text, division, due_on)
        values (%(meeting)s, 1, %(said)s, %(village)s, '2021-12-20')""",
    "meeting_invitation": """insert into meeting_invitation (meeting_id, division)
        values (%(meeting)s, %(village)s)""",
    "quarantine": """insert into quarantine (key_id, received_at, body, problem)
        values (%(api_key)s, now(), convert_to(%(said)s::text, 'UTF8'), '{}') returning id""",
    "reminder": """insert into reminder (form, period, division, kind, due_at, at)
        values ('meeting_day', '2021-11', %(township)s, 't', now(), now())""",
    "reporting_grant": """insert into reporting_grant (form, period, division, reason, until, at, granted_by, key_id)
        values ('meeting_day', '2021-11', %(township)s, %(said)s, now() + interval '1 day', now(), %(county)s,
            %(api_key)s)""",
    "submission": """insert into submission (id, form, form_version, catalog_version, period, division, revision, nil,
            row_count, content_hash, received_at, on_time, warnings, key_id)
        values (%(uid)s, 'meeting_day', 1, 'test', '2021-11', %(township)s, 1, false, 1, '', now(), true, '[]',
            %(api_key)s) returning id""",
    "submission_event": """insert into submission_event (submission_id, event, state, at, division, key_id)
        values (%(submission)s, 'accepted', 'accepted', now(), %(county)s, %(api_key)s)""",
    "submission_row": """insert into submission_row (submission_id, number, division, nil, fields)
        values (%(submission)s, 1, %(village)s, false, jsonb_build_object('kind', %(said)s::text))""",
    "supervision_order": """insert into supervision_order
        (kind, issuer, addressee, subject, text, issued_at, due_on, state, version)
        values ('order', %(county)s, %(township)s, %(said)s, '请说明', now(), '2021-12-20', 'issued', 1)
        returning id""",
    "supervision_order_event": """insert into supervision_order_event (order_id, event, at, acted_by, key_id, due_on)
        values (%(supervision_order)s, 'issued', now(), %(county)s, %(api_key)s, '2021-12-20')""",
}
TABLES = [name for name in _TEXTS if name != "api_key"]
_UNTIL_THEN = ("api_key", "card", "contact_point", "meeting", "submission", "supervision_order", "expected_report")
"""In this order first: the others belong to these."""


def insert(connection: psycopg.Connection[Any], table: str, values: dict[str, Any]) -> None:
    """One record of a table, and its number among the values for those that belong to it."""
    found = connection.execute(_TEXTS[table].encode(), values)
    if found.description:
        values[table] = found.fetchall()[0][0]


def values_of(township: str) -> dict[str, Any]:
    """What its records say."""
    return {
        "evidence": Jsonb(evidence_about(township)), "township": township, "county": f"{township[:6]}000000",
        "village": f"{township[:9]}001", "uid": uuid4(), "said": f"说明 {township}",
    }  # fmt: skip


def two_townships(address: str, townships: Sequence[str] = (OWN, OTHER)) -> dict[str, dict[str, Any]]:
    """Each with a record in every table; their values by township."""
    both = {}
    with psycopg.connect(address) as connection:
        for township in townships:
            both[township] = values = values_of(township)
            for table in (*_UNTIL_THEN, *(name for name in TABLES if name not in _UNTIL_THEN)):
                insert(connection, table, values)
    return both
