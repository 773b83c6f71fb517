"""A report that is larger than what a connection to the database takes at once."""

import json

import httpx
import pytest

from services.core.settings import Settings
from services.ingest.app import create_app
from tests.builders.keys import a_key
from tests.builders.reports import a_report, a_row

LARGE = 4 * 2**20


@pytest.fixture
async def wide(engine, clock, catalog, tmp_path):
    """A desk from which reports of the size that is usual may be sent."""
    app = create_app(settings=Settings(data_dir=tmp_path), engine=engine, clock=clock, catalog=catalog)
    headers = {"authorization": f"Bearer {await a_key(engine, clock)}"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://ingest", headers=headers
    ) as client:
        yield client


async def test_a_large_body_is_refused_with_its_faults_and_kept(wide, stored):
    body = json.dumps(a_report(a_row(remarks="x" * LARGE))).encode()

    answer = await wide.post("/v1/submissions", content=body, headers={"content-type": "application/json"})

    assert (answer.status_code, answer.json()["code"]) == (422, "submission_invalid")
    assert stored.refused() == [body]
