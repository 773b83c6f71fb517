"""The pages with both services behind them, served on a real port: what a clerk's browser meets."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import httpx
import uvicorn

from dashboards.app import create_app as create_dashboards
from dashboards.in_process import InProcessTransport
from services.ingest.app import create_app as create_ingest
from services.serving import OnePort, Services
from tests.builders.divisions import CITY, SHANDALU
from tests.builders.reading_api import CATALOG, ReadingApi


@dataclass
class DeskSite:
    """Where it is, and the api that it stands on."""

    address: str
    api: ReadingApi

    @property
    def now(self) -> datetime:
        """The services' present."""
        return self.api.clock.now()

    async def key(self, scope: str = SHANDALU, *rights: str) -> str:
        """A key of somebody who reports."""
        return await self.api.key(scope, *(rights or ("report", "read", "act")))

    async def cookie(self, scope: str = SHANDALU, *rights: str) -> dict[str, str]:
        """The same, as a browser has it once its owner has signed in."""
        return {"name": "key", "value": await self.key(scope, *rights), "url": self.address}

    async def ask(
        self, method: str, path: str, content: object = None, scope: str = CITY, seen: str | None = None
    ) -> httpx.Response:
        """What a program with a key of `scope` is answered; `seen` is the submission that it has looked at."""
        headers = {"authorization": f"Bearer {await self.key(scope)}"}
        async with httpx.AsyncClient(base_url=self.address, headers=headers) as client:
            if seen is not None:
                client.headers["if-match"] = (await client.get(f"/v1/submissions/{seen}")).headers["etag"]
            return await client.request(method, f"/v1/{path}", json=content)


@asynccontextmanager
async def a_desk_site(api: ReadingApi) -> AsyncIterator[DeskSite]:
    """Everything but analytics over one database, as `rorc serve` puts it together."""
    ingest = create_ingest(settings=api.settings, engine=api.engine, clock=api.clock, catalog=CATALOG)
    headers = {"authorization": f"Bearer {await api.key(CITY)}"}
    services = InProcessTransport(Services(ingest, api.app))
    async with httpx.AsyncClient(transport=services, base_url="http://services", headers=headers) as client:
        app = OnePort(ingest, api.app, create_dashboards(client))
        with socket.socket() as port:
            port.bind(("127.0.0.1", 0))
            server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
            serving = asyncio.create_task(server.serve(sockets=[port]))
            while not server.started:
                await asyncio.sleep(0.01)
            yield DeskSite(f"http://127.0.0.1:{port.getsockname()[1]}", api)
            server.should_exit = True
            server.force_exit = True  # a page left open holds a stream
            await serving
