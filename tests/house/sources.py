"""The files that the laws are held against, and the apps whose routes are walked."""

import ast
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import httpx
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlalchemy.ext.asyncio import create_async_engine

from dashboards.app import create_app as create_dashboards
from services.api.app import create_app as create_api
from services.catalog.load import load_catalog
from services.core.clock import Clock
from services.core.settings import Settings
from services.ingest.app import create_app as create_ingest

ROOT = Path(__file__).parents[2]
PRODUCT = ("services", "dashboards", "migrations")
_NOWHERE = "postgresql+psycopg://nowhere/rorc"


def python_files(*folders: str) -> list[Path]:
    """The Python files below these folders of the repository."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def named(path: Path) -> str:
    """The path from the top of the repository."""
    return path.relative_to(ROOT).as_posix()


@cache
def all_files() -> list[Path]:
    """Every file of the repository that git would keep."""
    lines = (ROOT / ".gitignore").read_text("utf-8").split()
    patterns = [".git", *(line.strip("/") for line in lines if not line.startswith("/"))]
    at_the_top = [line.strip("/") for line in lines if line.startswith("/")]
    return sorted(_kept(ROOT, patterns, at_the_top))


def _kept(folder: Path, patterns: list[str], at_the_top: list[str]) -> Iterator[Path]:
    for path in folder.iterdir():
        if any(fnmatch(path.name, pattern) for pattern in [*patterns, *at_the_top]):
            continue
        if path.is_dir():
            yield from _kept(path, patterns, [])
        elif path.is_file():
            yield path


def dotted(node: ast.AST) -> str:
    """`a.b.c` of an attribute or a name; anything else is empty."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def uses(source: str, forbidden: tuple[str, ...]) -> set[str]:
    """Which of `forbidden` (`module.name`) a source reaches for, by attribute or by import."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            found |= {name for name in forbidden if f".{dotted(node)}".endswith(f".{name}")}
        if isinstance(node, ast.ImportFrom):
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= names & set(forbidden)
    return found


def ingest_app() -> FastAPI:
    """The ingest service over a database that is not there."""
    engine = create_async_engine(_NOWHERE)
    return create_ingest(settings=Settings(), engine=engine, clock=Clock(), catalog=load_catalog())


def api_app() -> FastAPI:
    """The api over a database that is not there, without a snapshot."""
    engine = create_async_engine(_NOWHERE)
    return create_api(
        settings=Settings(), engine=engine, database_url=_NOWHERE, clock=Clock(), catalog=load_catalog()
    )  # fmt: skip


def dashboards_app() -> FastAPI:
    """The pages over an api that is not there."""
    return create_dashboards(httpx.AsyncClient(base_url="http://127.0.0.1:1"))


def routes_of(app: FastAPI) -> list[tuple[str, str]]:
    """Method and path of every route, HEAD left out."""
    return sorted(
        (method, context.path)
        for context in iter_route_contexts(app.routes)
        for method in sorted(context.methods or ())
        if method != "HEAD"
    )
