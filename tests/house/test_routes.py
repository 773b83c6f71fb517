"""Every route but health wants a key, and every route is documented."""

import re

import httpx
import pytest

from tests.house.sources import ROOT, api_app, dashboards_app, ingest_app, routes_of

OPEN = {
    "/healthz", "/readyz", "/openapi.json", "/v1/forms/openapi.json", "/v1/sign-in", "/v1/sessions",
    "/v1/sessions/oidc/requests", "/v1/sessions/oidc",
}  # fmt: skip
"""Health, and the contract itself, which hold nothing of anybody; and where people come in."""
APPS = {"ingest": ingest_app(), "api": api_app()}
GUARDED = [
    (name, method, path) for name, app in APPS.items() for method, path in routes_of(app) if path not in OPEN
]  # fmt: skip


def test_the_walk_finds_the_routes():
    assert {("POST", "/v1/submissions"), ("GET", "/healthz")} <= set(routes_of(APPS["ingest"]))
    assert {("GET", "/v1/drilldown/{code}"), ("GET", "/v1/events")} <= set(routes_of(APPS["api"]))
    assert ("GET", "/cards/{number}") in routes_of(dashboards_app())


@pytest.mark.parametrize("header", [None, "Bearer", "Basic cm9yYzp4"])
@pytest.mark.parametrize(("name", "method", "path"), GUARDED)
async def test_without_a_key_nothing_is_answered(name, method, path, header):
    url = re.sub(r"\{[^}]+\}", "7", path)
    headers = {} if header is None else {"authorization": header}
    transport = httpx.ASGITransport(APPS[name])

    async with httpx.AsyncClient(transport=transport, base_url="http://here", timeout=5) as client:
        answer = await client.request(method, url, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize("app", [*APPS.values(), dashboards_app()], ids=[*APPS, "dashboards"])
def test_every_route_stands_in_the_docs(app):
    text = (ROOT / "docs" / "api.md").read_text("utf-8")

    missing = [f"{method} {path}" for method, path in routes_of(app) if f"`{method} {path}`" not in text]
    assert missing == []
