"""Who may report and read, and where."""

from datetime import timedelta
from uuid import uuid4

import pytest

from services.core.accounts import revoke_key
from tests.builders.keys import a_key
from tests.builders.reports import COUNTY, NEIGHBOUR, NEIGHBOURS_VILLAGES, TOWNSHIP, a_report, a_row

URL = "/v1/submissions"
ROUTES = [("GET", URL), ("GET", f"{URL}/{uuid4()}"), ("GET", "/v1/forms"), ("POST", URL)]


def bearer(token):
    return {"authorization": f"Bearer {token}"}


def neighbours_report():
    return a_report(*map(a_row, NEIGHBOURS_VILLAGES), division=NEIGHBOUR)


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer x", "Basic eDp4", "Bearer rorc_00000000_x", "Bearer 钥"]
)
@pytest.mark.parametrize(("method", "url"), ROUTES)
async def test_without_a_valid_key_nothing_is_answered(method, url, header, client, stored):
    headers = {} if header is None else {"authorization": header.encode()}

    answer = await client.request(method, url, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert stored.count("quarantine") == 0


async def test_a_key_that_has_expired_is_not_valid(client, engine, clock):
    token = await a_key(engine, clock, expires_at=clock.now() - timedelta(seconds=1))

    assert (await client.post(URL, json=a_report(), headers=bearer(token))).status_code == 401


async def test_a_key_that_was_revoked_is_not_valid(client, engine, clock):
    token = await a_key(engine, clock)
    async with engine.begin() as connection:
        await revoke_key(connection, clock, token.split("_")[1])

    assert (await client.post(URL, json=a_report(), headers=bearer(token))).status_code == 401


async def test_a_key_that_may_only_read_cannot_report(client, engine, clock):
    token = await a_key(engine, clock, rights=["read"])

    answer = await client.post(URL, json=a_report(), headers=bearer(token))

    assert (answer.status_code, answer.json()["code"]) == (403, "right_missing")


@pytest.mark.parametrize("division", [COUNTY, TOWNSHIP])
async def test_a_key_may_report_for_its_division_and_those_below(division, client, engine, clock):
    token = await a_key(engine, clock, division=division, rights=["report"])

    assert (await client.post(URL, json=a_report(), headers=bearer(token))).status_code == 201


async def test_a_key_cannot_report_outside_its_scope(client, engine, clock, stored):
    token = await a_key(engine, clock, division=NEIGHBOUR)

    answer = await client.post(URL, json=a_report(a_row(hours=-1)), headers=bearer(token))

    assert (answer.status_code, answer.json()["code"]) == (403, "division_forbidden")
    assert stored.count("submission") == 0


async def test_a_receipt_can_be_read_back_with_its_revisions(desk):
    first = (await desk.post(URL, json=a_report(a_row(), note="初报"))).json()
    second = (await desk.post(URL, json=a_report(base_revision=1))).json()

    answer = (await desk.get(f"{URL}/{first['id']}")).json()

    more = {"form_version": 1, "nil": False, "note": "初报", "unanswered_warnings": first["warnings"]}
    kept = first | more
    assert kept.pop("notice") is None
    assert {name: answer[name] for name in kept} == kept
    assert [(r["revision"], r["id"]) for r in answer["revisions"]] == [(2, second["id"]), (1, first["id"])]


async def test_a_receipt_outside_the_scope_is_not_found_like_one_that_does_not_exist(desk, engine, clock):
    receipt = (await desk.post(URL, json=a_report())).json()
    neighbour = bearer(await a_key(engine, clock, division=NEIGHBOUR))

    outside = await desk.get(f"{URL}/{receipt['id']}", headers=neighbour)
    absent = await desk.get(f"{URL}/{uuid4()}", headers=neighbour)

    assert outside.status_code == absent.status_code == 404
    assert outside.content == absent.content


async def test_the_list_has_the_last_received_first_and_only_what_lies_in_the_scope(desk, engine, clock):
    await desk.post(URL, json=a_report())
    clock.set(clock.now() + timedelta(minutes=1))
    await desk.post(URL, json=neighbours_report())

    everything = (await desk.get(URL)).json()["submissions"]
    own = (await desk.get(URL, headers=bearer(await a_key(engine, clock, division=TOWNSHIP)))).json()["submissions"]

    assert [r["division"] for r in everything] == [NEIGHBOUR, TOWNSHIP]
    assert own == everything[1:]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("form=trial_visit", 3), ("form=trial_plan", 0), ("period=2021-09", 1), (f"division={TOWNSHIP}", 2),
        (f"division={COUNTY}", 3), (f"form=trial_visit&period=2021-10&division={NEIGHBOUR}", 1), ("form=%00", 0),
    ],
)  # fmt: skip
async def test_the_list_can_be_narrowed(query, found, desk):
    for report in (a_report(), a_report(period="2021-09"), neighbours_report()):
        await desk.post(URL, json=report)

    assert len((await desk.get(f"{URL}?{query}")).json()["submissions"]) == found


async def test_the_list_goes_on_page_by_page_without_gap_or_repeat(desk):
    periods = ["2021-08", "2021-09", "2021-10", "2021-11"]
    for period in periods:
        await desk.post(URL, json=a_report(period=period))
    seen, url = [], f"{URL}?limit=3"
    while url:
        page = await desk.get(url)
        seen += [receipt["period"] for receipt in page.json()["submissions"]]
        url = page.links["next"]["url"] if "next" in page.links else None

    assert sorted(seen) == periods


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "cursor=x", "cursor=eCB5", "division=37", "cursor=%FF"])
async def test_a_parameter_that_cannot_be_used_is_told(query, desk):
    answer = await desk.get(f"{URL}?{query}")

    assert (answer.status_code, answer.json()["code"]) == (422, "parameter_invalid")


async def test_a_division_outside_the_scope_cannot_be_listed(client, engine, clock):
    token = await a_key(engine, clock, division=NEIGHBOUR)

    answer = await client.get(f"{URL}?division={TOWNSHIP}", headers=bearer(token))

    assert (answer.status_code, answer.json()["code"]) == (404, "parameter_unknown_division")
