"""A reading api that lets people in by an OpenID provider, and their way there and back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests.builders.openid_provider import CLIENT, SECRET, OpenIdProvider, an_openid_provider
from tests.builders.people import an_account
from tests.builders.reading_api import ReadingApi, a_reading_api

HERE = "https://rorc.example/sign-in/oidc/callback"


@dataclass
class Door:
    """The api, and the provider that it asks."""

    api: ReadingApi
    provider: OpenIdProvider

    async def begin(self, redirect_uri: str = HERE) -> httpx.Response:
        return await self.api.client.post("/v1/sessions/oidc/requests", json={"redirect_uri": redirect_uri})

    async def back(self, ticket: str, redirect_uri: str = HERE, **brought: str) -> httpx.Response:
        sent = {"ticket": ticket, "redirect_uri": redirect_uri, **brought}
        return await self.api.client.post("/v1/sessions/oidc", json=sent)

    async def sign_in(self) -> httpx.Response:
        """The whole way there and back."""
        begun = (await self.begin()).json()
        return await self.back(begun["ticket"], **await self.provider.allow(begun["address"]))

    async def me(self, session: httpx.Response) -> httpx.Response:
        headers = {"authorization": f"Bearer {session.json()['token']}"}
        return await self.api.client.get("/v1/me", headers=headers)

    async def person(self, name: str = "desk", **account: Any) -> int:
        number, _ = await an_account(self.api.engine, self.api.clock, name, **account)
        return number

    async def code(self) -> str:
        """What the way there and back is answered with."""
        answer = await self.sign_in()
        return "let in" if answer.status_code == 201 else f"{answer.status_code} {answer.json()['code']}"


@asynccontextmanager
async def an_oidc_door(database: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Door]:
    """Both, with the settings of the one for the other."""
    async with an_openid_provider() as provider:
        monkeypatch.setenv("RORC_OIDC_ISSUER", provider.issuer)
        monkeypatch.setenv("RORC_OIDC_CLIENT_ID", CLIENT)
        monkeypatch.setenv("RORC_OIDC_CLIENT_SECRET", SECRET)
        async with a_reading_api(database, folder) as api:
            yield Door(api, provider)


def events(database: str) -> list[tuple[Any, ...]]:
    """What was noted of sign-ins: action, account, way."""
    with psycopg.connect(database) as connection:
        return connection.execute(
            "select action, account_id, after ->> 'by' from audit_event where action like 'sign%' order by id"
        ).fetchall()
