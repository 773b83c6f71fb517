"""A village's records out of Postgres, as they are at this moment."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, TypeVar

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from services.api.schemas import Colour
from services.catalog.periods import Period
from services.core.database import load_queries

Driver = AsyncConnection[TupleRow]
Fields = dict[str, Any]
T = TypeVar("T")

_QUERIES: Final = {name: text.encode() for name, text in load_queries("services.api.villages", "records.sql").items()}
_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report of the township that has or should have the village's rows; what is None is not there."""

    form: str
    period: str
    due_on: date | None
    on_time_until: datetime | None
    submission: str | None
    revision: int
    received_at: datetime
    on_time: bool
    row_count: int
    nil: bool | None


@dataclass(frozen=True, slots=True)
class CardRow:
    """A card as far as a list tells it."""

    id: int
    rule: str
    title: dict[str, str]
    text: dict[str, str]
    metric: str
    colour: Colour
    status: str
    period: str
    raised_at: datetime
    due_on: date


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order as far as a list tells it."""

    id: int
    kind: str
    issuer: str
    addressee: str
    subject: str
    card_id: int | None
    issued_at: datetime
    due_on: date
    state: str


@dataclass(frozen=True)
class Place:
    """A village, and the township that reports for it."""

    village: str
    township: str


async def read_reports(driver: Driver, place: Place, wanted: Iterable[tuple[str, Period]]) -> list[ReportRow]:
    """Those of the wanted forms and periods that concern the village, by form, then period."""
    asked = sorted((form, str(period)) for form, period in wanted)
    values = vars(place) | {"forms": [form for form, _ in asked], "periods": [period for _, period in asked]}
    return await _read(driver, "reports", values, ReportRow)


async def read_rows(driver: Driver, place: Place, submissions: Sequence[str]) -> Mapping[str, list[Fields]]:
    """The village's rows by submission, in the order of each."""
    found: dict[str, list[Fields]] = {}
    values = {"village": place.village, "submissions": list(submissions)}
    for number, fields in await _read(driver, "rows", values, lambda *row: row):
        found.setdefault(number, []).append(msgspec.json.decode(fields))
    return found


async def read_cards(driver: Driver, place: Place) -> list[CardRow]:
    """Its cards, the open ones first; at most 200."""
    return await _read(driver, "cards", {"village": place.village, "limit": _MOST}, CardRow)


async def read_orders(driver: Driver, addressees: Sequence[str]) -> list[OrderRow]:
    """Orders to these divisions, those that await a reply first; at most 200."""
    return await _read(driver, "orders", {"addressees": list(addressees), "limit": _MOST}, OrderRow)


async def _read(driver: Driver, query: str, values: Mapping[str, Any], row: Any) -> list[Any]:
    found = await driver.execute(_QUERIES[query], values)
    return [row(*columns) for columns in await found.fetchall()]
