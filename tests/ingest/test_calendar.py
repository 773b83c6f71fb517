"""What is due, by when, and how far it is: the calendar of those who report and of those above them."""

import pytest

from services.catalog.periods import Period
from services.core.database import driver_of
from services.ingest.deadlines.opening import open_period
from tests.builders.keys import a_key
from tests.builders.moments import at
from tests.builders.reports import COUNTY, NEIGHBOUR, TOWNSHIP, VILLAGES, a_report, a_row

URL = "/v1/calendar"


@pytest.fixture
async def october(engine, clock, catalog):
    """Visits of October are asked for."""
    async with engine.begin() as connection:
        await open_period(driver_of(connection), clock, catalog.forms["trial_visit"], Period.parse("2021-10"))


async def calendar(client, **asked):
    answer = await client.get(URL, params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()["calendar"]


async def test_an_expected_report_says_all_its_days(desk, october):
    [item] = await calendar(desk, division=TOWNSHIP)

    assert item == {
        "form": "trial_visit", "title": {"zh": "走访", "en": "Visits"}, "period": "2021-10",
        "division": {"code": TOWNSHIP, "name": item["division"]["name"]}, "opens_on": "2021-10-01",
        "due_on": "2021-11-05", "on_time_until": "2021-11-09T00:00:00+08:00",
        "closes_on": "2022-01-30T00:00:00+08:00", "days_left": 0, "state": "awaited", "submission": None,
        "revision": None, "rows": None, "warnings": None, "unanswered_warnings": None, "returned_items": None,
        "reopened_until": None, "reminders": [],
    }  # fmt: skip
    assert item["division"]["name"] not in ("", TOWNSHIP)


@pytest.mark.parametrize(
    ("moment", "state", "days_left"),
    [
        ("2021-11-05 23:59", "awaited", 0), ("2021-11-06 00:00", "late", -1), ("2022-01-29 23:59", "late", -85),
        ("2022-01-30 00:01", "closed", -86),
    ],
)  # fmt: skip
async def test_without_a_report_it_is_awaited_then_late_then_closed(desk, october, clock, moment, state, days_left):
    clock.set(at(moment))

    [item] = await calendar(desk, division=TOWNSHIP)

    assert (item["state"], item["days_left"]) == (state, days_left)


async def test_a_report_shows_with_its_rows_and_warnings(desk):
    receipt = (await desk.post("/v1/submissions", json=a_report(a_row()))).json()

    [item] = await calendar(desk, division=TOWNSHIP)

    shown = {name: item[name] for name in ("state", "submission", "revision", "rows", "warnings")}
    assert shown == {"state": "received", "submission": receipt["id"], "revision": 1, "rows": 1, "warnings": 2}
    assert item["unanswered_warnings"] == 2


async def test_what_is_asked_for_can_be_narrowed(desk, october):
    await desk.post("/v1/submissions", json=a_report())

    received = await calendar(desk, state="received")
    others = await calendar(desk, state=["awaited", "late"], division=COUNTY)

    assert [item["division"]["code"] for item in received] == [TOWNSHIP]
    assert NEIGHBOUR in {item["division"]["code"] for item in others}
    assert TOWNSHIP not in {item["division"]["code"] for item in others}
    assert await calendar(desk, form="trial_plan") == await calendar(desk, period="2021-09") == []


async def test_pages_follow_one_another_without_a_gap(desk, october):
    found, url = [], f"{URL}?limit=50"
    while url:
        answer = await desk.get(url)
        found += [item["division"]["code"] for item in answer.json()["calendar"]]
        url = answer.links.get("next", {}).get("url")

    assert len(found) == len(set(found)) == 111
    assert found == sorted(found)


async def test_a_village_sees_what_its_township_has_to_report_for_it(client, engine, clock, october):
    client.headers["authorization"] = f"Bearer {await a_key(engine, clock, division=VILLAGES[0], rights=['read'])}"

    items = await calendar(client)

    assert [item["division"]["code"] for item in items] == [TOWNSHIP]


async def test_nobody_sees_what_is_due_from_others(client, engine, clock, october):
    client.headers["authorization"] = f"Bearer {await a_key(engine, clock, division=NEIGHBOUR)}"

    answer = await client.get(URL, params={"division": TOWNSHIP})

    assert {item["division"]["code"] for item in await calendar(client)} == {NEIGHBOUR}
    assert (answer.status_code, answer.json()["code"]) == (404, "parameter_unknown_division")


@pytest.mark.parametrize("asked", [{"state": "lost"}, {"cursor": "x"}, {"cursor": "YSBiIGMgZA=="}, {"division": "1"}])
async def test_what_cannot_be_asked_for_is_refused(desk, asked):
    answer = await desk.get(URL, params=asked)

    assert (answer.status_code, answer.json()["code"]) == (422, "parameter_invalid")


async def test_reading_the_calendar_wants_the_right_to_read(client, engine, clock):
    client.headers["authorization"] = f"Bearer {await a_key(engine, clock, rights=['report'])}"

    assert (await client.get(URL)).json()["code"] == "right_missing"
