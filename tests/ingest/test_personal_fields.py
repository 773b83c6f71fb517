"""What is about persons is kept sealed, and everything that reads a report works as before."""

import json
from typing import Any
from uuid import uuid4

import pytest

from services.catalog.load import load_catalog
from tests.builders.keys import a_key
from tests.builders.moments import at
from tests.builders.reports import TOWNSHIP, VILLAGES

URL = "/v1/submissions"
PERSONAL = {"secretary_key": "k-7", "age_band": "from_45_to_54", "education_band": "college", "tenure_years": 4}


def a_review(village: str, **changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"division": village, "office": "secretary", "review_outcome": "keep", "other_posts": 0}
    for field in load_catalog().forms["secretary_review"].fields:
        if field.unit == "point":
            row[field.field] = 80
        if field.type == "boolean":
            row[field.field] = False
    return row | PERSONAL | changes


def reviews(period: str = "2021-H1", **changes: Any) -> dict[str, Any]:
    report = {"form": "secretary_review", "period": period, "division": TOWNSHIP}
    return report | {"rows": [a_review(village) for village in VILLAGES]} | changes


async def test_personal_fields_do_not_stand_readable_in_the_database(desk, clock, stored):
    clock.set(at("2021-07-05 09:00"))

    answer = await desk.post(URL, json=reviews())

    assert answer.status_code == 201, answer.text
    kept = stored.read("select fields, sealed from submission_row")
    assert all(not PERSONAL.keys() & fields.keys() and fields["office"] == "secretary" for fields, _ in kept)
    assert all(b"k-7" not in sealed and b"college" not in sealed for _, sealed in kept)
    assert len({sealed for _, sealed in kept}) == len(VILLAGES)


async def test_a_change_of_a_personal_field_is_seen_and_no_other(desk, clock):
    clock.set(at("2021-07-05 09:00"))
    await desk.post(URL, json=reviews())

    same = (await desk.post(URL, json=reviews())).json()
    changed = (await desk.post(URL, json=reviews(rows=[a_review(v, tenure_years=5) for v in VILLAGES]))).json()

    assert (same["changed_rows"], changed["changed_rows"]) == (0, len(VILLAGES))


async def test_checks_look_back_at_personal_fields(desk, clock):
    clock.set(at("2021-07-05 09:00"))
    await desk.post(URL, json=reviews())
    clock.set(at("2022-01-05 09:00"))

    answer = await desk.post(URL, json=reviews("2021-H2", rows=[a_review(v, tenure_years=9) for v in VILLAGES]))

    told = [item["code"] for item in answer.json().get("warnings", []) + answer.json().get("errors", [])]
    assert told == ["tenure_goes_on"] * len(VILLAGES)


async def test_a_village_with_nothing_to_report_has_nothing_sealed(desk, clock, stored):
    clock.set(at("2021-07-05 09:00"))

    answer = await desk.post(URL, json=reviews(rows=[{"division": village, "nil": True} for village in VILLAGES]))

    assert answer.status_code == 201, answer.text
    assert stored.read("select distinct sealed from submission_row") == [(None,)]


async def test_personal_fields_are_masked_unless_a_purpose_is_stated_and_the_reading_is_written_down(
    desk, clock, engine, stored
):
    clock.set(at("2021-07-05 09:00"))
    number = (await desk.post(URL, json=reviews())).json()["id"]
    allowed = {"authorization": f"Bearer {await a_key(engine, clock, rights=['read', 'personal'])}"}
    path = f"{URL}/{number}/rows"

    masked = (await desk.get(path)).json()
    shown = (await desk.get(path, params={"purpose": "核对任职年限"}, headers=allowed)).json()

    assert not PERSONAL.keys() & masked["rows"][0]["fields"].keys()
    assert masked["masked"] == sorted(PERSONAL)
    assert PERSONAL.items() <= shown["rows"][0]["fields"].items()
    assert shown["masked"] == []
    read = "select subject, division, after ->> 'purpose' from audit_event where kind = 'personal_fields'"
    assert stored.read(read) == [(number, TOWNSHIP, "核对任职年限")]


async def test_a_purpose_is_no_substitute_for_the_right(desk, clock):
    clock.set(at("2021-07-05 09:00"))
    number = (await desk.post(URL, json=reviews())).json()["id"]

    refused = await desk.get(f"{URL}/{number}/rows", params={"purpose": "核对任职年限"})

    assert (refused.status_code, refused.json()["code"]) == (403, "right_missing")


@pytest.mark.parametrize("purpose", ["", "x", "  ", "x" * 201, "a\nb"])
async def test_a_purpose_says_something(purpose, client, clock, engine):
    client.headers["authorization"] = f"Bearer {await a_key(engine, clock, rights=['read', 'personal'])}"

    refused = await client.get(f"{URL}/{uuid4()}/rows", params={"purpose": purpose})

    assert refused.status_code == 422


async def test_of_a_correction_is_told_whose_personal_fields_changed_and_not_how(desk, clock):
    clock.set(at("2021-07-05 09:00"))
    await desk.post(URL, json=reviews())
    rows = [a_review(VILLAGES[0], tenure_years=5), *(a_review(village) for village in VILLAGES[1:])]
    number = (await desk.post(URL, json=reviews(rows=rows, base_revision=1))).json()["id"]

    told = (await desk.get(f"{URL}/{number}/changes")).json()

    assert (told["changed"], told["personal"]) == ([], [VILLAGES[0]])


async def test_a_refused_body_is_kept_sealed_comes_back_as_it_was_and_its_reading_is_noted(desk, clock, stored):
    clock.set(at("2021-07-05 09:00"))
    sent = json.dumps(reviews(rows=[a_review(VILLAGES[0], loyalty_study=101)])).encode()
    await desk.post(URL, content=sent, headers={"content-type": "application/json"})
    (refused,) = (await desk.get("/v1/quarantine")).json()["quarantine"]

    body = (await desk.get(f"/v1/quarantine/{refused['id']}/body")).content

    assert (body, refused["bytes"]) == (sent, len(sent))
    assert b"k-7" not in stored.read("select body from quarantine")[0][0]
    assert stored.read("select count(*) from audit_event where kind = 'quarantine_body'") == [(1,)]
