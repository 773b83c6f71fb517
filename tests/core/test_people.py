"""People: who is let in, who is kept out and for how long, and what is kept of a password."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import psycopg
import pytest
from argon2 import PasswordHasher
from sqlalchemy.ext.asyncio import AsyncEngine

from services.catalog.divisions import DivisionCode
from services.core.accounts import ROLES, Caller, KeyRing, RateLimit
from services.core.clock import SteppedClock
from services.core.database import create_engine
from services.core.people import People, SignedIn, change_account, reset_password
from services.core.problems import Problem
from services.core.settings import Settings
from tests.builders.moments import at
from tests.builders.people import PASSWORD, a_code, an_account

NEW = "another-sorghum-lantern"


class Door:
    """People at the sign-in, with a clock that stands still."""

    def __init__(self, engine: AsyncEngine, settings: Settings) -> None:
        self.engine = engine
        self.clock = SteppedClock(at("2021-11-05 09:00"))
        self.people = People(engine, self.clock, settings, authenticators=self.clock)

    async def sign_in(self, name: str = "desk", password: str = PASSWORD, code: str | None = None) -> SignedIn:
        return await self.people.sign_in(name, password, code, "203.0.113.7")

    async def refused(self, name: str = "desk", password: str = PASSWORD, code: str | None = None) -> Problem:
        with pytest.raises(Problem) as problem:
            await self.sign_in(name, password, code)
        return problem.value

    async def caller(self, session: SignedIn) -> Caller:
        return await KeyRing(self.engine, self.clock).caller_at_the_door(f"Bearer {session.token}")

    async def is_open(self, session: SignedIn) -> bool:
        try:
            await self.caller(session)
        except Problem:
            return False
        return True

    async def with_authenticator(self) -> str:
        """Set one up; its secret. The clock goes on by a step."""
        caller = await self.caller(await self.sign_in())
        secret, _ = await self.people.begin_authenticator(caller)
        await self.people.confirm_authenticator(caller, a_code(secret, self.clock))
        self.wait(seconds=30)
        return secret

    def wait(self, **time: float) -> None:
        self.clock.set(self.clock.now() + timedelta(**time))


@pytest.fixture
async def door(database: str) -> AsyncIterator[Door]:
    engine = create_engine(database)
    yield Door(engine, Settings(sign_ins_a_minute=0))
    await engine.dispose()


@pytest.mark.parametrize(
    ("role", "division"),
    [
        ("administrator", "370100000000"), ("city", "370100000000"), ("county", "370112000000"),
        ("township_clerk", "370112001000"), ("village_terminal", "370112001001"), ("auditor", "370100000000"),
    ],
)  # fmt: skip
async def test_a_session_has_the_rights_of_the_role_and_the_scope_of_the_account(door, role, division):
    number, _ = await an_account(door.engine, door.clock, role=role, division=division)

    caller = await door.caller(await door.sign_in())

    assert (caller.rights, caller.role, caller.scope.code) == ({*ROLES[role].rights}, role, division)
    assert caller.account_id == number


async def test_a_name_is_the_same_in_whatever_letters_it_is_typed(door):
    await an_account(door.engine, door.clock, "Desk.Licheng")

    assert (await door.sign_in("desk.LICHENG ")).role == "city"


async def test_a_wrong_password_and_a_name_that_nobody_has_are_refused_alike(door):
    await an_account(door.engine, door.clock)

    told = [await door.refused(password="wrong"), await door.refused("nobody")]
    assert {(problem.code, problem.status) for problem in told} == {("sign_in_refused", 401)}


async def test_a_locked_account_says_when_it_opens_again(door):
    await an_account(door.engine, door.clock)
    for _ in range(5):
        await door.refused(password="wrong")

    problem = await door.refused()
    assert (problem.code, problem.details["until"]) == ("account_locked", "2021-11-05 09:15:00")
    assert problem.headers == {"Retry-After": "901"}
    door.wait(minutes=15)
    assert (await door.sign_in()).token


async def test_a_name_that_nobody_has_is_locked_like_any_other(door):
    for _ in range(5):
        await door.refused("nobody")

    assert (await door.refused("nobody")).code == "account_locked"


async def test_failures_before_a_sign_in_that_was_right_do_not_count(door):
    await an_account(door.engine, door.clock)
    for _ in range(4):
        await door.refused(password="wrong")
    await door.sign_in()

    assert [(await door.refused(password="wrong")).code for _ in range(4)] == ["sign_in_refused"] * 4
    assert (await door.sign_in()).token


async def test_so_many_sign_ins_a_minute_are_taken_for_a_name(door):
    people = People(door.engine, door.clock, Settings(sign_ins_a_minute=2, failed_sign_ins=100))
    codes = []
    for _ in range(3):
        with pytest.raises(Problem) as problem:
            await people.sign_in("desk", "wrong", None, "203.0.113.7")
        codes.append(problem.value.code)

    assert codes == ["sign_in_refused", "sign_in_refused", "rate_limited"]
    assert int(problem.value.headers["Retry-After"]) in (29, 30)


def test_a_limit_fills_up_again_with_time():
    seconds = [0.0]
    limit = RateLimit(60, now=lambda: seconds[0])
    for _ in range(60):
        limit.take("key")

    with pytest.raises(Problem):
        limit.take("key")
    limit.take("another")
    seconds[0] = 1.0
    limit.take("key")
    with pytest.raises(Problem):
        limit.take("key")


async def test_a_session_ends_after_twelve_hours_however_busy(door):
    await an_account(door.engine, door.clock)
    session = await door.sign_in()

    for _ in range(11):
        door.wait(hours=1)
        assert await door.is_open(session)
    door.wait(hours=1)
    assert not await door.is_open(session)


async def test_a_session_that_nobody_uses_ends_after_two_hours(door):
    await an_account(door.engine, door.clock)
    session = await door.sign_in()
    door.wait(hours=1, minutes=59)
    assert await door.is_open(session)

    door.wait(hours=2)
    assert not await door.is_open(session)


async def test_the_use_of_a_key_is_noted_once_a_minute(door, database):
    await an_account(door.engine, door.clock)
    session = await door.sign_in()
    noted = []
    for seconds in (0, 59, 1):
        door.wait(seconds=seconds)
        await door.caller(session)
        with psycopg.connect(database) as connection:
            noted.append(connection.execute("select last_used_at from api_key").fetchone()[0])

    assert noted == [at("2021-11-05 09:00"), at("2021-11-05 09:00"), at("2021-11-05 09:01")]


async def test_a_changed_password_ends_the_other_sessions_and_is_asked_for_from_now_on(door):
    await an_account(door.engine, door.clock)
    here, elsewhere = await door.sign_in(), await door.sign_in()

    await door.people.change_password(await door.caller(here), PASSWORD, NEW)

    assert [await door.is_open(here), await door.is_open(elsewhere)] == [True, False]
    assert (await door.refused()).code == "sign_in_refused"
    assert (await door.sign_in(password=NEW)).token


@pytest.mark.parametrize(
    ("present", "new", "code"),
    [
        ("wrong", NEW, "password_wrong"), (PASSWORD, "short", "password_length_wrong"),
        (PASSWORD, "x" * 201, "password_length_wrong"), (PASSWORD, "the-desk-of-licheng", "password_guessable"),
        (PASSWORD, "Password-2021-11", "password_guessable"), (PASSWORD, "ababababababab", "password_guessable"),
        (PASSWORD, PASSWORD, "password_not_new"),
    ],
)  # fmt: skip
async def test_a_password_that_is_easy_to_guess_is_not_taken(door, present, new, code):
    await an_account(door.engine, door.clock)
    caller = await door.caller(await door.sign_in())

    with pytest.raises(Problem) as problem:
        await door.people.change_password(caller, present, new)
    assert problem.value.code == code


async def test_whoever_has_a_one_time_password_may_do_nothing_before_it_is_changed(door):
    _, password = await an_account(door.engine, door.clock, password=None)
    session = await door.sign_in(password=password)
    keys = KeyRing(door.engine, door.clock)
    with pytest.raises(Problem) as problem:
        await keys.caller(f"Bearer {session.token}")
    assert (problem.value.code, problem.value.status) == ("password_change_required", 403)

    await door.people.change_password(await door.caller(session), password, NEW)

    assert (await keys.caller(f"Bearer {session.token}")).role == "city"


async def test_a_code_is_asked_for_once_an_authenticator_is_confirmed(door):
    await an_account(door.engine, door.clock)
    caller = await door.caller(await door.sign_in())
    secret, address = await door.people.begin_authenticator(caller)
    assert (await door.sign_in()).token

    await door.people.confirm_authenticator(caller, a_code(secret, door.clock))

    assert address.startswith("otpauth://totp/RORC:desk?secret=")
    assert (await door.refused()).code == "code_required"
    assert (await door.refused(code="000000")).code == "sign_in_refused"
    assert (await door.sign_in(code=a_code(secret, door.clock, later=1))).token


async def test_a_code_is_not_taken_twice(door):
    await an_account(door.engine, door.clock)
    code = a_code(await door.with_authenticator(), door.clock)
    await door.sign_in(code=code)

    assert (await door.refused(code=code)).code == "sign_in_refused"


async def test_of_two_at_once_with_the_same_code_one_gets_in(door):
    await an_account(door.engine, door.clock)
    code = a_code(await door.with_authenticator(), door.clock)

    came = await asyncio.gather(*(door.sign_in(code=code) for _ in range(2)), return_exceptions=True)

    assert sorted(type(one).__name__ for one in came) == ["Problem", "SignedIn"]


async def test_a_code_is_taken_one_step_early_or_late_and_no_more(door):
    await an_account(door.engine, door.clock)
    secret = await door.with_authenticator()
    door.wait(minutes=5)

    assert (await door.refused(code=a_code(secret, door.clock, later=-2))).code == "sign_in_refused"
    assert (await door.refused(code=a_code(secret, door.clock, later=2))).code == "sign_in_refused"
    assert (await door.sign_in(code=a_code(secret, door.clock, later=-1))).token
    assert (await door.sign_in(code=a_code(secret, door.clock, later=1))).token


async def test_an_authenticator_is_removed_by_the_password(door):
    await an_account(door.engine, door.clock)
    secret = await door.with_authenticator()
    caller = await door.caller(await door.sign_in(code=a_code(secret, door.clock)))
    with pytest.raises(Problem):
        await door.people.remove_authenticator(caller, "wrong")

    await door.people.remove_authenticator(caller, PASSWORD)

    assert (await door.sign_in()).token


async def test_a_disabled_account_is_out_at_once(door):
    number, _ = await an_account(door.engine, door.clock)
    session = await door.sign_in()

    async with door.engine.begin() as connection:
        await change_account(connection, door.clock, number, {"disabled_at": door.clock.now()})

    assert not await door.is_open(session)
    assert (await door.refused()).code == "sign_in_refused"


async def test_a_reset_password_opens_a_locked_account(door):
    number, _ = await an_account(door.engine, door.clock)
    for _ in range(5):
        await door.refused(password="wrong")

    async with door.engine.begin() as connection:
        password = await reset_password(connection, door.clock, number)

    assert (await door.sign_in(password=password)).must_change_password


async def test_a_password_is_kept_as_argon2id_and_hashed_anew_when_parameters_change(door, database):
    await an_account(door.engine, door.clock)
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with psycopg.connect(database) as connection:
        connection.execute("update account set password_hash = %s", [weak])

    await door.sign_in()

    with psycopg.connect(database) as connection:
        kept, whole = connection.execute("select password_hash, account::text from account").fetchone()
    assert kept.startswith("$argon2id$") and "m=65536" in kept and PASSWORD not in whole


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"role": "administrator", "division": "370112000000"}, "role_level_wrong"),
        ({"role": "township_clerk"}, "role_level_wrong"), ({"role": "export_system"}, "role_for_machines"),
        ({"role": "county", "division": "370199000000"}, "division_unknown"), ({"name": "x"}, "account_name_unfit"),
        ({"name": "a b c"}, "account_name_unfit"), ({"name": "DESK"}, "account_exists"),
    ],
)  # fmt: skip
async def test_an_account_is_made_only_where_its_role_may_stand(door, given, code):
    await an_account(door.engine, door.clock)

    with pytest.raises(Problem) as problem:
        await an_account(door.engine, door.clock, **{"name": "other", **given})
    assert problem.value.code == code


def test_no_role_can_give_accounts_but_the_administrator_of_the_city():
    assert [role for role, terms in ROLES.items() if "administer" in terms.rights] == ["administrator"]
    assert ROLES["administrator"].levels == (DivisionCode("370100000000").level,)
