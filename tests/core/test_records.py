"""Orders, contact points and meetings as the database keeps them."""

from datetime import date

import psycopg
import pytest
from sqlalchemy import insert, select, update

from services.core.database import create_engine
from services.core.tables.orders import contact_point

EVENTS = ("supervision_order_event", "contact_point_event", "meeting_event")
POINT = {
    "township": "370112001000", "county": "370112000000", "office": "县委组织部", "post": "副部长",
    "since": date(2021, 1, 1),
}  # fmt: skip


@pytest.mark.parametrize("table", EVENTS)
def test_what_happened_can_be_added_to_but_not_rewritten(table, postgres):
    with psycopg.connect(postgres) as connection:
        kept = connection.execute(
            "select tgname from pg_trigger where tgrelid = %s::regclass and not tgisinternal", [table]
        ).fetchall()

    assert ("append_only",) in kept


def test_an_event_cannot_be_taken_back(database):
    with psycopg.connect(database) as connection:
        connection.execute("""
            with key as (
                insert into api_key (prefix, hash, name, division, rights, created_at)
                values ('a', '', '', '370100000000', '{act}', now()) returning id
            ), point as (
                insert into contact_point (township, county, office, post, since)
                values ('370112001000', '370112000000', '县委组织部', '副部长', '2021-01-01') returning id
            )
            insert into contact_point_event (contact_point_id, event, at, key_id)
            select point.id, 'set', now(), key.id from key, point
        """)
        connection.commit()

        for change in ("delete from contact_point_event", "update contact_point_event set event = 'ended'"):
            with pytest.raises(psycopg.errors.RaiseException):
                connection.execute(change)
            connection.rollback()


async def test_a_change_is_read_on_from_the_transaction_that_made_it(database):
    engine = create_engine(database)
    present = select(contact_point.c.transaction_id)

    async with engine.begin() as connection:
        await connection.execute(insert(contact_point).values(POINT))
        before = (await connection.execute(present)).scalar_one()
    async with engine.begin() as connection:
        await connection.execute(update(contact_point).values(post="部长"))
        after = (await connection.execute(present)).scalar_one()
        running = (await connection.exec_driver_sql("select pg_current_xact_id()::text::bigint")).scalar_one()
    await engine.dispose()

    assert before < after == running
