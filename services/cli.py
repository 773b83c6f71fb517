"""`rorc`: puts the rooms together; a command is a few lines."""

import asyncio
import signal
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncEngine

from dashboards.app import create_app as create_dashboards
from migrations.run import upgrade
from services import gate
from services.analytics import worker
from services.analytics.refresh import Refresher
from services.api.app import create_app as create_api
from services.catalog.load import Catalog, InvalidCatalog, load_catalog
from services.core.clock import Clock
from services.core.database import create_engine
from services.core.postgres import run_with_engine, running_postgres, with_engine
from services.core.register import InvalidRegister, load_register
from services.core.sealing import new_key
from services.core.settings import Settings
from services.core.telemetry import configure_logs
from services.demo.show import report_demo, run_demo
from services.ingest.app import create_app as create_ingest
from services.serving import serve_all, serve_app, services_apart

app = typer.Typer(
    help="乡村组织振兴大数据中心 / Rural Organization Revitalization big-data center", no_args_is_help=True
)
app.add_typer(gate.keys, name="keys")
app.add_typer(gate.accounts, name="accounts")
app.add_typer(gate.audit, name="audit")
demo = typer.Typer(invoke_without_command=True)
app.add_typer(demo, name="demo")
console = Console()


def main() -> None:
    """The console command."""
    signal.signal(signal.SIGTERM, _leave)
    app()


def _leave(number: int, _: object) -> None:
    """Leave in order, as by Ctrl-C: dying of the signal would leave the embedded database behind."""
    raise SystemExit(128 + number)


def _settings() -> Settings:
    settings = Settings()
    configure_logs(settings.log_format)
    return settings


def _catalog(settings: Settings) -> Catalog:
    try:
        return load_catalog(*([settings.catalog_dir] if settings.catalog_dir else []))
    except InvalidCatalog as error:
        console.print(str(error), style="red", highlight=False)
        raise typer.Exit(1) from error


@demo.callback()
def demo_serve(
    context: typer.Context,
    once: Annotated[bool, typer.Option(help="打印汇总后退出 / print the summary and exit")] = False,
) -> None:
    """模拟城市:装载、汇总、打开页面 / the demo city: load it, sum it up, serve it."""
    if context.invoked_subcommand is None:
        settings = _settings()
        run_demo(settings, _catalog(settings), console, prepare, once=once)


@demo.command("report")
def demo_report() -> None:
    """核对公布总数,不符时退出码为 1 / published totals beside the warehouse's values; exit code 1 unless all hold."""
    settings = _settings()
    if not report_demo(settings, _catalog(settings), console):
        raise typer.Exit(1)


@app.command()
def serve() -> None:
    """一台服务器上运行全部服务 / run all services on one machine."""
    settings = _settings()
    with running_postgres(settings) as address:
        prepare(address)
        serve_all(settings, address, _catalog(settings), Clock(settings.clock))


def prepare(address: str) -> None:
    """Bring the database up to date and put the division register into it."""
    upgrade(address)

    async def load(engine: AsyncEngine) -> None:
        async with engine.begin() as connection:
            await load_register(connection)

    asyncio.run(with_engine(address, load))


@app.command()
def migrate() -> None:
    """更新数据库结构并装载区划登记册 / bring the database up to date and load the division register."""
    with running_postgres(_settings()) as address:
        prepare(address)


@app.command()
def ingest() -> None:
    """报送服务 / the ingest service."""
    settings = _settings()
    with running_postgres(settings) as address:
        engine = create_engine(address)
        served = create_ingest(
            settings=settings, engine=engine, clock=Clock(settings.clock), catalog=_catalog(settings)
        )
        serve_app(settings, served)


@app.command()
def api() -> None:
    """查询服务 / the api service."""
    settings = _settings()
    with running_postgres(settings) as address:
        served = create_api(
            settings=settings, engine=create_engine(address), database_url=address, clock=Clock(settings.clock),
            catalog=_catalog(settings),
        )  # fmt: skip
        serve_app(settings, served)


@app.command()
def dashboards() -> None:
    """页面服务 / the pages, over an api that runs by itself."""
    settings = _settings()
    key = None if settings.require_sign_in else settings.dashboards_key
    if settings.api_url is None or (key is None and not settings.require_sign_in):
        console.print("RORC_API_URL, RORC_DASHBOARDS_KEY ?", style="red")
        raise typer.Exit(1)
    client = services_apart(settings.api_url, settings.ingest_url, None if key is None else key.get_secret_value())
    serve_app(settings, create_dashboards(client, require_sign_in=settings.require_sign_in))


@app.command()
def analytics(with_parent: Annotated[bool, typer.Option(hidden=True)] = False) -> None:
    """分析服务:有新报送即更新快照 / the analytics worker: a new snapshot for every change."""
    settings = _settings()
    stop = worker.stop_on_signals()
    if with_parent:
        worker.stop_with_parent(stop)
    with running_postgres(settings) as address:
        refresher = Refresher(settings, address, _catalog(settings), Clock(settings.clock))
        worker.run(refresher, stop)


@app.command()
def refresh(full: Annotated[bool, typer.Option(help="从头重建 / build from nothing")] = False) -> None:
    """更新一次快照 / refresh the snapshot once."""
    settings = _settings()
    with running_postgres(settings) as address:
        refresher = Refresher(settings, address, _catalog(settings), Clock(settings.clock))
        with console.status("…") as status:
            done = refresher.refresh(full=full, progress=status.update)
    console.print(done.snapshot or "没有变化 / nothing new", done.seconds, done.verdicts, highlight=False)


@app.command()
def catalog(folder: Annotated[Path | None, typer.Argument(help="另一目录 / a further folder")] = None) -> None:
    """检查指标目录 / check the catalog and list what it holds."""
    settings = _settings().model_copy(update={"catalog_dir": folder} if folder else {})
    found = _catalog(settings)
    table = Table("#", "system", "forms", "metrics", "indexes", "cards", title=found.version)
    for system in found.systems:
        counts = (len(part) for part in (system.forms, system.metrics, system.indexes, system.cards))
        table.add_row(str(system.number), f"{system.title.zh} {system.title.en}", *map(str, counts))
    console.print(table)


@app.command()
def register(file: Path) -> None:
    """装载区划登记册 CSV / load a division register (code,name,level,parent_code,kind)."""

    async def load(engine: AsyncEngine) -> int:
        async with engine.begin() as connection:
            return await load_register(connection, file)

    try:
        console.print(run_with_engine(_settings(), load), "新增 / new")
    except InvalidRegister as error:
        console.print(f"{file}: {error}", style="red", highlight=False)
        raise typer.Exit(1) from error


@app.command("sealing-key")
def sealing_key() -> None:
    """新建封存个人信息的密钥 / make a key that seals personal fields."""
    console.print(new_key(), highlight=False, soft_wrap=True)


if __name__ == "__main__":
    main()
