"""Every route, tried by every role and by those who are nobody, about divisions of their own, beside and above."""

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx
import psycopg
import pytest
from psycopg.types.json import Jsonb
from sqlalchemy import text

from dashboards.app import create_app as create_pages
from dashboards.sessions import COOKIE
from services.catalog.divisions import DivisionCode
from services.core.accounts import ROLES, Role, create_key, revoke_key
from services.core.problems import Problem, document
from services.core.scopes import serving
from services.core.sealing import seal_of
from services.core.settings import Settings
from services.ingest.app import create_app as create_ingest
from services.ingest.quarantine.keeping import SEALED_AS
from services.serving import Services
from tests.builders.divisions import CHANGQING, CITY, FIVE, HONGJIALOU, LICHENG, ONE, SHANDALU, TREE, WENCHANG
from tests.builders.neighbours import two_townships
from tests.builders.people import an_account
from tests.builders.reading_api import CATALOG, ReadingApi, a_reading_api
from tests.builders.snapshots import Value
from tests.builders.trespass import API, INGEST, NOT_TRIED, PAGES, Door, Target, filled, path_of, targets_of
from tests.house.sources import api_app, dashboards_app, ingest_app, routes_of

SITE = "http://pages"
STANDS: dict[Role, tuple[str, ...]] = {
    "administrator": (CITY,), "city": (CITY,), "county": (LICHENG,), "township_clerk": (SHANDALU,),
    "village_terminal": (ONE,), "auditor": (CITY, LICHENG), "export_system": (CITY, LICHENG),
}  # fmt: skip
VISITORS = (f"county of {LICHENG}", f"township_clerk of {SHANDALU}", f"village_terminal of {ONE}")
"""Who opens pages: they ask the api under the visitor's key, and take long. Others are seen at the api."""
_CODE = re.compile(r"(?<![0-9a-f])37\d{10}(?![0-9a-f])")  # and no part of a hash, which may look like one


@dataclass(frozen=True)
class Tried:
    """Somebody who tries: with rights in a scope, or as nobody."""

    name: str
    headers: dict[str, str]
    scope: DivisionCode | None = None
    rights: frozenset[str] = frozenset()
    is_person: bool = False

    def may_know(self, code: str) -> bool:
        """Own divisions; of those above the bare code."""
        assert self.scope is not None
        return self.scope.contains(DivisionCode(code)) or DivisionCode(code).contains(self.scope)


@dataclass
class Walk:
    """The doors, whoever tries them, what was tried, and what should not have been."""

    apps: dict[str, tuple[dict[str, Door], httpx.AsyncClient]]
    targets: list[Target]
    everybody: list[Tried]
    tried: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    async def go(self) -> None:
        """Try every door as everybody about everything; sessions are ended last."""
        for last in (False, True):
            for app, (doors, client) in self.apps.items():
                for route, door in doors.items():
                    if door.ends_the_session == last:
                        await self._all(app, client, route, door)

    async def _all(self, app: str, client: httpx.AsyncClient, route: str, door: Door) -> None:
        for who in self.everybody:
            if app == "pages" and who.name not in VISITORS:
                continue
            for target in targets_of(route, door, self.targets)[: None if who.scope else 1]:
                answer = await self._ask(app, client, route, door, who, target)
                self.tried[app] += 1
                self.wrong += [
                    f"{who.name} {route} about {target and target.code}: {answer.status_code} {fault}"
                    for fault in _faults(app, route, door, who, target, answer)
                ]

    async def _ask(
        self, app: str, client: httpx.AsyncClient, route: str, door: Door, who: Tried, target: Target | None
    ) -> httpx.Response:
        code = target.code if target else ""
        headers = {**who.headers, "if-match": "*"}
        body = filled(door.body, code)
        said = {"json": body}
        if app == "pages":
            token = who.headers["authorization"].removeprefix("Bearer ")
            headers = {"cookie": f"{COOKIE}={token}", "origin": SITE}
            said = {"data": body}
        method, query = route.split(" ", maxsplit=1)[0], filled(door.query, code)
        return await client.request(
            method, path_of(route, door, target), params=query, headers=headers, **(said if body is not None else {})
        )


def _faults(
    app: str, route: str, door: Door, who: Tried, target: Target | None, answer: httpx.Response
) -> Iterator[str]:
    status = answer.status_code
    if status >= 500:
        yield "it broke"
    if who.scope is None:
        if status != 401:
            yield "nobody was let in"
        return
    asked = target.code if target and app == "pages" else None  # a page's links repeat what was asked
    foreign = sorted({code for code in _CODE.findall(answer.text) if code != asked and not who.may_know(code)})
    if status < 300 and foreign:
        yield f"it told of {', '.join(foreign)}"
    if (door.right is not None and door.right not in who.rights) or (door.for_people and not who.is_person):
        if status not in ((403,) if app != "pages" else (200, 403, 404)):
            yield "the right is missing"
    elif target is not None and not who.scope.contains(DivisionCode(target.code)):
        if status not in door.refused and not _is_own_row(route, who, target):
            yield "it lies outside the scope"
    elif status in (401, 404) and route.startswith("GET") and door.record != "contact_point":
        yield "it lies within the scope"


def _is_own_row(route: str, who: Tried, target: Target) -> bool:
    """A village sees what its township reports of it, and a meeting to which it is invited."""
    shared = (
        "GET /v1/submissions/{submission}/rows", "GET /v1/submissions/{submission}/changes",
        "GET /v1/meetings/{number}", "GET /v1/calendar",
    )  # fmt: skip
    assert who.scope is not None
    return route in shared and who.scope.parent == DivisionCode(target.code)


@pytest.fixture
async def api(database: str, tmp_path: Path) -> AsyncIterator[ReadingApi]:
    async with a_reading_api(database, tmp_path) as api:
        await api.publish(*(Value(code, 0.5) for code in TREE))
        yield api


@pytest.fixture
async def walk(api: ReadingApi, database: str, tmp_path: Path) -> AsyncIterator[Walk]:
    records = two_townships(database, (SHANDALU, HONGJIALOU, WENCHANG))
    for code, values in records.items():
        values["account"], _ = await an_account(
            api.engine, api.clock, f"clerk{code}", role="township_clerk", division=code
        )
        values["api_key_prefix"] = code
    codes = (CITY, CHANGQING, SHANDALU, HONGJIALOU, WENCHANG, ONE, FIVE)
    targets = [Target(code, TREE[code][1], records.get(code, {})) for code in codes]
    settings = Settings(max_body_bytes=100_000, data_dir=tmp_path)
    ingest = create_ingest(settings=settings, engine=api.engine, clock=api.clock, catalog=CATALOG)
    with psycopg.connect(database) as connection:
        body, problem = seal_of(settings).close(b"{}", SEALED_AS), document(Problem("not_json", {"why": "x"}), "zh")
        connection.execute("update quarantine set body = %s, problem = %s", [body, Jsonb(problem)])
    headers = {"authorization": f"Bearer {await api.key(CITY)}"}
    async with AsyncExitStack() as stack:

        async def client(app: object, address: str, **given: object) -> httpx.AsyncClient:
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            return await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url=address, **given))

        pages = create_pages(await client(Services(ingest, api.app), "http://services", headers=headers))
        apps = {
            "api": (API, await client(api.app, "http://api")),
            "ingest": (INGEST, await client(ingest, "http://ingest")),
            "pages": (PAGES, await client(pages, SITE)),
        }
        yield Walk(apps, targets, [who async for who in everybody(api)])


async def everybody(api: ReadingApi) -> AsyncIterator[Tried]:
    """Nobody, in every way; each role where it may stand; a key with each right at each level."""
    yield Tried("without a key", {})
    yield Tried("with an unknown key", {"authorization": "Bearer rorc_00000000_x"})
    for name, expires in (("expired", timedelta(seconds=-1)), ("revoked", timedelta(days=1))):
        async with serving(api.engine) as connection:
            token = await create_key(
                connection, api.clock, name=name, division=DivisionCode(CITY), rights=["read", "act", "audit"],
                expires_at=api.clock.now() + expires,
            )  # fmt: skip
            if name == "revoked":
                await revoke_key(connection, api.clock, token.split("_")[1])
        yield Tried(f"with a key that is {name}", {"authorization": f"Bearer {token}"})
    for role, divisions in STANDS.items():
        for division in divisions:
            yield await _in_role(api, role, division)
    for division in (LICHENG, SHANDALU, ONE):
        rights = ("read", "report", "act", "administer", "audit", "export", "personal")
        token = await api.key(division, *rights)
        yield Tried(
            f"key of {division}", {"authorization": f"Bearer {token}"}, DivisionCode(division), frozenset(rights)
        )


async def _in_role(api: ReadingApi, role: Role, division: str) -> Tried:
    terms, scope = ROLES[role], DivisionCode(division)
    number = None
    if terms.is_for_people:
        number, _ = await an_account(api.engine, api.clock, f"{role}{division}", role=role, division=division)
    async with serving(api.engine) as connection:
        token = await create_key(
            connection, api.clock, name=role, division=scope, rights=terms.rights, role=role, account_id=number
        )
    headers = {"authorization": f"Bearer {token}"}
    return Tried(f"{role} of {division}", headers, scope, frozenset(terms.rights), terms.is_for_people)


async def test_nobody_sees_or_changes_what_lies_outside_the_own_scope(walk, api):
    await walk.go()

    async with serving(api.engine) as connection:
        query = text(
            "select k.name, k.division, e.kind, e.action, e.division from audit_event as e"
            " join api_key as k on k.id = e.key_id where e.division is not null"
        )
        done = (await connection.execute(query)).all()
    beyond = [tuple(row) for row in done if not DivisionCode(row[1]).contains(DivisionCode(row[4]))]
    doors = sum(len(doors) for doors, _ in walk.apps.values())
    print(
        f"\naccess: {doors} routes x {len(walk.everybody)} callers x {len(walk.targets)} divisions:"
        f" {sum(walk.tried.values())} requests {dict(walk.tried)}, {len(done)} changes, {len(walk.wrong)} leaks"
    )
    assert walk.wrong == []
    assert (beyond, len(done) > 30) == ([], True)


@pytest.mark.parametrize(
    ("app", "doors"),
    [(api_app(), API), (ingest_app(), INGEST), (dashboards_app(), PAGES)],
    ids=["api", "ingest", "pages"],
)
def test_every_route_is_tried(app, doors):
    there = {f"{method} {path}" for method, path in routes_of(app)}

    assert there - set(NOT_TRIED) == set(doors)


def test_every_role_tries(walk):
    assert set(STANDS) == set(ROLES)
