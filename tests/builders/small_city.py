"""A city small enough to reckon by hand, in a database of its own, with the real services over it."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import duckdb
import httpx
import psycopg
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from services.analytics.models import compiled_models, in_order_of_batches, written_models
from services.analytics.publish import published
from services.analytics.refresh import Refreshed, Refresher
from services.catalog.load import Catalog, load_catalog
from services.catalog.periods import Period
from services.core.clock import TIME_ZONE, SteppedClock
from services.core.database import create_engine, driver_of
from services.core.sealing import new_key
from services.core.settings import Settings
from services.ingest.app import create_app
from services.ingest.deadlines.opening import open_period
from tests.builders.city_databases import CityDatabases
from tests.builders.keys import a_key
from tests.builders.moments import at

CITY = "370100000000"
EAST, WEST = "370112000000", "370113000000"
HILL, LAKE, FORD, GLEN = "370112001000", "370112002000", "370113001000", "370113002000"
H1, H2, H3 = "370112001201", "370112001202", "370112001203"
L1, L2 = "370112002201", "370112002202"
F1, F2 = "370113001201", "370113001202"
G1 = "370113002201"
COMMUNITY = "370113002001"

VILLAGES: Final = {HILL: (H1, H2, H3), LAKE: (L1, L2), FORD: (F1, F2), GLEN: (G1,)}
COUNTIES: Final = {HILL: EAST, LAKE: EAST, FORD: WEST, GLEN: WEST}
_PARENTS: Final = {EAST: CITY, WEST: CITY} | COUNTIES
_NAMES: Final = {EAST: "东县", WEST: "西县", HILL: "山镇", LAKE: "湖镇", FORD: "渡镇", GLEN: "谷镇"}

Row = dict[str, Any]
Tables = dict[str, list[tuple[Any, ...]]]

KEYS: Final = SecretStr(new_key())
CATALOG: Final = load_catalog()
TRIAL_SYSTEMS: Final = Path(__file__).parent.parent / "analytics" / "systems"


@cache
def the_systems(*names: str) -> Catalog:
    """A catalog of these systems alone, shipped or of tests/analytics/systems: fewer metrics are sooner computed."""
    whole = load_catalog(TRIAL_SYSTEMS)
    return Catalog(tuple(system for system in whole.systems if system.system in names), whole.version)


_SCRATCH: Final = frozenset((
    "marts.snapshot", "marts.changes", "facts.snapshot", "facts.watermark", "facts.affected",
    "facts.changed_units", "facts.changed_divisions", "facts.compared_divisions", "facts.cells",
))  # fmt: skip
"""What says how or when a warehouse was built, and not what is in it."""


def register_csv() -> str:
    """Two counties, four townships, eight villages and a community, as a register file."""
    lines = ["code,name,level,parent_code,kind", "370000000000,小省,province,,", f"{CITY},小城市,city,370000000000,"]
    lines += [f"{c},{_NAMES[c]},{'county' if p == CITY else 'township'},{p}," for c, p in _PARENTS.items()]
    lines += [f"{v},{_NAMES[t]}{v[-1]}村,village,{t},village" for t, below in VILLAGES.items() for v in below]
    return "\n".join([*lines, f"{COMMUNITY},谷镇社区,village,{GLEN},community", ""])


@contextmanager
def a_small_city(databases: CityDatabases, folder: Path, catalog: Catalog = CATALOG) -> Iterator["SmallCity"]:
    """The city, nothing reported yet."""
    with databases.one() as address, asyncio.Runner() as runner, ExitStack() as stack:
        engine = runner.run(_engine(address))
        stack.callback(lambda: runner.run(engine.dispose()))
        city = SmallCity(address, folder, catalog, runner, engine)
        stack.callback(lambda: runner.run(city.close()))
        yield city


async def _engine(address: str) -> AsyncEngine:
    return create_engine(address, pool_size=2)


@dataclass
class SmallCity:
    """The city's database, its ingest service, and its warehouses."""

    address: str
    folder: Path
    catalog: Catalog
    runner: asyncio.Runner
    engine: AsyncEngine
    clock: SteppedClock = field(default_factory=lambda: SteppedClock(at("2022-04-01 09:00")))
    revisions: dict[tuple[str, str, str], int] = field(default_factory=dict)
    client: httpx.AsyncClient | None = None

    @property
    def settings(self) -> Settings:
        return Settings(data_dir=self.folder, database_url=self.address, sealing_keys=KEYS)

    # --- what comes in

    def report(self, form: str, period: str, division: str, rows: Sequence[Row] = (), **changes: Any) -> Row:
        """A report through ingest, soon after its period's end; sent again it corrects. The receipt."""
        key = (form, period, division)
        envelope: Row = {"form": form, "period": period, "division": division, "rows": list(rows)} | changes
        if key in self.revisions:
            envelope["base_revision"] = self.revisions[key]
        with self.at_time_of(period):
            answer = self.runner.run(self._post(envelope))
        assert answer.status_code == 201, answer.text
        self.revisions[key] = answer.json()["revision"]
        return answer.json()

    def withdraw(self, receipt: Row) -> None:
        """A report is taken back by whoever sent it."""
        answer = self.runner.run(self._withdraw(receipt["id"]))
        assert answer.status_code == 201, answer.text

    def open(self, form: str, *periods: str) -> None:
        """Periods begin: everyone is asked, nobody has reported."""
        for period in periods:
            with self.at_time_of(period):
                self.runner.run(self._open(form, Period.parse(period)))

    @contextmanager
    def at_time_of(self, period: str) -> Iterator[None]:
        """The clock stands at the second day after `period`."""
        now = self.clock.now()
        day = Period.parse(period).last_day + timedelta(days=2)
        self.clock.set(datetime.combine(day, time(9), TIME_ZONE))
        yield
        self.clock.set(now)

    async def _post(self, envelope: Row) -> httpx.Response:
        if self.client is None:
            settings = self.settings.model_copy(update={"max_body_bytes": 1_000_000})
            app = create_app(settings=settings, engine=self.engine, clock=self.clock, catalog=self.catalog)
            self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ingest")
            self.client.headers["authorization"] = f"Bearer {await a_key(self.engine, self.clock, division=CITY)}"
        return await self.client.post("/v1/submissions", json=envelope)

    async def _withdraw(self, submission: str) -> httpx.Response:
        assert self.client is not None
        content = {"event": "withdrawn", "reason": "错报"}
        return await self.client.post(f"/v1/submissions/{submission}/events", json=content, headers={"if-match": "*"})

    async def _open(self, form: str, period: Period) -> None:
        async with self.engine.begin() as connection:
            await open_period(driver_of(connection), self.clock, self.catalog.forms[form], period)

    async def close(self) -> None:
        if self.client is not None:
            await self.client.aclose()

    # --- what becomes of it

    def refresher(self, name: str = "") -> Refresher:
        """A refresher with a data folder of its own for each name."""
        settings = self.settings.model_copy(update={"data_dir": self.folder / name})
        return Refresher(settings, self.address, self.catalog, self.clock)

    def refresh(self, name: str = "", *, full: bool = False) -> Refreshed:
        return self.refresher(name).refresh(full=full)

    def settle(self, name: str = "") -> None:
        """Refresh until there is nothing new: a refresh counts the cards that the one before it raised."""
        for _ in range(5):
            if self.refresh(name).snapshot is None:
                return
        raise AssertionError("there is always something new")

    def tables(self, name: str = "") -> Tables:
        """Every relation of the named warehouse, its rows in order of their text."""
        return tables_of(self.refresher(name).settings.working_file)

    def read(self, query: str, name: str = "") -> list[tuple[Any, ...]]:
        """Rows out of the newest snapshot."""
        folder = self.refresher(name).settings.snapshot_dir
        return read_file(folder / f"{published(folder)[-1]}.duckdb", query)

    def value(self, metric: str, division: str, period: str) -> tuple[float | None, int, int] | None:
        """Value, reported and expected; None where there is no such row."""
        where = f"metric = '{metric}' and division = '{division}' and period = '{period}'"
        rows = self.read(f"select value, reported, expected from marts.metric_values where {where}")
        assert len(rows) <= 1
        return rows[0] if rows else None

    def values(self, metric: str, period: str, column: str = "value") -> dict[str, Any]:
        """One column of a metric for every division."""
        return dict(self.read(
            f"select division, {column} from marts.metric_values where metric = '{metric}' and period = '{period}'"
        ))  # fmt: skip

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Rows out of Postgres; a command is committed."""
        with psycopg.connect(self.address) as connection:
            cursor = connection.execute(query.encode())
            return cursor.fetchall() if cursor.description else []

    def under(self, catalog: Catalog) -> "SmallCity":
        """The same city under other rules."""
        return replace(self, catalog=catalog)


@contextmanager
def as_at_the_checks(city: SmallCity, *changes: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse as it stands when its checks run in a full build, after `changes`; it is left as it was."""
    names = {*city.catalog.metrics, *city.catalog.indexes}
    before, in_batches, _ = in_order_of_batches((*written_models(), *compiled_models(city.catalog, names)))
    with duckdb.connect(str(city.settings.working_file)) as warehouse:
        warehouse.execute("begin")
        warehouse.execute("create temp table temp.batch as select metric, period, cell from facts.cells")
        warehouse.execute("create temp table temp.served as from marts.metric_values")
        warehouse.execute("delete from marts.metric_values")
        for model in (model for model in (*before, *in_batches) if model.name.startswith("temp.")):
            warehouse.execute(f"create temp table {model.name} as {model.sql}")
        warehouse.execute("insert into marts.metric_values from temp.served")
        for change in changes:
            warehouse.execute(change)
        yield warehouse
        warehouse.execute("rollback")


def read_file(file: Path, query: str) -> list[tuple[Any, ...]]:
    """Rows out of a warehouse or a snapshot."""
    with duckdb.connect(str(file), read_only=True) as warehouse:
        warehouse.execute("set timezone = 'Asia/Shanghai'")
        return warehouse.execute(query).fetchall()


def tables_of(file: Path) -> Tables:
    """Every kept relation of a warehouse, its rows in order of their text."""
    with duckdb.connect(str(file), read_only=True) as warehouse:
        names = warehouse.execute(
            "select concat(table_schema, '.', table_name) from information_schema.tables order by 1"
        ).fetchall()
        return {
            name: sorted(warehouse.execute(f"select * from {name}").fetchall(), key=repr)
            for (name,) in names
            if name not in _SCRATCH
        }
