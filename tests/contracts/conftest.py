"""Both services over a small city in which something happened, and a key that may do everything there."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from random import Random
from typing import Any, get_args

import httpx
import pytest

from services.api.app import create_app as create_api
from services.core.accounts import Right
from services.core.database import create_engine
from services.ingest.app import create_app as create_ingest
from tests.builders.city_databases import CityDatabases
from tests.builders.filled_forms import Row, a_meeting, random_rows
from tests.builders.keys import a_key
from tests.builders.meetings import a_meeting as a_work_meeting
from tests.builders.openid_provider import CLIENT, OpenIdProvider
from tests.builders.orders import an_order
from tests.builders.served_apps import served, served_plainly
from tests.builders.small_city import CITY, EAST, HILL, LAKE, VILLAGES, SmallCity, a_small_city, register_csv

_SLICES = ("meeting_day", "2022-01"), ("meeting_day", "2022-02"), ("collective_income", "2022-02")


@dataclass(frozen=True)
class ServedCity:
    """Where each service answers, a key with every right, what parameters mean something, and reports to send."""

    addresses: dict[str, str]
    key: str
    known: dict[str, list[Any]]
    reports: list[Row]


@pytest.fixture(scope="session")
def served_city(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedCity]:
    databases = CityDatabases(postgres, tmp_path_factory.mktemp("register"), register_csv())
    with a_small_city(databases, tmp_path_factory.mktemp("city")) as city, ExitStack() as stack:
        receipts = _report(city)
        key = city.runner.run(a_key(city.engine, city.clock, rights=get_args(Right)))
        provider = OpenIdProvider(secret=None)
        provider.issuer = stack.enter_context(served_plainly(provider.app()))
        asked = {"oidc_issuer": provider.issuer, "oidc_client_id": CLIENT}
        settings = city.settings.model_copy(update=asked)
        common: Any = {"settings": settings, "clock": city.clock, "catalog": city.catalog}
        engines = [create_engine(city.address) for _ in range(2)]
        api = create_api(engine=engines[0], database_url=city.address, **common)
        ingest = create_ingest(engine=engines[1], **common)
        addresses = {"api": stack.enter_context(served(api, engines[0]))}
        addresses["ingest"] = stack.enter_context(served(ingest, engines[1]))
        tags = _act(addresses["api"], key)
        yield ServedCity(addresses, key, _known(receipts, tags), [*_reports()])


def _report(city: SmallCity) -> list[Row]:
    """Villages that missed two months have cards; ids of the receipts."""
    missed = {HILL: [a_meeting(village, held=False) for village in VILLAGES[HILL]]}
    receipts = [
        city.report(form, period, township, missed.get(township) or random_rows(form, period, township, Random(7)))
        for form, period in _SLICES
        for township in VILLAGES
        if form == "meeting_day" or township != HILL
    ]
    city.settle()
    assert city.ask("select count(*) > 0 from card") == [(True,)]
    return receipts


def _act(address: str, key: str) -> list[str]:
    """An order and a meeting; the tags of these and of a card."""
    headers = {"authorization": f"Bearer {key}"}
    with httpx.Client(base_url=address, headers=headers) as client:
        order = client.post("/v1/orders", json=an_order(due_on="2022-04-20"))
        times = {"starts_at": "2022-04-10T14:00:00+08:00", "ends_at": "2022-04-10T15:30:00+08:00"}
        meeting = client.post("/v1/meetings", json=a_work_meeting(period="2022-04", **times))
        answers = [order, meeting, client.get("/v1/cards/1")]
    assert [answer.status_code for answer in answers] == [201, 201, 200]
    return [answer.headers["etag"] for answer in answers]


def _known(receipts: list[Row], tags: list[str]) -> dict[str, list[Any]]:
    divisions = [VILLAGES[HILL][0], HILL, LAKE, EAST, CITY]
    return {
        "code": divisions, "division": divisions, "addressee": [HILL, EAST], "number": [1, 2],
        "period": ["2022-02", "2022-04", "2022-Q1", "2022"], "from": ["2022-01"], "to": ["2022-02"],
        "metric": ["meeting_held_rate", "collective_income_to_date"], "form": ["meeting_day", "pledge"],
        "as_of": ["2022-04-01T09:00:00+08:00", "snapshot-000001"], "level": ["village", "township"],
        "submission": [receipt["id"] for receipt in receipts], "If-Match": tags,
        "Idempotency-Key": ['"one"', '"two"', '"three"'], "cursor": [None], "due_on": ["2022-04-20"],
        "starts_at": ["2022-04-10T14:00:00+08:00"],
        "ends_at": ["2022-04-10T15:30:00+08:00"], "video_link": ["https://meet.example/1"], "subject": ["提醒"],
        "text": ["请说明原因。"], "agenda": ["研究红牌"], "place": ["第二会议室"],
    }  # fmt: skip


def _reports() -> Iterator[Row]:
    """New ones, corrections, and some that are wrong."""
    for township in VILLAGES:
        for form, period, base in (("meeting_day", "2022-03", None), ("meeting_day", "2022-02", 1)):
            rows = random_rows(form, period, township, Random(township))
            yield {"form": form, "period": period, "division": township, "base_revision": base, "rows": rows}
    yield {"form": "meeting_day", "period": "2022-03", "division": LAKE, "rows": [a_meeting(VILLAGES[HILL][0])]}
    yield {"form": "pledge", "period": "2022-03", "division": LAKE, "nil": True}
