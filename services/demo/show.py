"""`rorc demo`: load the demo city once, print what came of it, and serve it."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Final

import duckdb
import uvicorn
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from services.analytics.refresh import Refresher
from services.catalog.divisions import DivisionCode
from services.catalog.load import Catalog
from services.core.accounts import Right, Role, create_key
from services.core.clock import Clock, SteppedClock
from services.core.database import connect, create_engine
from services.core.people import create_account, one_time_password
from services.core.postgres import running_postgres
from services.core.scopes import serving
from services.core.settings import Settings
from services.demo.load import CityLoad, serving_ingest
from services.demo.report import Comparison, compare, table_of
from services.demo.timeline import ENDS, begins
from services.serving import serve_all

CITY: Final = DivisionCode("370100000000")
COUNTY: Final = DivisionCode("370126000000")
TOWNSHIP: Final = DivisionCode("370126101000")
VILLAGE: Final = DivisionCode("370126101201")
_ACCOUNTS: Final[Sequence[tuple[str, Role, DivisionCode]]] = (
    ("administrator", "administrator", CITY), ("city", "city", CITY), ("county", "county", COUNTY),
    ("township", "township_clerk", TOWNSHIP), ("village", "village_terminal", VILLAGE), ("auditor", "auditor", CITY),
)  # fmt: skip
"""One account a role."""
_CITY_KEY: Final = "全市查询 / city, read"
_KEYS: Final[tuple[tuple[str, DivisionCode, tuple[Right, ...]], ...]] = (
    (_CITY_KEY, CITY, ("read",)),
    ("商河县查询、办理 / county, read and act", COUNTY, ("read", "act")),
    ("殷巷镇报送、办理 / township, report and act", TOWNSHIP, ("report", "read", "act")),
)


@dataclass(frozen=True)
class Loading:
    """What a finished load leaves behind for the next start: the summary's figures, the demo keys and passwords."""

    submissions: int
    rows: int
    corrections: int
    seconds: dict[str, float]
    keys: dict[str, str]
    passwords: dict[str, str] = field(default_factory=dict)


def run_demo(
    settings: Settings, catalog: Catalog, console: Console, prepare: Callable[[str], None], *, once: bool
) -> None:
    """Load the simulated years unless it is there, sum it up, and serve it until told to stop (not with `once`)."""
    demo = _of_demo(settings)
    note = _note(demo)
    with running_postgres(demo) as address:
        begun = perf_counter()
        prepare(address)
        prepared = perf_counter() - begun
        if not note.exists():
            # On the loop that uvicorn would take by itself: most of the load is ingest.
            with asyncio.Runner(loop_factory=uvicorn.Config("").get_loop_factory()) as runner:
                loading = runner.run(_load(demo, address, catalog, prepared))
            _write(note, loading)
        loading = Loading(**json.loads(note.read_text("utf-8")))
        clock = Clock(_today(address))
        Refresher(demo, address, catalog, clock).refresh()
        compared = asyncio.run(compare(demo, address, catalog, loading.keys[_CITY_KEY]))
        _summary(demo, address, loading, compared, console)
        if not once:
            console.print(f"\n[bold]http://{demo.host}:{demo.port}/[/bold]  Ctrl-C 停止 / stops")
            serve_all(demo, address, catalog, clock)


def report_demo(settings: Settings, catalog: Catalog, console: Console) -> bool:
    """Print every published total beside the warehouse's value; False unless all of them hold."""
    demo = _of_demo(settings)
    note = _note(demo)
    if not note.exists():
        console.print("尚无演示城市,请先运行 / no demo city yet, run this first: rorc demo --once", style="red")
        return False
    key = Loading(**json.loads(note.read_text("utf-8"))).keys[_CITY_KEY]
    with running_postgres(demo) as address:
        compared = asyncio.run(compare(demo, address, catalog, key))
    console.print(table_of(compared))
    return all(one.holds for one in compared)


def _of_demo(settings: Settings) -> Settings:
    return settings.model_copy(
        update={"data_dir": settings.data_dir / "demo", "simulated": True, "clock": ENDS, "require_sign_in": False}
    )


def _note(demo: Settings) -> Path:
    """The file that is there once the city is loaded."""
    return demo.data_dir / "demo.json"


def _today(address: str) -> datetime:
    """The demo city's present: its last day, or just after the last thing that was reported or done in it."""
    query = "select greatest((select max(received_at) from submission), (select max(at) from card_event))"
    with connect(address) as connection:
        row = connection.execute(query).fetchone()
    last = row[0] + timedelta(seconds=1) if row and row[0] else ENDS
    return max(ENDS, last)


async def _load(settings: Settings, address: str, catalog: Catalog, prepared: float) -> Loading:
    clock = SteppedClock(begins(catalog.reported_forms.values()))
    engine = create_engine(address)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        async with serving(engine, "rorc demo") as connection:
            loader = await create_key(connection, clock, name="demo loader", division=CITY, rights=["report", "act"])
            keys = {
                name: await create_key(connection, clock, name=name, division=division, rights=rights)
                for name, division, rights in _KEYS
            }
            passwords = {name: one_time_password() for name, _, _ in _ACCOUNTS}
            for name, role, division in _ACCOUNTS:
                await create_account(
                    connection, clock, name=name, role=role, division=division, password=passwords[name]
                )
        begun = perf_counter()
        with Progress(*columns) as progress:
            async with serving_ingest(settings, engine, catalog, clock) as ingest:
                loaded = await CityLoad(settings, address, catalog, engine, clock, progress).run(ingest, loader)
        spent = perf_counter() - begun
    finally:
        await engine.dispose()
    return Loading(
        loaded.submissions,
        loaded.rows,
        loaded.corrections,
        {
            "准备数据库 / database": prepared,
            "报送与分析 / posting and analytics": spent,
            "其中分析(同时进行) / of that analytics, meanwhile": loaded.refresh_seconds,
        },
        keys,
        passwords,
    )


def _write(note: Path, loading: Loading) -> None:
    """Keep the summary; the keys and passwords in it are for this user's eyes."""
    part = note.with_suffix(".part")
    part.touch(mode=0o600)
    part.write_text(json.dumps(asdict(loading), ensure_ascii=False), "utf-8")
    part.replace(note)


def _summary(
    settings: Settings, address: str, loading: Loading, compared: Sequence[Comparison], console: Console
) -> None:
    table = Table(show_header=False, box=None, title="演示城市(数据为模拟) / the demo city (simulated figures)")
    table.add_row("报送 / submissions", f"{loading.submissions:,} ({loading.corrections} 更正 / corrections)")
    table.add_row("数据行 / rows in", f"{loading.rows:,}")
    newest = max(settings.snapshot_dir.glob("snapshot-*.duckdb"), key=lambda path: path.name)
    with duckdb.connect(str(newest), read_only=True) as snapshot:
        values = snapshot.execute("select count(*), count(distinct metric) from marts.metric_values").fetchone()
    assert values is not None
    table.add_row("指标值 / metric values out", f"{values[0]:,} ({values[1]} 项指标 / metrics)")
    table.add_row("快照 / snapshot", f"{newest.stem}, {newest.stat().st_size / 2**20:,.0f} MiB")
    agreeing = sum(one.holds for one in compared)
    table.add_row("公布总数相符 / published totals reproduced", f"{agreeing} / {len(compared)}")
    with connect(address) as connection:
        cards = connection.execute(
            "select colour, count(*) from card where status <> 'closed' group by colour order by colour"
        ).fetchall()
    names = {"red": "红牌 / red cards", "yellow": "黄牌 / yellow cards"}
    for colour, count in cards:
        table.add_row(names[colour], f"{count:,}")
    for stage, seconds in loading.seconds.items():
        table.add_row(stage, f"{seconds:.1f} s")
    console.print(table)
    for name, key in loading.keys.items():
        console.print(f"  {name}\n    {key}", highlight=False, soft_wrap=True)
    if loading.passwords:
        console.print("  登录:用户名、密码 / sign in: name, password")
    for name, password in loading.passwords.items():
        console.print(f"    {name:<15}{password}", highlight=False, soft_wrap=True)
