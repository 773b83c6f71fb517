"""The machines that tests share: one real PostgreSQL a session, migrated, with the register in it."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
from playwright.async_api import Browser, BrowserContext, async_playwright

from migrations.run import upgrade
from services.core.database import create_engine
from services.core.postgres import running_postgres
from services.core.register import load_register
from services.core.settings import Settings
from tests.builders.demo_city import DemoCity, running_demo
from tests.builders.emptying import empty

CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]


@pytest.fixture(scope="session")
async def postgres(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The address of a database with all tables and all divisions."""
    folder: Path = tmp_path_factory.mktemp("postgres")
    with running_postgres(Settings(data_dir=folder, database_url=None)) as address:
        await asyncio.to_thread(upgrade, address)
        engine = create_engine(address)
        async with engine.begin() as connection:
            await load_register(connection)
        await engine.dispose()
        yield address


@pytest.fixture
def database(postgres: str) -> str:
    """The same address, with nothing in it but the divisions."""
    with psycopg.connect(postgres) as connection:
        empty(connection)
    return postgres


@pytest.fixture(scope="session")
def demo_city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoCity]:
    """The demo city, loaded and served by `rorc demo`."""
    with running_demo(tmp_path_factory.mktemp("demo")) as city:
        yield city


@pytest.fixture(scope="session")
def site(demo_city: DemoCity) -> str:
    """The address of its pages."""
    return demo_city.site


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A real Chromium; without one the tests that need it are skipped, unless they are required."""
    if shutil.which("chromium") is None:
        if os.environ.get("RORC_BROWSER_TESTS") == "required":
            pytest.fail("Chromium is missing: apt-get install chromium fonts-noto-cjk")
        pytest.skip("Chromium is missing: apt-get install chromium fonts-noto-cjk")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS)
        yield chromium
        await chromium.close()


@pytest.fixture(scope="session")
async def profile(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BrowserContext]:
    """A Chromium that keeps what it has compiled, as a reader's does: plotly.js costs a second each time without."""
    launch, folder = browser.browser_type.launch_persistent_context, tmp_path_factory.mktemp("profile")
    async with await launch(folder, executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS) as kept:
        yield kept
