"""What OpenAPI says, and what the queries ask of the marts."""

import re
from importlib.resources import files
from typing import Any

import duckdb
import msgspec
import pytest
from icalendar import Calendar
from pydantic import TypeAdapter

from services.api.accounts import documentation as accounts
from services.api.accounts import schemas as of_accounts
from services.api.cards.schemas import CardAnswer, CardsAnswer
from services.api.compliance.schemas import ComplianceAnswer
from services.api.contact_points import ContactPointsAnswer
from services.api.contract import HEAD
from services.api.dictionary.schemas import CatalogAnswer
from services.api.divisions.schemas import ChildrenAnswer, DivisionAnswer
from services.api.drilldown.schemas import DrilldownAnswer
from services.api.explain import documentation as explain
from services.api.explain.schemas import ExplainAnswer
from services.api.meetings import documentation as meetings
from services.api.meetings.schemas import MeetingAnswer, MeetingsAnswer, NewMeeting
from services.api.meetings.schemas import Step as MeetingStep
from services.api.orders import documentation as orders
from services.api.orders.schemas import NewOrder, OrderAnswer, OrdersAnswer
from services.api.orders.schemas import Step as OrderStep
from services.api.periods import PeriodsAnswer
from services.api.rankings.schemas import RankingAnswer
from services.api.snapshots import SnapshotsAnswer
from services.api.values.schemas import ValuesAnswer
from services.api.villages import documentation as villages
from services.api.villages.schemas import VillageAnswer
from services.core.database import load_queries
from tests.builders.divisions import CITY, ONE, SHANDALU
from tests.builders.meetings import plan
from tests.builders.orders import issue
from tests.builders.reading_api import ReadingApi
from tests.builders.snapshots import DDL
from tests.builders.village_records import expect, hand_in

FOLDERS = sorted(path.parent for path in files("services.api").rglob("queries.sql"))  # type: ignore[attr-defined]
QUERIES = {
    f"{folder.name}.{name}": query
    for folder in FOLDERS
    for name, query in load_queries("services.api" if folder.name == "api" else f"services.api.{folder.name}").items()
}


def _bind(query: str) -> None:
    with duckdb.connect() as connection:
        connection.execute(DDL)
        connection.execute(f"explain {query}", dict.fromkeys(re.findall(r"\$([a-z_]+)", query)))


@pytest.mark.parametrize("name", QUERIES)
def test_every_query_finds_its_columns_in_the_marts(name: str) -> None:
    _bind(QUERIES[name])


def test_a_query_with_a_misspelt_column_does_not_bind() -> None:
    with pytest.raises(duckdb.BinderException):
        _bind(QUERIES["api.series_rows"].replace("v.reported", "v.reportd"))


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("periods", PeriodsAnswer),
        ("catalog", CatalogAnswer),
        (f"divisions/{CITY}", DivisionAnswer),
        (f"divisions/{CITY}/children", ChildrenAnswer),
        (f"drilldown/{CITY}?period=2021-11", DrilldownAnswer),
        ("values?metric=meeting_held_rate&period=2021-11&children=true", ValuesAnswer),
        ("rankings?metric=meeting_held_rate&period=2021-11", RankingAnswer),
        (f"villages/{ONE}?period=2021-11", VillageAnswer),
        ("cards", CardsAnswer),
        ("cards/1", CardAnswer),
        ("compliance?period=2021-11", ComplianceAnswer),
        ("explain/meeting_held_rate?period=2021-11", ExplainAnswer),
        (f"explain/lead_goose?period=2021-H2&division={ONE}", ExplainAnswer),
        ("explain/awarded_stars?period=2021", ExplainAnswer),
        ("orders", OrdersAnswer),
        ("orders/1", OrderAnswer),
        ("meetings", MeetingsAnswer),
        ("meetings/1", MeetingAnswer),
        ("contact-points", ContactPointsAnswer),
        ("snapshots", SnapshotsAnswer),
        ("drilldown/370100000000?period=2021-11&as_of=snapshot-000001", DrilldownAnswer),
    ],
)
async def test_an_answer_is_what_its_type_says(api: ReadingApi, path: str, kind: type) -> None:
    await api.raise_card(ONE)
    await issue(api)
    await plan(api, invited=[SHANDALU])
    await hand_in(api, "pledge", rows=[{"division": ONE, "pledge_no": "P1", "deadline": "2021-12-31"}])
    await expect(api, "meeting_day")
    await api.send("PUT", f"contact-points/{SHANDALU}", {"office": "县委组织部", "post": "副部长"})

    answer = await api.get(path)

    decoded = msgspec.json.decode(answer.content, type=kind)
    assert msgspec.json.decode(msgspec.json.encode(decoded)) == answer.json()


def _operations(schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method} {path}", operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
        if path.startswith("/v1/")
    ]


def _done(operation: dict[str, Any]) -> dict[str, Any]:
    """What is answered when all is well."""
    responses: dict[str, Any] = operation["responses"]
    return next(responses[status] for status in ("200", "201") if status in responses)


async def test_every_route_has_an_example_and_both_languages(api: ReadingApi) -> None:
    schema = (await api.client.get("/openapi.json")).json()

    for path, operation in _operations(schema):
        (content,) = _done(operation)["content"].values()
        assert content["example"], path
        assert re.search(r"[一-鿿]", operation["description"]), path
        assert re.search(r"[A-Za-z]{3}", operation["description"]), path


async def test_every_parameter_has_a_description(api: ReadingApi) -> None:
    schema = (await api.client.get("/openapi.json")).json()

    parameters = [p for _, operation in _operations(schema) for p in operation.get("parameters", [])]
    assert [p["name"] for p in parameters if not p.get("description")] == []


WAYS_IN = {"get /v1/sign-in", "post /v1/sessions", "post /v1/sessions/oidc/requests", "post /v1/sessions/oidc"}


async def test_every_route_wants_a_key_and_says_which_problems_it_has(api: ReadingApi) -> None:
    schema = (await api.client.get("/openapi.json")).json()

    for path, operation in _operations(schema):
        assert operation["security"] == ([] if path in WAYS_IN else [{"key": []}]), path
        assert "application/problem+json" in operation["responses"]["401"]["content"], path


async def test_examples_have_the_members_that_answers_have(api: ReadingApi) -> None:
    schema = (await api.client.get("/openapi.json")).json()

    for path, operation in _operations(schema):
        content = _done(operation)["content"].get("application/json")
        if content is not None:
            members = schema["components"]["schemas"][content["schema"]["$ref"].rsplit("/", 1)[1]]["properties"]
            # FastAPI leaves null out of examples.
            certain = {name for name, kind in members.items() if {"type": "null"} not in kind.get("anyOf", ())}
            assert certain <= set(content["example"]) <= set(members), path


@pytest.mark.parametrize(
    ("kind", "examples"),
    [
        (NewOrder, orders.NEW), (OrderStep, orders.STEPS), (NewMeeting, meetings.NEW), (MeetingStep, meetings.STEPS),
        (of_accounts.NewOidcRequest, accounts.OIDC_REQUESTS), (of_accounts.OidcReturn, accounts.OIDC_RETURN),
        (of_accounts.NewSession, accounts.CREDENTIALS), (of_accounts.NewPassword, accounts.PASSWORDS),
        (of_accounts.ConfirmingCode, accounts.CODE), (of_accounts.PresentPassword, accounts.PASSWORD),
        (of_accounts.NewAccount, accounts.NEW_ACCOUNT), (of_accounts.AccountChange, accounts.CHANGES),
        (of_accounts.NewKey, accounts.NEW_KEYS), (of_accounts.NewRotation, accounts.ROTATION),
    ],
)  # fmt: skip
def test_what_is_shown_as_a_body_would_be_taken(kind: Any, examples: dict[str, Any]) -> None:
    taken = TypeAdapter(kind)

    for example in examples.values():
        taken.validate_json(msgspec.json.encode(example))


@pytest.mark.parametrize(
    ("kind", "example"),
    [
        (OrdersAnswer, orders.PAGE), (OrderAnswer, orders.ONE), (MeetingsAnswer, meetings.PAGE),
        (MeetingAnswer, meetings.ONE), (VillageAnswer, HEAD | villages.ONE), (ExplainAnswer, HEAD | explain.EXAMPLE),
        (of_accounts.SessionAnswer, accounts.SESSION), (of_accounts.MeAnswer, accounts.ME),
        (of_accounts.AccountsAnswer, accounts.ACCOUNTS), (of_accounts.AccountAnswer, accounts.ACCOUNT),
        (of_accounts.KeysAnswer, accounts.KEYS), (of_accounts.KeyAnswer, accounts.KEY),
    ],
)  # fmt: skip
def test_what_is_shown_as_an_answer_could_be_one(kind: Any, example: dict[str, Any]) -> None:
    told = msgspec.json.encode(msgspec.json.decode(msgspec.json.encode(example), type=kind))

    assert msgspec.json.decode(told) == example


def test_a_calendar_that_is_shown_can_be_read() -> None:
    calendar = Calendar.from_ical(meetings.FEED)

    assert [event["status"] for event in calendar.events] == ["CONFIRMED"]
