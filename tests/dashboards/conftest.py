"""The pages over a real api with one snapshot."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from dashboards.app import create_app
from tests.builders.desk_pages import FORM
from tests.builders.desk_site import DeskSite, a_desk_site
from tests.builders.divisions import CITY, LICHENG, ONE, SHANDALU
from tests.builders.reading_api import ReadingApi, a_reading_api
from tests.builders.snapshots import Value
from tests.builders.village_records import expect

SITE = "http://pages"


@dataclass
class Pages:
    """The pages as one visitor's browser opens them, and the api that they stand on."""

    api: ReadingApi
    client: httpx.AsyncClient

    async def get(self, path: str) -> httpx.Response:
        """A page."""
        return await self.client.get(path)

    async def post(self, path: str, **fields: str) -> httpx.Response:
        """A form, sent from one of our own pages."""
        return await self.client.post(path, data=fields, headers={"origin": SITE, "sec-fetch-site": "same-origin"})

    async def sign_in(self, scope: str, *rights: str) -> str:
        """Sign in with a key of `scope`; the key."""
        key = await self.api.key(scope, *(rights or ("read", "act")))
        answer = await self.post("/sign-in", key=key)
        assert answer.status_code == 303, answer.text
        return key


@pytest.fixture
async def pages(database: str, tmp_path: Path) -> AsyncIterator[Pages]:
    """The pages by the city's key."""
    async with a_reading_api(database, tmp_path) as api:
        await api.publish(*(Value(code, 0.5) for code in (CITY, LICHENG, SHANDALU, ONE)))
        headers = {"authorization": f"Bearer {await api.key(CITY)}"}
        transport = httpx.ASGITransport(api.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://api", headers=headers) as http:
            app = httpx.ASGITransport(create_app(http))
            async with httpx.AsyncClient(transport=app, base_url=SITE) as client:
                yield Pages(api, client)


@pytest.fixture
async def desk(database: str, tmp_path: Path) -> AsyncIterator[DeskSite]:
    """The desk of a township that owes two reports."""
    async with a_reading_api(database, tmp_path) as api:
        await api.publish(*(Value(code, 0.5) for code in (CITY, LICHENG, SHANDALU, ONE)))
        await expect(api, FORM, due_at="2021-12-13T00:00:00+08:00")
        await expect(api, "pledge", due_at="2021-12-08T00:00:00+08:00")
        async with a_desk_site(api) as site:
            yield site
