"""One address for the pages, whether the services stand in one process or apart."""

import httpx
import pytest

from services.serving import INGEST_PATHS, Services, services_apart


class Named:
    """A service that answers with its name."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def __call__(self, scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": self.name.encode()})


@pytest.mark.parametrize("path", ["/v1/cards", "/v1/catalog", "/healthz", "/v1/villages/370126101201"])
async def test_the_pages_reach_the_api_in_one_process(path):
    services = Services(ingest=Named("ingest"), api=Named("api"))

    async with httpx.AsyncClient(transport=httpx.ASGITransport(services), base_url="http://services") as client:
        assert (await client.get(path)).text == "api"


@pytest.mark.parametrize("path", INGEST_PATHS)
async def test_the_pages_reach_ingest_in_one_process(path):
    services = Services(ingest=Named("ingest"), api=Named("api"))

    async with httpx.AsyncClient(transport=httpx.ASGITransport(services), base_url="http://services") as client:
        assert (await client.get(f"{path}/one")).text == "ingest"


async def asked_of(client: httpx.AsyncClient, path: str) -> str:
    """Where a request would go, told by the hooks that change it on its way."""
    request = client.build_request("GET", path)
    for hook in client.event_hooks["request"]:
        await hook(request)
    assert request.headers["host"] == request.url.netloc.decode()
    return str(request.url)


async def test_the_pages_reach_services_that_stand_apart():
    async with services_apart("http://api:8000", "http://ingest:8001", "rorc_x_y") as client:
        assert await asked_of(client, "/v1/cards?limit=1") == "http://api:8000/v1/cards?limit=1"
        assert await asked_of(client, "/v1/forms/pay?x=1") == "http://ingest:8001/v1/forms/pay?x=1"


async def test_one_address_may_answer_for_both():
    async with services_apart("http://proxy", None, "rorc_x_y") as client:
        assert await asked_of(client, "/v1/calendar") == "http://proxy/v1/calendar"
