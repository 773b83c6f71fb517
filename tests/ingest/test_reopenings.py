"""A period that has closed is open again for one reporter: for a reason, until a moment, and not retroactively."""

import psycopg
import pytest

from tests.builders.keys import CITY
from tests.builders.moments import at
from tests.builders.reports import COUNTY, NEIGHBOUR, TOWNSHIP, a_report, a_row

URL = "/v1/calendar/reopenings"
REPORTS = "/v1/submissions"
UNTIL = "2022-03-05T18:00:00+08:00"


def a_reopening(**changes):
    return {
        "form": "trial_visit", "period": "2021-10", "division": TOWNSHIP, "reason": "汛期停电", "until": UNTIL,
    } | changes  # fmt: skip


@pytest.fixture
async def closed(desks, clock):
    """October was asked for, and its period has closed; the neighbour has reported."""
    await desks.send(a_report(division=NEIGHBOUR, rows=[a_row("370104010201")]), NEIGHBOUR)
    clock.set(at("2022-03-01 09:00"))


async def test_while_a_period_is_open_again_reports_are_taken_and_are_late(desks, clock, closed):
    refused = await desks.post(REPORTS, a_report(), TOWNSHIP)
    granted = await desks.post(URL, a_reopening(), COUNTY)
    others = await desks.post(REPORTS, a_report(division=NEIGHBOUR, base_revision=1), NEIGHBOUR)
    taken = await desks.send(a_report())
    clock.set(at("2022-03-05 18:00"))
    after = await desks.post(REPORTS, a_report(base_revision=1), TOWNSHIP)

    assert [e["code"] for e in refused.json()["errors"]] == ["period_closed"]
    assert (granted.status_code, taken["on_time"]) == (201, False)
    assert "period_closed" in [e["code"] for e in others.json()["errors"]]
    assert [e["code"] for e in after.json()["errors"]] == ["period_closed"]


async def test_the_calendar_shows_that_it_is_open_again(desks, closed):
    async def item():
        [found] = (await desks.get("/v1/calendar", division=TOWNSHIP)).json()["calendar"]
        return found["state"], found["reopened_until"]

    before = await item()
    await desks.post(URL, a_reopening(), COUNTY)

    assert (before, await item()) == (("closed", None), ("late", UNTIL))


async def test_what_is_final_may_be_corrected_while_its_period_is_open_again(desks):
    receipt = await desks.send(a_report())
    await desks.take(receipt["id"], "accepted", COUNTY)
    await desks.take(receipt["id"], "final", COUNTY)
    await desks.post(URL, a_reopening(), COUNTY)

    second = await desks.send(a_report(base_revision=1))

    assert (second["state"], second["on_time"]) == ("received", True)


async def test_a_reopening_is_told_with_who_granted_it_and_why(desks, clock, closed):
    made = (await desks.post(URL, a_reopening(), COUNTY)).json()
    await desks.post(URL, a_reopening(division=NEIGHBOUR), CITY)

    listed = (await desks.get(URL, TOWNSHIP)).json()
    first_page = await desks.get(URL, COUNTY, limit=1)

    assert listed == {"reopenings": [made], "next": None}
    assert made == {
        "id": 1, "form": "trial_visit", "title": {"zh": "走访", "en": "Visits"}, "period": "2021-10",
        "division": {"code": TOWNSHIP, "name": made["division"]["name"]}, "reason": "汛期停电", "until": UNTIL,
        "at": "2022-03-01T09:00:00+08:00", "granted_by": COUNTY,
    }  # fmt: skip
    behind = await desks.get(first_page.links["next"]["url"], COUNTY)
    assert [r["id"] for r in first_page.json()["reopenings"] + behind.json()["reopenings"]] == [2, 1]


async def test_nobody_opens_a_period_for_himself_or_for_others_villages(desks, closed):
    own = await desks.post(URL, a_reopening(division=NEIGHBOUR), NEIGHBOUR)
    elsewhere = await desks.post(URL, a_reopening(), "370112000000")
    without = await desks.post(URL, a_reopening(), TOWNSHIP)

    codes = [answer.json()["code"] for answer in (own, elsewhere, without)]
    assert codes == ["reopened_from_above", "division_forbidden", "right_missing"]


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({"reason": ""}, [("required", "/reason")]),
        ({"until": "2022-03-01T08:59:00+08:00"}, [("too_early", "/until")]),
        ({"until": "2022-03-05"}, [("wrong_type", "/until")]),
        ({"until": "2022-03-05T18:00:00"}, [("wrong_type", "/until")]),
        ({"form": "no_form"}, [("report_not_expected", "")]),
        ({"period": "2021-09"}, [("report_not_expected", "")]),
        ({"division": "1", "x": 1}, [("unknown_member", "/x"), ("division_invalid", "/division")]),
    ],
)
async def test_what_is_wrong_with_a_reopening_is_told(desks, stored, closed, changes, faults):
    answer = await desks.post(URL, a_reopening(**changes), COUNTY)

    assert (answer.status_code, answer.json()["code"]) == (422, "content_invalid")
    assert [(fault["code"], fault["pointer"]) for fault in answer.json()["errors"]] == faults
    assert stored.count("reporting_grant") == 0


async def test_a_reopening_that_is_sent_again_is_granted_once(desks, stored, closed):
    answers = [await desks.post(URL, a_reopening(), COUNTY, **{"idempotency-key": '"once"'}) for _ in range(2)]

    assert answers[0].content == answers[1].content
    assert stored.count("reporting_grant") == 1


async def test_a_reopening_cannot_be_changed(desks, database, closed):
    await desks.post(URL, a_reopening(), COUNTY)

    with psycopg.connect(database) as connection, pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        connection.execute("update reporting_grant set until = until + interval '1 year'")
