"""The service around its reports: forms, documentation, health, and a database that is away."""

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest
from alembic import command

from migrations.run import config_for, upgrade
from services.core.database import create_engine
from services.core.postgres import running_postgres
from services.core.register import load_register
from services.core.settings import Settings
from services.ingest.app import create_app
from tests.builders.keys import a_key
from tests.builders.reports import a_report

URL = "/v1/submissions"
NOWHERE = "postgresql://postgres@127.0.0.1:1/postgres"


def client_of(app, token="rorc_x_y"):
    headers = {"authorization": f"Bearer {token}"}
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ingest", headers=headers)


async def test_forms_are_listed_with_their_deadlines(desk):
    forms = {form["form"]: form for form in (await desk.get("/v1/forms")).json()["forms"]}

    assert {"meeting_day", "trial_plan"} <= forms.keys()
    assert forms["trial_visit"] == {
        "form": "trial_visit", "version": 1, "title": {"zh": "走访", "en": "Visits"}, "periodicity": "month",
        "grain": "village", "nil": True, "due": {"days": 5, "grace_days": 3, "close_days": 90},
        "schema": "/v1/forms/trial_visit/schema.json",
    }  # fmt: skip


async def test_the_schema_of_a_form_can_be_fetched(desk):
    answer = await desk.get("/v1/forms/trial_visit/schema.json")

    assert answer.headers["content-type"] == "application/schema+json"
    assert answer.json()["properties"]["form"] == {"const": "trial_visit"}


@pytest.mark.parametrize("form", ["trial_visits", "supervision"])
async def test_a_form_that_nobody_can_report_has_no_schema(desk, form):
    assert (await desk.get(f"/v1/forms/{form}/schema.json")).json()["code"] == "not_found"


async def test_forms_that_the_center_computes_are_not_listed(desk, catalog):
    forms = {form["form"] for form in (await desk.get("/v1/forms")).json()["forms"]}

    assert forms == set(catalog.reported_forms) < set(catalog.forms)


async def test_the_documentation_says_how_to_post(client):
    operation = (await client.get("/v1/forms/openapi.json")).json()["paths"][URL]["post"]

    content = operation["requestBody"]["content"]
    assert {kind for kind, told in content.items() if "example" in told} == {
        "application/json",
        "application/x-ndjson",
        "text/csv",
    }
    assert {"200", "201", "401", "403", "409", "413", "415", "422", "503"} <= operation["responses"].keys()
    assert {"dry_run", "Idempotency-Key", "form", "period"} <= {each["name"] for each in operation["parameters"]}


async def test_the_service_is_ready_when_the_database_has_its_newest_tables(client):
    assert (await client.get("/healthz")).status_code == 200
    assert (await client.get("/readyz")).json() == {"status": "ok", "database": "ok", "migrations": "ok"}


async def test_the_service_is_not_ready_while_migrations_are_missing(client, database):
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("update alembic_version set version_num = '0000'")
        try:
            answer = await client.get("/readyz")
        finally:
            connection.execute("truncate alembic_version")
            await asyncio.to_thread(_stamp, database)

    assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")


def _stamp(address: str) -> None:
    command.stamp(config_for(address), "head")


@pytest.mark.parametrize(("method", "url"), [("POST", URL), ("GET", URL), ("GET", "/v1/forms")])
async def test_a_database_that_is_away_is_said_so_and_when_to_come_again(method, url, clock, catalog):
    engine = create_engine(NOWHERE)
    app = create_app(settings=Settings(), engine=engine, clock=clock, catalog=catalog)

    async with client_of(app) as client:
        answer = await client.request(method, url)
        ready = await client.get("/readyz")

    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert ready.status_code == 503
    await engine.dispose()


async def test_the_service_recovers_from_lost_connections(desk, engine, database):
    await desk.post(URL, json=a_report())
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where pid <> pg_backend_pid() and backend_type = 'client backend'"
        )

    statuses = [(await desk.post(URL, json=a_report(base_revision=1))).status_code for _ in range(3)]

    assert statuses[0] in (201, 503)
    assert 201 in statuses


async def test_what_was_acknowledged_survives_a_crash_of_the_database(tmp_path: Path, clock, catalog):
    before, after = tmp_path / "before", tmp_path / "after"
    with suppress(psutil.NoSuchProcess), running_postgres(Settings(data_dir=before, database_url=None)) as address:
        await asyncio.to_thread(upgrade, address)
        receipt = await _reported(address, clock, catalog)
        await _crash(before / "postgres")

    before.rename(after)
    with running_postgres(Settings(data_dir=after, database_url=None)) as address:
        kept = await _read(address)

    assert kept == [(receipt["id"], receipt["content_hash"], 3)]


async def _reported(address, clock, catalog):
    engine = create_engine(address)
    async with engine.begin() as connection:
        await load_register(connection)
    token = await a_key(engine, clock)
    app = create_app(settings=Settings(), engine=engine, clock=clock, catalog=catalog)
    async with client_of(app, token) as client:
        answer = await client.post(URL, json=a_report())
    await engine.dispose()
    assert answer.status_code == 201
    return answer.json()


async def _crash(folder: Path) -> None:
    """End the server at once, as a crash would: it writes nothing more, and must recover when it starts again."""
    lock = folder / "postmaster.pid"
    os.kill(int(lock.read_text().split()[0]), signal.SIGQUIT)
    async with asyncio.timeout(20):
        while lock.exists():
            await asyncio.sleep(0.02)


async def _read(address):
    async with await psycopg.AsyncConnection.connect(address) as connection:
        query = (
            "select s.id::text, s.content_hash, count(*) from submission s"
            " join submission_row r on r.submission_id = s.id group by 1, 2"
        )
        return await (await connection.execute(query)).fetchall()
