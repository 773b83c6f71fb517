"""The division register: loaded from a file of official codes, read by code."""

import csv
from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.catalog.divisions import LEVELS, DivisionCode
from services.core.tables.divisions import division

SHIPPED: Final = files("services.core").joinpath("data/divisions_jinan.csv")
SCHEME: Final = "nbs"
_SINCE: Final = date(2000, 1, 1)
"""The register does not say since when a code holds; every reporting year lies after this day."""


class InvalidRegister(ValueError):
    """A register file with a wrong line; the message names it."""


async def load_register(connection: AsyncConnection, source: Traversable = SHIPPED) -> int:
    """Put the divisions of a CSV (`code,name,level,parent_code,kind`) into the register; how many are new.

    Parents stand before their children. A division that is there already is left as it is.
    """
    known = {row.code: row.id for row in await connection.execute(select(division.c.code, division.c.id))}
    before = len(known)
    lines = list(_lines(source))
    for level in LEVELS:
        values = [
            {
                "scheme": SCHEME, "code": line["code"], "name": line["name"], "level": level,
                "kind": line["kind"] or None, "parent_id": known.get(line["parent_code"]), "valid_from": _SINCE,
            }
            for line in lines
            if line["level"] == level and line["code"] not in known
        ]  # fmt: skip
        if values:
            query = insert(division).on_conflict_do_nothing().returning(division.c.code, division.c.id)
            known |= {row.code: row.id for row in await connection.execute(query, values)}
    return len(known) - before


def _lines(source: Traversable) -> Iterator[dict[str, str]]:
    seen = {""}
    for number, line in enumerate(csv.DictReader(source.read_text("utf-8-sig").splitlines()), start=2):
        try:
            code = DivisionCode(line["code"])
        except (ValueError, KeyError) as error:
            raise InvalidRegister(f"line {number}: {error}") from error
        if code.level != line["level"]:
            raise InvalidRegister(f"line {number}: {code} is a {code.level}, not a {line['level']}")
        if line["parent_code"] not in seen:
            raise InvalidRegister(f"line {number}: the parent {line['parent_code']} does not stand before it")
        seen.add(line["code"])
        yield line


async def count_divisions(connection: AsyncConnection) -> int:
    """How many divisions the register has."""
    return int((await connection.execute(select(func.count()).select_from(division))).scalar_one())
