"""create_app(): reports come in here."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request
from starlette.responses import Response

from services.catalog.load import Catalog
from services.core.accounts import KeyRing
from services.core.clock import Clock
from services.core.problems import (
    SafeHeaders,
    answer_problems,
    describe_problems,
    language_of,
    problem_response,
)  # fmt: skip
from services.core.sealing import seal_of
from services.core.settings import Settings
from services.ingest import forms, readiness
from services.ingest.deadlines import endpoints as calendar
from services.ingest.deadlines import units
from services.ingest.quarantine import endpoints as quarantine
from services.ingest.rounds import rounds_made
from services.ingest.submissions import endpoints as submissions
from services.ingest.submissions.personal import PersonalFields
from services.ingest.submissions.service import Intake
from services.ingest.templates import endpoints as templates
from services.ingest.unavailable import UNAVAILABLE, problem_of

WORKBOOKS_AT_A_TIME: Final = 2
"""How many are read or written at once: each takes memory of its own."""


def create_app(*, settings: Settings, engine: AsyncEngine, clock: Clock, catalog: Catalog) -> FastAPI:
    """The ingest service. The engine stays the caller's; while the app's lifespan runs, what comes due is done."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        seal_of(settings)  # keys that cannot be used are told of before anything is taken in
        async with rounds_made(engine, clock, catalog, settings):
            yield

    app = FastAPI(
        title="乡村组织振兴大数据中心:报送 / Rural Organization Revitalization big-data center: ingest",
        version=catalog.version,
        lifespan=lifespan,
        openapi_url="/v1/forms/openapi.json",  # beside the api's own, behind one address
        # Nothing is sent anywhere, so nobody need be asked for each request where to.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        docs_url=None,  # FastAPI's own pages load scripts from a CDN
        redoc_url=None,
    )
    app.state.settings = settings
    app.state.engine = engine
    app.state.clock = clock
    app.state.catalog = catalog
    app.state.keys = KeyRing.by(settings, engine, clock)
    app.state.workbooks = asyncio.Semaphore(WORKBOOKS_AT_A_TIME)
    app.state.personal = PersonalFields(catalog, settings)
    app.state.intake = Intake(engine, clock, catalog, app.state.personal)
    for room in (submissions, calendar, quarantine, forms, templates, units, readiness):
        app.include_router(room.router)
    app.add_middleware(SafeHeaders)
    answer_problems(app)
    _answer_without_database(app, engine)
    _describe(app)
    return app


def _describe(app: FastAPI) -> None:
    told = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            describe_problems(told())
        return told()

    app.openapi = openapi  # type: ignore[method-assign]


def _answer_without_database(app: FastAPI, engine: AsyncEngine) -> None:
    async def unavailable(request: Request, error: Exception) -> Response:
        return problem_response(await problem_of(error, engine), language_of(request))

    for kind in UNAVAILABLE:
        app.add_exception_handler(kind, unavailable)
