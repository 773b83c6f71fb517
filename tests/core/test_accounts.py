"""Keys: what is kept of them, who is let in, and where."""

from collections.abc import AsyncIterator
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from services.catalog.divisions import DivisionCode
from services.core.accounts import KeyRing, read_keys, revoke_key
from services.core.clock import SteppedClock
from services.core.database import create_engine
from services.core.problems import Problem
from tests.builders.keys import a_key
from tests.builders.moments import at

COUNTY = "370112000000"


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(at("2021-11-05 09:00"))


@pytest.fixture
async def engine(database: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database)
    yield engine
    await engine.dispose()


@pytest.fixture
def keys(engine: AsyncEngine, clock: SteppedClock) -> KeyRing:
    return KeyRing(engine, clock)


async def refused(keys: KeyRing, authorization: str | None) -> None:
    with pytest.raises(Problem) as problem:
        await keys.caller(authorization)
    assert (problem.value.code, problem.value.status) == ("unauthenticated", 401)
    assert problem.value.headers == {"WWW-Authenticate": "Bearer"}


async def test_a_key_lets_its_holder_in_with_its_scope_and_rights(keys, engine, clock):
    token = await a_key(engine, clock, division=COUNTY, rights=["read"])

    caller = await keys.caller(f"Bearer {token}")
    assert (str(caller.scope), caller.rights) == (COUNTY, {"read"})
    assert (await keys.caller(f"bearer {token}")) == caller


async def test_a_scope_is_the_division_and_all_below(keys, engine, clock):
    caller = await keys.caller(f"Bearer {await a_key(engine, clock, division=COUNTY)}")

    seen = ["370112000000", "370112001000", "370112001201", "370113000000", "370100000000"]
    assert [caller.may_see(DivisionCode(code)) for code in seen] == [True, True, True, False, False]


async def test_a_right_that_was_not_given_is_missing(keys, engine, clock):
    caller = await keys.caller(f"Bearer {await a_key(engine, clock, rights=['read'])}")
    caller.require_right("read")

    with pytest.raises(Problem) as problem:
        caller.require_right("report")
    assert (problem.value.code, problem.value.status) == ("right_missing", 403)


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Basic x", "Bearer rorc_", "Bearer rorc_ab_cd", "钥"]
)
async def test_what_is_no_key_is_refused(header, keys):
    await refused(keys, header)


async def test_a_right_prefix_with_a_wrong_secret_is_refused(keys, engine, clock):
    token = await a_key(engine, clock)

    await refused(keys, f"Bearer {token[:-1]}{'A' if token[-1] != 'A' else 'B'}")
    await refused(keys, f"Bearer {token}x")
    await refused(keys, f"Bearer rorc_{token.split('_')[1]}_")


async def test_a_key_is_valid_until_the_moment_it_expires(engine, clock):
    token = await a_key(engine, clock, expires_at=clock.now() + timedelta(seconds=1))

    await KeyRing(engine, clock).caller(f"Bearer {token}")
    clock.set(clock.now() + timedelta(seconds=1))
    await refused(KeyRing(engine, clock), f"Bearer {token}")


async def test_a_revoked_key_is_refused_and_is_revoked_once(keys, engine, clock):
    token = await a_key(engine, clock)
    prefix = token.split("_")[1]

    async with engine.begin() as connection:
        answers = [await revoke_key(connection, clock, prefix) for _ in range(2)]
    assert answers == [True, False]
    await refused(keys, f"Bearer {token}")


async def test_the_database_has_a_hash_and_no_secret(engine, clock, database):
    token = await a_key(engine, clock)
    secret = token.split("_", 2)[2]

    with psycopg.connect(database) as connection:
        row = connection.execute("select api_key::text, hash from api_key").fetchone()
    assert secret not in row[0] and len(row[1]) == 32


async def test_the_list_shows_everything_but_the_secret_oldest_first(engine, clock):
    tokens = [await a_key(engine, clock, division=COUNTY), await a_key(engine, clock, rights=["read"])]

    async with engine.connect() as connection:
        records = await read_keys(connection)
    assert [record.prefix for record in records] == [token.split("_")[1] for token in tokens]
    assert records[0].created_at == clock.now()
    assert not any(token.split("_", 2)[2] in repr(records) for token in tokens)


async def test_a_key_without_a_right_or_with_an_unknown_one_is_not_made(engine, clock):
    for rights in ([], ["rule"]):
        with pytest.raises(IntegrityError):
            await a_key(engine, clock, rights=rights)
