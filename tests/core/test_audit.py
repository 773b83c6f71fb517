"""The audit log: each change leaves an event, each event holds on to the one before, nothing can be taken back."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.catalog.divisions import DivisionCode
from services.core.accounts import Caller, revoke_key
from services.core.audit import Chain, record, verify
from services.core.clock import SteppedClock
from services.core.database import create_engine
from services.core.scopes import acting, serving
from tests.builders.keys import a_key
from tests.builders.moments import at
from tests.builders.neighbours import OTHER, OWN, two_townships

CLOCK = SteppedClock(at("2021-11-05 09:00"))


@pytest.fixture
async def engine(database: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database)
    yield engine
    await engine.dispose()


@pytest.fixture
def log(database: str) -> "Log":
    return Log(database)


class Log:
    """The log as a superuser reads it, and does it harm."""

    def __init__(self, address: str) -> None:
        self._address = address

    def events(self, columns: str, where: str = "true") -> list[tuple[Any, ...]]:
        with psycopg.connect(self._address) as connection:
            return connection.execute(
                f"select {columns} from audit_event where {where} order by id".encode()
            ).fetchall()

    def tamper(self, command: str) -> None:
        with psycopg.connect(self._address) as connection:
            connection.execute("set session_replication_role = replica")
            connection.execute(command.encode())


def a_caller(key_id: int, division: str = OWN) -> Caller:
    return Caller(key_id, DivisionCode(division), frozenset(["act"]))


async def chain_of(engine: AsyncEngine, noted: bytes | None = None) -> Chain:
    async with serving(engine) as connection:
        return await verify(connection, noted)


async def test_a_change_is_told_with_who_what_where_before_and_after(engine, database, log):
    values = two_townships(database)[OWN]

    async with acting(engine, a_caller(values["api_key"]), "10.0.0.7") as connection:
        await connection.execute(text("update supervision_order set state = 'replied', version = 2"))
    columns = "key_id, origin, action, kind, subject, division, before, after"
    assert log.events(columns)[-1] == (
        values["api_key"], "10.0.0.7", "changed", "supervision_order", str(values["supervision_order"]), OWN,
        {"state": "issued", "version": 1}, {"state": "replied", "version": 2},
    )  # fmt: skip


def test_each_kind_of_record_leaves_an_event_where_it_lies(database, log):
    two_townships(database)

    kinds = {kind for (kind,) in log.events("kind", f"division like '{OWN[:9]}%'")}
    assert kinds == {
        "api_key", "card_event", "contact_point", "contact_point_event", "meeting", "meeting_event",
        "meeting_follow_up", "meeting_invitation", "reporting_grant", "submission", "submission_event",
        "supervision_order", "supervision_order_event",
    }  # fmt: skip


def test_what_is_done_by_hand_is_told_with_the_users_name(database, log):
    two_townships(database)

    assert log.events("key_id, origin")[0] == (None, "database user postgres")


async def test_a_secret_is_never_told(engine, log):
    token = await a_key(engine, CLOCK)
    async with serving(engine) as connection:
        await connection.execute(text("update api_key set hash = 'x'"))

    told = log.events("after ->> 'hash', audit_event::text")
    assert [hidden for hidden, _ in told] == ["hidden", "hidden"]
    assert not any(token.split("_", 2)[2] in whole for _, whole in told)


async def test_that_a_key_was_used_is_no_event(engine, log):
    await a_key(engine, CLOCK)

    async with serving(engine) as connection:
        await connection.execute(text("update api_key set last_used_at = now()"))
    assert len(log.events("id")) == 1


async def test_taking_a_key_back_is_an_event(engine, log):
    token = await a_key(engine, CLOCK)
    async with serving(engine) as connection:
        await revoke_key(connection, CLOCK, token.split("_")[1])

    [(before, after)] = log.events("before, after", "action = 'changed'")
    assert (before, list(after)) == ({"revoked_at": None}, ["revoked_at"])


async def test_what_was_undone_leaves_no_event(engine, database, log):
    two_townships(database)
    before = log.events("id")

    with pytest.raises(ZeroDivisionError):
        async with serving(engine) as connection:
            await connection.execute(text("update meeting set version = 2"))
            await record(connection, "read", "personal")
            raise ZeroDivisionError
    assert log.events("id") == before


async def test_what_changes_no_table_can_be_written_down(engine, log):
    async with serving(engine, "10.0.0.7") as connection:
        await record(connection, "sign_in_failed", "account", subject="4", account_id=4, details={"why": "密码"})

    columns = "action, kind, subject, account_id, origin, after"
    assert log.events(columns) == [("sign_in_failed", "account", "4", 4, "10.0.0.7", {"why": "密码"})]


@pytest.mark.parametrize(
    "command", ["update audit_event set origin = ''", "delete from audit_event", "truncate audit_event"]
)
@pytest.mark.parametrize("is_superuser", [True, False])
async def test_nobody_can_change_an_event(is_superuser, command, database, engine):
    await a_key(engine, CLOCK)

    refusal = psycopg.errors.RaiseException if is_superuser else psycopg.errors.InsufficientPrivilege
    with psycopg.connect(database) as connection, pytest.raises(refusal):
        if not is_superuser:
            connection.execute("set local role rorc_service")
        connection.execute(command.encode())


@pytest.mark.parametrize(
    "command",
    [
        "insert into audit_event select 9, now(), null, null, '', '', null, null, '', null, null, '', ''",
        "select audit_append(null, 'a', 'b', null, null, null, null)",
    ],
)
def test_the_services_cannot_write_an_event_of_their_own_making(command, database):
    with psycopg.connect(database) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("set local role rorc_service")
        connection.execute(command.encode())


async def test_an_untouched_chain_holds_and_names_its_end(engine, database, log):
    two_townships(database)

    chain = await chain_of(engine)
    assert chain == Chain(len(log.events("id")), log.events("hash")[-1][0])
    assert (await chain_of(engine, log.events("hash")[3][0])).is_noted
    assert not (await chain_of(engine, b"none")).is_noted


async def test_an_empty_log_holds(engine, database):
    assert await chain_of(engine) == Chain(0, bytes(32))


@pytest.mark.parametrize(
    ("command", "broken_at"),
    [
        ("update audit_event set origin = 'elsewhere' where id = 5", 5),
        ("update audit_event set after = '{}' where id = 5", 5),
        ("update audit_event set at = at - interval '1 microsecond' where id = 5", 5),
        ("update audit_event set key_id = 9 where id = 1", 1),
        ("delete from audit_event where id = 5", 6),
        ("update audit_event set id = 1005 where id = 5", 6),
    ],
)
async def test_what_a_superuser_forged_is_found_where_it_stands(command, broken_at, engine, database, log):
    two_townships(database)

    log.tamper(command)

    chain = await chain_of(engine)
    assert (chain.broken_at, chain.events) == (broken_at, 4 if broken_at > 1 else 0)


async def test_that_the_end_was_cut_off_is_found_by_the_hash_that_was_noted(engine, database, log):
    two_townships(database)
    noted = (await chain_of(engine)).last_hash

    log.tamper("delete from audit_event where id > 5")

    chain = await chain_of(engine, noted)
    assert (chain.broken_at, chain.is_noted) == (None, False)


async def test_many_writers_at_once_make_one_chain(engine, database, log):
    two_townships(database)
    before = len(log.events("id"))

    async def write(number: int) -> None:
        async with acting(engine, a_caller(number), f"10.0.0.{number}") as connection:
            await connection.execute(
                text(
                    "insert into contact_point_event (contact_point_id, event, at, key_id) "
                    "select id, 'ended', now(), (select min(id) from api_key) from contact_point"
                )
            )
            await asyncio.sleep(0.001 * (number % 3))

    await asyncio.gather(*(write(number) for number in range(40)))

    chain = await chain_of(engine)
    assert (chain.events, chain.broken_at) == (before + 40, None)
    assert {key for (key,) in log.events("key_id", "key_id is not null")} == set(range(40))


async def test_an_event_is_read_in_the_scope_where_it_lies(engine, database):
    two_townships(database)
    async with serving(engine) as connection:
        await record(connection, "sign_in_failed", "account")
    query = text("select distinct division from audit_event order by 1")

    found = []
    for scope in (OWN, OTHER, "370100000000"):
        async with acting(engine, a_caller(1, scope)) as connection:
            found.append({code and code[:9] for code in (await connection.execute(query)).scalars()})
    assert found == [{OWN[:9]}, {OTHER[:9]}, {OWN[:9], OTHER[:9], None}]
