"""Those who work with reports: a township's desk, the county above it, others; each with a key of its own."""

from typing import Any, Final

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from services.core.clock import Clock
from tests.builders.keys import CITY, a_key
from tests.builders.reports import COUNTY, TOWNSHIP

URL: Final = "/v1/submissions"
_RIGHTS: Final = {TOWNSHIP: ["report", "read"], COUNTY: ["read", "act"], CITY: ["report", "read", "act"]}


class Desks:
    """HTTP in the name of any division."""

    def __init__(self, client: httpx.AsyncClient, engine: AsyncEngine, clock: Clock) -> None:
        self._client, self._engine, self._clock = client, engine, clock
        self._keys: dict[tuple[str, ...], str] = {}

    async def send(self, report: dict[str, Any], division: str = TOWNSHIP) -> dict[str, Any]:
        """The receipt of a report that is taken."""
        answer = await self.post(URL, report, division)
        assert answer.status_code == 201, answer.text
        received: dict[str, Any] = answer.json()
        return received

    async def take(self, submission: str, event: str, division: str, **body: Any) -> httpx.Response:
        """A step with a submission as it is now; with a reason unless another body is given."""
        seen = (await self.get(f"{URL}/{submission}", CITY)).headers["etag"]
        content = {"event": event, **(body or {"reason": "请核实"})}
        return await self.post(f"{URL}/{submission}/events", content, division, **{"if-match": seen})

    async def read(self, submission: str, division: str = CITY) -> dict[str, Any]:
        """A submission as a division sees it."""
        found: dict[str, Any] = (await self.get(f"{URL}/{submission}", division)).json()
        return found

    async def get(self, url: str, division: str = CITY, /, **asked: Any) -> httpx.Response:
        """Whatever there is to read."""
        return await self._client.get(url, params=asked or None, headers=await self._headers(division))

    async def post(self, url: str, body: Any, division: str, **headers: str) -> httpx.Response:
        """Whatever there is to do."""
        return await self._client.post(url, json=body, headers={**headers, **await self._headers(division)})

    async def _headers(self, division: str) -> dict[str, str]:
        rights = _RIGHTS.get(division, ["report", "read", "act"])
        key = (division, *rights)
        if key not in self._keys:
            self._keys[key] = await a_key(self._engine, self._clock, division=division, rights=rights)
        return {"authorization": f"Bearer {self._keys[key]}"}
