"""People who act upon the cards of the small city, through the api."""

from typing import Any

import httpx

from services.api.app import create_app
from tests.builders.keys import a_key
from tests.builders.small_city import SmallCity


class Desk:
    """The api over a small city's cards and newest snapshot, with a key for each division that acts."""

    def __init__(self, city: SmallCity) -> None:
        self._city = city
        self._keys: dict[str, str] = {}
        self._app = create_app(
            settings=city.settings, engine=city.engine, database_url=city.address, clock=city.clock,
            catalog=city.catalog,
        )  # fmt: skip
        self._client = httpx.AsyncClient(transport=httpx.ASGITransport(self._app), base_url="http://api")

    def read(self, number: int, division: str) -> httpx.Response:
        """A card as this division finds it now."""
        return self._city.runner.run(self._read(number, division))

    def act(self, number: int, division: str, event: str, **said: str) -> dict[str, Any]:
        """A step by this division, upon the card as it is."""
        answer = self._city.runner.run(self._act(number, division, {"event": event} | said))
        assert answer.status_code == 201, answer.text
        return answer.json()

    def act_on(self, number: int, division: str, seen: str, event: str) -> httpx.Response:
        """What a step by this division is answered, upon the card as it was seen."""
        return self._city.runner.run(self._post(number, division, seen, {"event": event}))

    async def _headers(self, division: str) -> dict[str, str]:
        if division not in self._keys:
            city = self._city
            self._keys[division] = await a_key(city.engine, city.clock, division=division, rights=["read", "act"])
        return {"authorization": f"Bearer {self._keys[division]}"}

    async def _read(self, number: int, division: str) -> httpx.Response:
        await self._app.state.follower.look()
        return await self._client.get(f"/v1/cards/{number}", headers=await self._headers(division))

    async def _act(self, number: int, division: str, body: dict[str, str]) -> httpx.Response:
        seen = (await self._read(number, division)).headers["etag"]
        return await self._post(number, division, seen, body)

    async def _post(self, number: int, division: str, seen: str, body: dict[str, str]) -> httpx.Response:
        headers = await self._headers(division) | {"if-match": seen}
        return await self._client.post(f"/v1/cards/{number}/events", json=body, headers=headers)
