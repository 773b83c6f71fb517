"""What was reported is read back row by row, within the scope."""

from tests.builders.keys import a_key
from tests.builders.reports import NEIGHBOUR, TOWNSHIP, VILLAGES, a_report, a_row

URL = "/v1/submissions"


async def sent(desk, *rows, **changes):
    return (await desk.post(URL, json=a_report(*rows, **changes))).json()["id"]


async def test_rows_come_back_as_they_were_reported(desk):
    rows = [a_row(VILLAGES[1], hours=0.1), {"division": VILLAGES[0], "nil": True}]
    found = await desk.get(f"{URL}/{await sent(desk, *rows)}/rows")

    told = found.json()
    assert {name: told[name] for name in told if name != "rows"} == {
        "form": "trial_visit", "form_version": 1, "period": "2021-10", "division": TOWNSHIP, "revision": 1,
        "masked": [],
    }  # fmt: skip
    assert told["rows"] == [
        {
            "division": VILLAGES[1],
            "nil": False,
            "fields": {"visit_no": 1, "hours": 0.1, "done": True, "kind": "home"},
        },
        {"division": VILLAGES[0], "nil": True, "fields": {}},
    ]


async def test_a_village_sees_its_own_rows_alone(client, desk, engine, clock):
    submission = await sent(desk)
    client.headers["authorization"] = f"Bearer {await a_key(engine, clock, division=VILLAGES[1], rights=['read'])}"

    answer = await client.get(f"{URL}/{submission}/rows")

    assert [row["division"] for row in answer.json()["rows"]] == [VILLAGES[1]]


async def test_rows_of_others_are_not_found(client, desk, engine, clock):
    submission = await sent(desk)
    client.headers["authorization"] = f"Bearer {await a_key(engine, clock, division=NEIGHBOUR)}"

    assert (await client.get(f"{URL}/{submission}/rows")).status_code == 404


async def test_reading_rows_wants_the_right_to_read(client, desk, engine, clock):
    submission = await sent(desk)
    client.headers["authorization"] = f"Bearer {await a_key(engine, clock, rights=['report'])}"

    assert (await client.get(f"{URL}/{submission}/rows")).json()["code"] == "right_missing"
