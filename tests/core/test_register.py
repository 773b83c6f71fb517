"""The division register: the shipped one is complete, a wrong one is refused with its line."""

from collections import Counter
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from migrations.run import upgrade
from services.catalog.divisions import DivisionCode
from services.core.database import create_engine
from services.core.register import InvalidRegister, count_divisions, load_register
from services.core.tables.divisions import division
from tests.builders.databases import an_empty_database

HEAD = "code,name,level,parent_code,kind\n"
PROVINCE = "370000000000,山东省,province,,\n"
CITY = "370100000000,济南市,city,370000000000,\n"
COUNTY = "370102000000,历下区,county,370100000000,\n"
OTHER_COUNTY = "370103000000,市中区,county,370100000000,\n"


@pytest.fixture
async def connection(postgres: str) -> AsyncIterator[AsyncConnection]:
    """A connection to a database that has the register already; what a test changes is rolled back."""
    engine = create_engine(postgres)
    async with engine.connect() as connection:
        yield connection
    await engine.dispose()


@pytest.fixture
def a_file(tmp_path):
    def write(*lines: str, encoding: str = "utf-8"):
        path = tmp_path / "register.csv"
        path.write_text("".join(lines), encoding)
        return path

    return write


async def test_the_shipped_register_is_loaded_whole_and_once(postgres):
    with an_empty_database(postgres) as address:
        upgrade(address)
        engine = create_engine(address)
        async with engine.begin() as connection:
            first, second = await load_register(connection), await load_register(connection)
            count = await count_divisions(connection)
        await engine.dispose()

    assert (first, second, count) == (5937, 0, 5937)


async def test_it_has_the_divisions_of_jinan(connection):
    rows = list(await connection.execute(select(division.c.level, division.c.kind, division.c.code)))

    levels = Counter(row.level for row in rows)
    assert levels == {"province": 1, "city": 1, "county": 13, "township": 164, "village": 5758}
    assert Counter(row.kind for row in rows if row.level == "village") == {"village": 4691, "community": 1067}
    assert len({row.code[:9] for row in rows if row.kind == "village"}) == 111


async def test_every_division_stands_below_the_one_its_code_says(connection):
    above = division.alias()
    query = select(division.c.code, above.c.code).outerjoin_from(
        division, above, division.c.parent_id == above.c.id
    )  # fmt: skip

    wrong = [
        (code, parent)
        for code, parent in await connection.execute(query)
        if (DivisionCode(parent) if parent else None) != DivisionCode(code).parent
    ]
    assert wrong == []


async def test_a_further_division_is_added_and_the_rest_left_as_it_is(connection, a_file):
    file = a_file(HEAD, PROVINCE, CITY.replace("济南市", "另名"), "370199000000,新区,county,370100000000,\n")

    assert await load_register(connection, file) == 1
    query = select(division.c.name).where(division.c.code == "370100000000")
    assert (await connection.execute(query)).scalar_one() == "济南市"


async def test_a_file_with_a_byte_order_mark_is_read(connection, a_file):
    assert await load_register(connection, a_file(HEAD, PROVINCE, CITY, encoding="utf-8-sig")) == 0


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        ([PROVINCE, "37010,短,city,370000000000,\n"], "line 3: '37010' is not a 12-digit division code"),
        ([PROVINCE, "370000001000,跳级,township,370000000000,\n"], "line 3: '370000001000' skips a level"),
        ([PROVINCE, CITY.replace("city", "county")], "line 3: 370100000000 is a city, not a county"),
        ([CITY, PROVINCE], "line 2: the parent 370000000000 does not stand before it"),
        ([PROVINCE, CITY.replace("370000000000", "")], "line 3: the parent of 370100000000 is 370000000000, not ''"),
        (
            [PROVINCE, CITY, COUNTY, OTHER_COUNTY, "370103001000,镇,township,370102000000,\n"],
            "line 6: the parent of 370103001000 is 370103000000, not '370102000000'",
        ),
        ([PROVINCE, CITY, CITY], "line 4: 370100000000 stands twice"),
        ([PROVINCE, "370100000000, ,city,370000000000,\n"], "line 3: 370100000000 has no name"),
        ([PROVINCE, "370100000000\n"], "line 3: 370100000000 is a city, not a None"),
    ],
)
async def test_a_wrong_line_is_refused_by_its_number(lines, what, connection, a_file):
    with pytest.raises(InvalidRegister) as refused:
        await load_register(connection, a_file(HEAD, *lines))

    assert str(refused.value) == what
    assert await count_divisions(connection) == 5937


async def test_a_file_without_its_columns_is_refused(connection, a_file):
    with pytest.raises(InvalidRegister, match="line 1: the columns are code, name, level, parent_code, kind"):
        await load_register(connection, a_file("code,name,level\n", PROVINCE))


async def test_a_file_in_another_encoding_is_refused(connection, a_file):
    with pytest.raises(InvalidRegister, match="is not UTF-8"):
        await load_register(connection, a_file(HEAD, PROVINCE, encoding="gb18030"))
