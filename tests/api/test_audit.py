"""The audit log over HTTP: who did what, for those who have the right, within their scope."""

import asyncio

import pytest
from typer.testing import CliRunner

from services.cli import app as rorc
from tests.builders.divisions import CHANGQING, CITY, LICHENG, SHANDALU, WENCHANG
from tests.builders.orders import a_reply, issue, step
from tests.builders.reading_api import ReadingApi


async def ask(api: ReadingApi, scope: str = CITY, **params: str) -> list[dict[str, object]]:
    headers = {"authorization": f"Bearer {await api.key(scope, 'audit')}"}
    answer = await api.get("audit", headers=headers, **params)
    assert answer.status_code == 200, answer.text
    return answer.json()["events"]


async def test_a_step_is_told_with_who_took_it_and_from_where(empty_api: ReadingApi) -> None:
    issued = await issue(empty_api)
    await step(empty_api, issued, a_reply(), SHANDALU)

    [event] = await ask(empty_api, kind="supervision_order", action="changed")
    token = await empty_api.key(SHANDALU, "read", "act")
    assert (event["actor"]["key"], event["origin"]) == (token.split("_")[1], "127.0.0.1")
    assert (event["before"]["state"], event["after"]["state"]) == ("issued", "replied")
    assert (event["division"], event["subject"]) == (SHANDALU, "1")


async def test_a_county_reads_what_was_done_in_it_and_no_more(empty_api: ReadingApi) -> None:
    await issue(empty_api)
    await issue(empty_api, addressee=WENCHANG)

    found = {
        scope: {event["division"] for event in await ask(empty_api, scope, kind="supervision_order")}
        for scope in (CITY, LICHENG, CHANGQING)
    }
    assert found == {CITY: {SHANDALU, WENCHANG}, LICHENG: {SHANDALU}, CHANGQING: {WENCHANG}}


async def test_without_the_right_it_is_not_told(empty_api: ReadingApi) -> None:
    answer = await empty_api.get("audit")

    assert (answer.status_code, answer.json()["code"]) == (403, "right_missing")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"kind": "supervision_order", "subject": "1"}, 1), ({"kind": "supervision_order", "subject": "9"}, 0),
        ({"kind": "\0"}, 0), ({"key": "ffffffff"}, 0), ({"account": "7"}, 0),
        ({"kind": "supervision_order", "until": "2000-01-01T00:00:00+08:00"}, 0),
        ({"kind": "supervision_order", "since": "2000-01-01T00:00:00+08:00"}, 1),
        ({"kind": "supervision_order", "division": CHANGQING}, 0),
    ],
)  # fmt: skip
async def test_the_log_can_be_narrowed(empty_api: ReadingApi, asked: dict[str, str], found: int) -> None:
    await issue(empty_api)

    assert len(await ask(empty_api, **asked)) == found


async def test_the_log_goes_on_page_by_page_without_gap_or_repeat(empty_api: ReadingApi) -> None:
    await issue(empty_api)
    headers = {"authorization": f"Bearer {await empty_api.key(CITY, 'audit')}"}
    seen, url = [], "/v1/audit?limit=2"
    while url:
        page = await empty_api.client.get(url, headers=headers)
        seen += [event["id"] for event in page.json()["events"]]
        url = page.links["next"]["url"] if "next" in page.links else ""

    assert seen == list(range(len(seen), 0, -1))


async def test_the_command_names_the_end_of_an_unbroken_chain(
    empty_api: ReadingApi, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await issue(empty_api)
    last = (await ask(empty_api))[0]["hash"]
    monkeypatch.setenv("RORC_DATABASE_URL", database)

    done = await asyncio.to_thread(CliRunner().invoke, rorc, ["audit", "verify", "--noted", str(last)])
    other = await asyncio.to_thread(CliRunner().invoke, rorc, ["audit", "verify", "--noted", "00"])
    assert (done.exit_code, str(last) in done.output, other.exit_code) == (0, True, 1)
