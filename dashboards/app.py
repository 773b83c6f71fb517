"""create_app(): pages over an api that is known by HTTP alone."""

from functools import cache

import httpx
from fastapi import Depends, FastAPI
from jinja2 import Environment

from dashboards.assets import STATIC, Assets
from dashboards.boundaries import Boundaries, read_boundaries
from dashboards.live import relay_events
from dashboards.pages import (
    account,
    administration,
    cards,
    compliance,
    desk,
    drilldown,
    explain,
    problems,
    quarantine,
    rankings,
    receipt,
    report,
    report_file,
    sign_in,
    single_sign_on,
    terminal,
    village,
    wall,
)
from dashboards.pages.rendering import make_environment
from dashboards.security import SecurityHeaders, refuse_other_sites


def create_app(api: httpx.AsyncClient, *, require_sign_in: bool = False) -> FastAPI:
    """The pages. The client brings the api's base address and the transport, and stays the caller's; where nobody
    need sign in also the key that visitors read with.
    """
    app = FastAPI(
        openapi_url=None, docs_url=None, redoc_url=None, dependencies=[Depends(refuse_other_sites)]
    )  # fmt: skip
    app.state.http = api
    app.state.require_sign_in = require_sign_in
    app.state.assets, app.state.environment, app.state.boundaries = _materials()
    figures = (wall, drilldown, village, explain, cards, rankings, compliance, quarantine)
    people = (sign_in, single_sign_on, account, administration)
    for page in (*figures, desk, receipt, report, report_file, terminal, *people):
        app.include_router(page.router)
    app.add_route("/live", relay_events)
    app.add_route("/static/{hash}/{name:path}", app.state.assets.serve)
    problems.answer_problems(app)
    app.add_middleware(SecurityHeaders)
    return app


@cache
def _materials() -> tuple[Assets, Environment, Boundaries]:
    """What every app of a process draws its pages with: read once, and each template compiled once."""
    assets = Assets()
    return assets, make_environment(assets), read_boundaries(STATIC / "maps" / "jinan_counties.geojson")
