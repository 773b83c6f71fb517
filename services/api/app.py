"""The api as an ASGI app: its routes, what they stand on, and what runs while it runs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import psycopg
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request
from starlette.responses import Response

from services.api import contact_points, contract, events, health, periods, snapshots
from services.api.accounts.endpoints import router as accounts
from services.api.accounts.oidc import Provider
from services.api.answers import DATABASE_AWAY, AnswerCache
from services.api.audit.endpoints import router as audit
from services.api.board import Board
from services.api.cards.endpoints import router as cards
from services.api.compliance.endpoints import router as compliance
from services.api.dictionary.endpoints import Dictionary
from services.api.dictionary.endpoints import router as dictionary
from services.api.divisions.endpoints import router as divisions
from services.api.drilldown.endpoints import Straight
from services.api.drilldown.endpoints import router as drilldown
from services.api.explain.endpoints import router as explain
from services.api.follow import Follower
from services.api.kept import KeptSnapshots
from services.api.meetings.endpoints import router as meetings
from services.api.orders.endpoints import router as orders
from services.api.parameters import KnownMetrics
from services.api.rankings.endpoints import router as rankings
from services.api.values.endpoints import router as values
from services.api.villages.endpoints import router as villages
from services.api.villages.measured import Numbers
from services.api.villages.service import Stories
from services.catalog.load import Catalog
from services.core.accounts import KeyRing
from services.core.clock import Clock
from services.core.database import problem_of
from services.core.people import People
from services.core.problems import SafeHeaders, answer_problems, language_of, problem_response
from services.core.settings import Settings
from services.core.telemetry import log_of

# Routes are tried in order: what is asked most often comes first.
_ROUTERS: Final = (
    drilldown, values, rankings, cards, compliance, explain, divisions, villages, orders, meetings,
    contact_points.router, accounts, audit, dictionary, periods.router, snapshots.router, events.router,
    health.router,
)  # fmt: skip
"""A request tries them in this order, so those that are asked for most stand first."""


def create_app(
    *, settings: Settings, engine: AsyncEngine, database_url: str, clock: Clock, catalog: Catalog
) -> FastAPI:
    """The app; its lifespan opens the newest snapshot and follows new ones until it ends."""
    board = Board()
    keys = KeyRing.by(settings, engine, clock)
    follower = Follower(board, settings, engine, database_url)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with _following(board, follower):
            yield

    app = FastAPI(
        title="乡村组织振兴大数据中心 Rural Organization Revitalization big-data center: api",
        version="0.1.0",
        description=contract.DESCRIPTION,
        lifespan=lifespan,
        redirect_slashes=False,
        # Nothing is sent anywhere, so nobody need be asked for each request where to.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        docs_url=None,  # FastAPI's own pages load scripts from a CDN
        redoc_url=None,
    )
    app.state.board, app.state.keys, app.state.follower = board, keys, follower
    _equip(app, settings, engine, clock, catalog)
    for router in _ROUTERS:
        app.include_router(router)
    straight = Straight(app.state.known_metrics)
    app.add_middleware(AnswerCache, board=board, keys=keys, clock=clock, straight=straight)
    app.add_middleware(SafeHeaders)
    answer_problems(app)
    for error in (*DATABASE_AWAY, psycopg.OperationalError, psycopg.InterfaceError):
        app.add_exception_handler(error, _database_away)
    contract.describe(app)
    return app


def _equip(app: FastAPI, settings: Settings, engine: AsyncEngine, clock: Clock, catalog: Catalog) -> None:
    """What the routes stand on."""
    app.state.settings, app.state.engine, app.state.clock, app.state.catalog = (
        settings, engine, clock, catalog,
    )  # fmt: skip
    app.state.people, app.state.provider = People(engine, clock, settings), Provider.by(settings)
    app.state.kept = KeptSnapshots(settings.snapshot_dir, settings.hot_periods)
    app.state.dictionary, app.state.known_metrics = Dictionary(catalog), KnownMetrics(catalog)
    app.state.stories = Stories(catalog, engine, Numbers(catalog))


@asynccontextmanager
async def _following(board: Board, follower: Follower) -> AsyncIterator[None]:
    try:
        await follower.look()
    except (SQLAlchemyError, psycopg.Error, OSError) as error:
        log_of("api").warning("database out of reach at start", error=str(error))
    task = asyncio.create_task(follower.run())
    try:
        yield
    finally:
        board.end()
        await follower.end(task)


async def _database_away(request: Request, error: Exception) -> Response:
    return problem_response(problem_of(error), language_of(request))
