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


_COLUMNS: Final = ("code", "name", "level", "parent_code", "kind")


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
    try:
        reader = csv.DictReader(source.read_text("utf-8-sig").splitlines())
    except UnicodeDecodeError as error:
        raise InvalidRegister("the file is not UTF-8") from error
    if not {*_COLUMNS} <= {*(reader.fieldnames or ())}:
        raise InvalidRegister(f"line 1: the columns are {', '.join(_COLUMNS)}")
    seen: set[str] = set()
    for number, line in enumerate(reader, start=2):
        wrong = _wrong_line(line, seen)
        if wrong:
            raise InvalidRegister(f"line {number}: {wrong}")
        seen.add(line["code"])
        yield line


def _wrong_line(line: dict[str, str], seen: set[str]) -> str | None:
    """What is wrong with a line that comes after the codes in `seen`."""
    try:
        code = DivisionCode(line["code"])
    except ValueError as error:
        return str(error)
    if code.level != line["level"]:
        return f"{code} is a {code.level}, not a {line['level']}"
    parent = str(code.parent or "")
    if line["parent_code"] != parent:
        return f"the parent of {code} is {parent}, not {line['parent_code']!r}"
    if parent and parent not in seen:
        return f"the parent {parent} does not stand before it"
    if code.code in seen:
        return f"{code} stands twice"
    return None if (line["name"] or "").strip() else f"{code} has no name"


async def count_divisions(connection: AsyncConnection) -> int:
    """How many divisions the register has."""
    return int((await connection.execute(select(func.count()).select_from(division))).scalar_one())
