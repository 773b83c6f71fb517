"""From a visit and a page's own parts to HTML."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from dashboards.assets import Assets
from dashboards.readable import change_unit, shown_reading, unit_of
from dashboards.texts import mark_chinese
from dashboards.visits import Manner, Visit

TEMPLATES = Path(__file__).parent.parent / "templates"
ONE_YEAR = 365 * 24 * 3600


def make_environment(assets: Assets) -> Environment:
    """Templates that escape, and that fail on a name nobody gave them."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["asset"] = assets.url
    environment.globals["shown_reading"] = shown_reading
    environment.filters["figure"] = figure_json
    environment.filters["chinese"] = mark_chinese
    return environment


def figure_json(figure: go.Figure) -> Markup:
    """A figure for a script element: no character in it can end the element."""
    plain = json.dumps(json.loads(figure.to_json()), ensure_ascii=False, separators=(",", ":"))
    safe = plain.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return Markup(safe)  # noqa: S704 - every "<" is escaped above


def render(request: Request, visit: Visit, template: str, status: int = 200, **parts: object) -> HTMLResponse:
    """A page of figures."""
    shared = {
        "visit": visit,
        "period": visit.fitting(visit.metric),
        "axis_unit": unit_of(visit.metric, visit.texts),
        "change_unit": change_unit(visit.metric, visit.texts),
    }
    return render_manner(request, visit.manner, template, {**shared, **parts}, status)


def render_manner(
    request: Request, manner: Manner, template: str, parts: Mapping[str, Any], status: int = 200
) -> HTMLResponse:
    """Any page, in the reader's manner; a language or theme asked for is remembered."""
    environment: Environment = request.app.state.environment
    html = environment.get_template(template).render(manner=manner, t=manner.texts, lang=manner.lang, **parts)
    response = HTMLResponse(html, status, headers={"cache-control": "private, no-cache", "vary": "cookie"})
    for name, value in (("lang", manner.asked_lang), ("theme", manner.asked_theme)):
        if value:
            response.set_cookie(name, value, max_age=ONE_YEAR, samesite="lax", httponly=True)
    return response
