"""`rorc demo report`: what the city published, beside what the warehouse says of it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import httpx
from rich.table import Table

from services.api.app import create_app
from services.catalog.load import Catalog
from services.core.clock import Clock
from services.core.database import create_engine
from services.core.settings import Settings
from services.demo.published import PublishedTotal, read_published

_SIGNS: Final = {"exact": "=", "at_least": "≥", "rounds_to": "≈", "at_least_double_of_year_before": "≥"}
_HEADS: Final = (
    "公布 / as published", "公布值 / published", "计算值 / computed", "差 / difference", "指标 / metric",
    "期 / period", "相符 / holds",
)  # fmt: skip
_RIGHT: Final = ("公布值", "计算值", "差")


@dataclass(frozen=True)
class Comparison:
    """A published total beside the value that the api gives; None where somebody did not report."""

    total: PublishedTotal
    computed: Decimal | None
    wanted: Decimal | None

    @property
    def difference(self) -> Decimal | None:
        """How much more was computed than was wanted."""
        return None if self.computed is None or self.wanted is None else self.computed - self.wanted

    @property
    def holds(self) -> bool:
        """Whether the total is reproduced."""
        return self.computed is not None and self.wanted is not None and self.total.agrees(self.computed, self.wanted)


async def compare(settings: Settings, address: str, catalog: Catalog, key: str) -> list[Comparison]:
    """Every published total of the city of `key` beside what GET /v1/values answers from the newest snapshot."""
    engine = create_engine(address)
    app = create_app(
        settings=settings, engine=engine, database_url=address, clock=Clock(settings.clock), catalog=catalog
    )
    headers = {"Authorization": f"Bearer {key}"}
    try:
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api", headers=headers) as client,
        ):
            return [await _compared(client, total) for total in read_published()]
    finally:
        await engine.dispose()


async def _compared(client: httpx.AsyncClient, total: PublishedTotal) -> Comparison:
    first, last = map(str, total.span)
    answer = await client.get("/v1/values", params={"metric": total.metric, "from": first, "to": last})
    answer.raise_for_status()
    readings: list[dict[str, Any]] = json.loads(answer.text, parse_float=Decimal, parse_int=Decimal)["readings"]
    values = [reading["value"] for reading in readings]
    computed = sum(values, Decimal(0)) if values and None not in values else None
    return Comparison(total, computed, total.wanted(readings[-1]["year_ago"]))


def table_of(found: Sequence[Comparison]) -> Table:
    """The comparisons as they are printed, a published total a row."""
    agreeing = sum(one.holds for one in found)
    caption = f"{agreeing} / {len(found)} 项相符 / reproduced"
    table = Table(title="公布总数与数据仓库 / published totals and the warehouse", caption=caption, show_lines=True)
    for head in _HEADS:
        table.add_column(head, justify="right" if head.startswith(_RIGHT) else "left", overflow="fold")
    for one in found:
        total = one.total
        table.add_row(
            f"{total.text.zh}\n{total.text.en}", _rule(total), _number(one.computed), _number(one.difference, "+"),
            total.metric, "–".join(dict.fromkeys(map(str, total.span))), "✓" if one.holds else "✗",
            style=None if one.holds else "red",
        )  # fmt: skip
    return table


def _rule(total: PublishedTotal) -> str:
    shown = f"{_SIGNS[total.rule]} {_number(total.published)}"
    return f"{shown} × 上年 / year before" if total.rule == "at_least_double_of_year_before" else shown


def _number(value: Decimal | None, sign: str = "") -> str:
    """Thousands apart, no more than four decimals; a dash for what is missing."""
    if value is None:
        return "–"
    shown = f"{value:{sign},.4f}".rstrip("0").rstrip(".")
    return shown if value else "0"
