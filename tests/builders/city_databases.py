"""Databases with the small city's register in them, used again and again: making one takes longer than a test."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Final

import psycopg
from sqlalchemy import make_url

from migrations.run import upgrade
from services.core.database import create_engine
from services.core.register import load_register
from tests.builders.emptying import empty

_NUMBERS = count(1)
_REGISTER: Final = "select md5(string_agg(d::text, ',' order by d.id)) from division as d"


class CityDatabases:
    """Hands out databases in which nothing is reported, and takes them back."""

    def __init__(self, server: str, folder: Path, register: str) -> None:
        self._server = server
        self._free: list[str] = []
        self._count = 0
        self._template = f"small_city_{next(_NUMBERS)}"
        self._make(self._template, "template1")
        address = self._address(self._template)
        upgrade(address)
        file = folder / "register.csv"
        file.write_text(register, "utf-8")
        asyncio.run(_load(address, file))
        with psycopg.connect(address) as connection:
            self._register = connection.execute(_REGISTER).fetchone()

    @contextmanager
    def one(self) -> Iterator[str]:
        """The address of a database that nobody else has meanwhile."""
        address = self._free.pop() if self._free else self._new()
        yield address
        if self._emptied(address):
            self._free.append(address)

    def _new(self) -> str:
        self._count += 1
        name = f"{self._template}_{self._count}"
        self._make(name, self._template)
        return self._address(name)

    def _make(self, name: str, template: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(f"create database {name} template {template}".encode())

    def _address(self, name: str) -> str:
        return make_url(self._server).set(database=name).render_as_string(hide_password=False)

    def _emptied(self, address: str) -> bool:
        """Take everything out but the register; False when that has changed, for then it is of no more use."""
        with psycopg.connect(address) as connection:
            empty(connection)
            return connection.execute(_REGISTER).fetchone() == self._register


async def _load(address: str, register: Path) -> None:
    engine = create_engine(address)
    async with engine.begin() as connection:
        await load_register(connection, register)
    await engine.dispose()
