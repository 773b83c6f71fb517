"""The reading api over the newest snapshot of a small city."""

from typing import Any

import httpx

from services.api.app import create_app
from services.core.settings import Settings
from tests.builders.keys import a_key
from tests.builders.small_city import CITY, SmallCity


def explained(city: SmallCity, metric: str, division: str, period: str, scope: str = CITY, **asked: str) -> Any:
    """What /v1/explain tells a key of `scope`."""
    query = {"division": division, "period": period, **asked}
    answer = city.runner.run(_asked(city, f"/v1/explain/{metric}", query, scope))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _asked(city: SmallCity, path: str, query: dict[str, str], scope: str) -> httpx.Response:
    settings = Settings(data_dir=city.folder, refresh_poll_seconds=60)
    app = create_app(
        settings=settings, engine=city.engine, database_url=city.address, clock=city.clock, catalog=city.catalog
    )
    key = await a_key(city.engine, city.clock, division=scope, rights=["read"])
    headers = {"authorization": f"Bearer {key}"}
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://api", headers=headers) as client,
    ):
        return await client.get(path, params=query)
