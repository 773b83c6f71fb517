"""What a caller may see and change is kept by the database itself, whatever a query asks for."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine

from migrations.run import downgrade, upgrade
from services.catalog.divisions import DivisionCode
from services.core.accounts import Caller
from services.core.database import create_engine, driver_of
from services.core.scopes import acting, beyond_scope, connect_serving, serving
from services.core.tables import metadata
from tests.builders.databases import an_empty_database
from tests.builders.neighbours import OTHER, OWN, TABLES, insert, two_townships

OPEN = {"division", "account", "api_key"}
"""The register, which is nobody's; and credentials, which are looked up before anybody is known."""
OWNED = {"audit_event"}
"""What only its owner writes; tests/core/test_audit.py has who reads it."""


@contextmanager
def scoped(address: str, scope: str | None, actor: int | None = None):
    """A connection in the services' role; it is rolled back at the end."""
    with psycopg.connect(address) as connection:
        connection.execute("set local role rorc_service")
        for name, value in (("scope", scope), ("actor", actor)):
            if value is not None:
                connection.execute("select set_config(%s, %s, true)", [f"rorc.{name}", str(value)])
        yield connection
        connection.rollback()


def count(connection: psycopg.Connection[Any], table: str) -> int:
    row = connection.execute(f"select count(*) from {table}".encode()).fetchone()
    assert row is not None
    return int(row[0])


@pytest.fixture
async def engine(database: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database, pool_size=1)
    yield engine
    await engine.dispose()


def a_caller(division: str = OWN, key_id: int = 1) -> Caller:
    return Caller(key_id, DivisionCode(division), frozenset(["read"]))


def test_every_table_is_held_to_the_scope(postgres):
    query = "select relname from pg_class where relkind = 'r' and relrowsecurity and relforcerowsecurity"
    with psycopg.connect(postgres) as connection:
        held = {name for (name,) in connection.execute(query).fetchall()}

    assert held == set(TABLES) == set(metadata.tables) - OPEN - OWNED


def test_of_each_table_a_scope_finds_its_own_records_and_not_its_neighbours(database):
    keys = {township: values["api_key"] for township, values in two_townships(database).items()}

    found = {}
    for scope, actor in ((OWN[:9], keys[OWN]), (OTHER[:9], keys[OTHER]), ("370114", 0), ("370112", keys[OWN])):
        with scoped(database, scope, actor) as connection:
            found[scope] = {table: count(connection, table) for table in TABLES}
    one, none = dict.fromkeys(TABLES, 1), dict.fromkeys(TABLES, 0)
    assert found == {OWN[:9]: one, OTHER[:9]: one, "370114": none, "370112": one}


@pytest.mark.parametrize("scope", [None, "", "x"])
def test_without_a_scope_nothing_is_there(scope, database):
    two_townships(database)

    with scoped(database, scope) as connection:
        assert {table: count(connection, table) for table in TABLES} == dict.fromkeys(TABLES, 0)


def test_the_services_themselves_find_everything(database):
    two_townships(database)

    with scoped(database, "*") as connection:
        assert {table: count(connection, table) for table in TABLES} == dict.fromkeys(TABLES, 2)


def test_nothing_can_be_written_into_a_neighbours_table(database):
    both = two_townships(database)

    for table in TABLES:
        with (
            scoped(database, OWN[:9], both[OWN]["api_key"]) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"),
        ):
            insert(connection, table, {**both[OTHER], "uid": uuid4()})


@pytest.mark.parametrize("table", ["submission", "card", "supervision_order", "meeting"])
def test_a_neighbours_record_cannot_be_changed(table, database):
    both = two_townships(database)
    column = "state" if table != "card" else "status"

    with scoped(database, OWN[:9]) as connection:
        changed = connection.execute(
            f"update {table} set {column} = {column} where id = %s".encode(), [both[OTHER][table]]
        )
        assert changed.rowcount == 0


@pytest.mark.parametrize(
    ("command", "allowed"),
    [("delete from {}", {"quarantine"}), ("truncate {} cascade", set())],
    ids=["delete", "truncate"],
)
def test_the_services_may_delete_nothing_but_what_was_refused(command, allowed, postgres):
    for table in metadata.tables.keys() - allowed:
        with scoped(postgres, "*") as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(command.format(table).encode())


def test_a_caller_may_delete_nothing_at_all(database):
    two_townships(database)

    for scope in (OWN, OWN[:9]):
        with scoped(database, scope) as connection:
            assert connection.execute("delete from quarantine").rowcount == 0


def test_the_services_own_nothing(postgres):
    with psycopg.connect(postgres) as connection:
        owned = connection.execute("select relname from pg_class where relowner = 'rorc_service'::regrole").fetchall()

    assert owned == []


def test_a_village_sees_its_own_rows_and_that_its_township_reports(database):
    two_townships(database)

    with scoped(database, f"{OWN[:9]}001") as connection:
        assert [count(connection, name) for name in ("submission", "submission_row", "expected_report")] == [1, 1, 1]
    with scoped(database, f"{OWN[:9]}002") as connection:
        assert [count(connection, name) for name in ("submission", "submission_row", "expected_report")] == [1, 0, 1]


def test_an_order_cannot_be_issued_from_below(database):
    both = two_townships(database)

    with (
        scoped(database, OWN[:9], both[OWN]["api_key"]) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        insert(connection, "supervision_order", both[OWN])


async def test_a_caller_acts_in_its_scope_and_under_its_name(engine, database):
    two_townships(database)

    async with acting(engine, a_caller(key_id=7), "10.0.0.7") as connection:
        names = "rorc.scope", "rorc.actor", "rorc.origin", "role"
        said = [
            (await connection.execute(text("select current_setting(:n)"), {"n": name})).scalar() for name in names
        ]
        seen = (await connection.execute(text("select division from card"))).scalars().all()
    assert said == [OWN[:9], "7", "10.0.0.7", "rorc_service"]
    assert seen == [OWN]


async def test_what_comes_after_on_the_same_connection_has_no_scope_left(engine, database):
    two_townships(database)
    async with serving(engine) as connection:
        assert (await connection.execute(text("select count(*) from card"))).scalar() == 2

    async with engine.begin() as connection:
        await connection.execute(text("set local role rorc_service"))
        assert (await connection.execute(text("select count(*) from card"))).scalar() == 0


async def test_what_fails_is_undone(engine, database):
    two_townships(database)
    with pytest.raises(ZeroDivisionError):
        async with serving(engine) as connection:
            await connection.execute(text("update card set colour = 'yellow'"))
            raise ZeroDivisionError

    async with serving(engine) as connection:
        assert (await connection.execute(text("select distinct colour from card"))).scalars().all() == ["red"]


async def test_what_is_done_for_everybody_ends_where_it_was_said_to(engine, database):
    two_townships(database)
    query = text("select count(*) from card")

    async with acting(engine, a_caller()) as connection:
        async with beyond_scope(driver_of(connection)):
            assert (await connection.execute(query)).scalar() == 2
        assert (await connection.execute(query)).scalar() == 1


def test_a_workers_connection_sees_everything_in_each_transaction(database):
    two_townships(database)

    with connect_serving(database) as connection:
        for _ in range(2):
            assert count(connection, "card") == 2
            connection.rollback()
        assert connection.execute("select current_user").fetchone() == ("rorc_service",)


@pytest.fixture
def plain(postgres: str) -> Iterator[tuple[str, str]]:
    """A database as its owner and as the services reach it: two users without any power beyond."""
    with an_empty_database(postgres) as address, psycopg.connect(postgres, autocommit=True) as server:
        server.execute("create role plain_owner login createrole")
        server.execute("grant rorc_service to plain_owner with admin option")
        server.execute("create role plain_login login in role rorc_service")
        name = make_url(address).database
        server.execute(f"alter database {name} owner to plain_owner".encode())
        users = [make_url(address).set(username=user) for user in ("plain_owner", "plain_login")]
        yield users[0].render_as_string(hide_password=False), users[1].render_as_string(hide_password=False)
        server.execute(f"alter database {name} owner to postgres".encode())
        server.execute("drop role plain_login")
        with psycopg.connect(address) as inside:
            inside.execute("drop owned by plain_owner")
        server.execute("drop role plain_owner")


async def test_an_owner_without_other_powers_migrates_and_another_user_serves(plain):
    owner, login = plain
    upgrade(owner)
    two_townships(f"{owner}&options=-crorc.scope%3D*")

    engine = create_engine(login, pool_size=1)
    async with acting(engine, a_caller()) as connection:
        seen = (await connection.execute(text("select division from card"))).scalars().all()
        await connection.execute(text("update supervision_order set state = 'replied'"))
    async with serving(engine) as connection:
        last = await connection.execute(text("select kind, key_id from audit_event order by id desc limit 1"))
        told = last.one()
    await engine.dispose()
    downgrade(owner, "base")
    assert (seen, tuple(told)) == ([OWN], ("supervision_order", 1))
