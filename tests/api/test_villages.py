"""One village's whole story, in one answer."""

from typing import Any

import pytest

from services.api.snapshot import Snapshot
from services.api.villages.forms import pledge_of
from services.catalog.periods import Period
from tests.api.conftest import NOVEMBER, OCTOBER
from tests.builders.divisions import CHANGQING, FIVE, LICHENG, ONE, SHANDALU, THREE, TWO
from tests.builders.orders import issue
from tests.builders.reading_api import CATALOG, ReadingApi
from tests.builders.snapshots import Value
from tests.builders.village_records import expect, hand_in

PLEDGE = {"pledge_no": "P1", "project": "修路", "goal": "通车", "deadline": "2021-11-20", "progress": 60}
YEARS = (
    Value(ONE, 4, metric="awarded_stars", period="2020"),
    Value(ONE, 86.5, metric="star_score", period="2020"),
    Value(ONE, None, metric="awarded_stars", period="2021"),
    Value(ONE, 91, metric="star_score", period="2021"),
)


async def story(api: ReadingApi, period: str = "2021-11", scope: str = LICHENG, village: str = ONE) -> Any:
    answer = await api.get(f"villages/{village}", scope, period=period)
    assert answer.status_code == 200, answer.text
    return answer.json()


def of_system(told: Any, name: str) -> Any:
    return next(system for system in told["systems"] if system["system"] == name)


# --- numbers


async def test_every_work_system_has_its_place_and_a_metric_its_past(api: ReadingApi) -> None:
    told = await story(api)

    assert [system["system"] for system in told["systems"]] == [system.system for system in CATALOG.systems]
    (held,) = of_system(told, "meeting_day")["metrics"]
    assert (held["headline"], held["reading"]["value"]) == (True, 0.5)
    assert [(m["period"], m["value"]) for m in held["series"]] == [("2021-10", 0), ("2021-11", 0.5)]


async def test_a_system_that_villages_do_not_report_says_who_does(api: ReadingApi) -> None:
    key_task = of_system(await story(api), "key_task")

    assert (key_task["level"], key_task["metrics"]) == ("township", [])


async def test_headline_metrics_come_first_then_those_with_a_target(api: ReadingApi) -> None:
    names = ["meeting_attendance_rate", "meetings_missed", "meeting_held_rate", "meeting_villages_missed_twice"]
    await api.publish(*(Value(ONE, 0.5, metric=name) for name in names))

    metrics = of_system(await story(api), "meeting_day")["metrics"]

    assert metrics[0]["metric"] == "meeting_held_rate"
    assert metrics[-1]["metric"] == "meeting_villages_missed_twice"


async def test_what_is_reported_by_the_year_stands_beside_a_month_as_last_year_left_it(api: ReadingApi) -> None:
    await api.publish(*NOVEMBER, *YEARS)

    (score,) = [m for m in of_system(await story(api), "star_rating")["metrics"] if m["metric"] == "star_score"]

    assert (score["reading"]["period"], score["reading"]["value"]) == ("2020", 86.5)
    assert [m["period"] for m in score["series"]] == ["2020"]


async def test_a_value_nobody_reported_is_missing_in_the_trend_and_not_zero(api: ReadingApi) -> None:
    (held,) = of_system(await story(api, village=THREE), "meeting_day")["metrics"]

    assert [(m["value"], m["reported"], m["expected"]) for m in held["series"]] == [(None, 0, 1)]


# --- cards


async def test_open_and_closed_cards_of_the_village_alone_are_told(api: ReadingApi) -> None:
    yellow = await api.raise_card(ONE, "yellow", due_on="2021-12-01")
    red = await api.raise_card(ONE, "red")
    closed = await api.raise_card(ONE, "red", status="closed")
    await api.raise_card(TWO)

    cards = (await story(api))["cards"]

    assert [(card["id"], card["days_left"]) for card in cards["open"]] == [(red, 10), (yellow, -9)]
    assert [card["id"] for card in cards["closed"]] == [closed]


# --- pledges


async def test_pledges_are_those_of_the_newest_revision(api: ReadingApi) -> None:
    await hand_in(api, "pledge", rows=[{"division": ONE, **PLEDGE}])
    done = PLEDGE | {"progress": 100, "completed": True, "completed_on": "2021-11-19", "verdict": "satisfied"}
    await hand_in(api, "pledge", rows=[{"division": ONE, **done}, {"division": TWO, **PLEDGE}], revision=2)

    pledges = (await story(api))["pledges"]

    (pledge,) = pledges["pledges"]
    assert (pledges["state"], pledge["number"], pledge["progress"], pledge["overdue"]) == ("told", "P1", 100, False)
    assert pledge["verdict_title"] == {"zh": "满意", "en": "Satisfied"}


async def test_a_correction_is_told_at_once_though_pending_stays_the_same(api: ReadingApi) -> None:
    await hand_in(api, "pledge", rows=[{"division": ONE, **PLEDGE}])
    await api.until(lambda: api.app.state.board.served.pending == 1)
    first = await api.get(f"villages/{ONE}", period="2021-11")
    await hand_in(api, "pledge", rows=[{"division": ONE, **PLEDGE, "progress": 70}], revision=2)

    again = await api.get(f"villages/{ONE}", period="2021-11", headers={"if-none-match": first.headers["etag"]})

    assert (again.status_code, again.json()["pending"]) == (200, 1)
    assert again.json()["pledges"]["pledges"][0]["progress"] == 70


async def test_a_pledge_past_its_day_and_not_done_is_overdue(api: ReadingApi) -> None:
    await hand_in(api, "pledge", rows=[{"division": ONE, **PLEDGE, "completed": False}])

    assert [pledge["overdue"] for pledge in (await story(api))["pledges"]["pledges"]] == [True]


async def test_nothing_to_report_and_not_reported_are_two_things(api: ReadingApi) -> None:
    await expect(api, "pledge")
    await hand_in(api, "pledge", rows=[{"division": ONE, "nil": True}])

    states = [(await story(api, village=village))["pledges"]["state"] for village in (ONE, TWO)]

    assert states == ["nothing_to_report", "not_reported"]


async def test_what_was_withdrawn_is_not_reported(api: ReadingApi) -> None:
    await expect(api, "pledge")
    await hand_in(api, "pledge", rows=[{"division": ONE, **PLEDGE}])
    await hand_in(api, "pledge", rows=[{"division": ONE, **PLEDGE}], revision=2, state="withdrawn")

    assert (await story(api))["pledges"]["state"] == "not_reported"
    assert (await story(api, "2021-10"))["pledges"]["state"] == "not_expected"


async def test_a_year_tells_the_pledges_of_its_newest_reported_month(api: ReadingApi) -> None:
    for month, progress in (("2021-10", 40), ("2021-11", 60)):
        await hand_in(api, "pledge", month, [{"division": ONE, **PLEDGE, "progress": progress}])
    await expect(api, "pledge", "2021-12", due_at="2022-01-06T00:00:00+08:00")

    pledges = (await story(api, "2021"))["pledges"]

    assert (pledges["period"], [pledge["progress"] for pledge in pledges["pledges"]]) == ("2021-11", [60])


def test_a_personal_field_is_left_out() -> None:
    form = CATALOG.forms["pledge"]
    fields = [given.model_copy(update={"personal": given.field == "goal"}) for given in form.fields]

    pledge = pledge_of(form.model_copy(update={"fields": tuple(fields)}), PLEDGE, Period.parse("2021-11"))

    assert (pledge.project, pledge.goal) == ("修路", None)


# --- stars and the case


async def test_stars_are_told_year_by_year_with_their_gates(api: ReadingApi) -> None:
    await api.publish(*NOVEMBER, *YEARS)
    gates = {"gate_township": "passed", "gate_township_on": "2020-10-08", "gate_villagers": "pending"}
    await hand_in(api, "star_rating", "2020", [{"division": ONE, **gates, "veto_weak_list": True}])
    await hand_in(api, "star_rating", "2021", [{"division": ONE, "gate_township": "failed"}])

    newest, older = (await story(api))["stars"]

    assert [(year["period"], year["stars"], year["score"]) for year in (newest, older)] == [
        ("2021", None, 91), ("2020", 4, 86.5),
    ]  # fmt: skip
    assert [(g["gate"], g["outcome"], g["on"]) for g in older["gates"]] == [
        ("township", "passed", "2020-10-08"), ("villagers", "pending", None),
    ]  # fmt: skip
    assert len(older["vetoes"]) == 1


async def test_the_newest_case_is_told_with_the_standards_that_apply_to_it(api: ReadingApi) -> None:
    await api.publish(*NOVEMBER, Value(ONE, 0.5, metric="weak_village_standards_rate", period="2021-Q3"))
    case = {"kind": "weak", "visits": 6, "common_body": True, "weak_unity": False, "scattered_groups": None}
    await hand_in(api, "rectification", "2021-Q3", [{"division": ONE, **case, "note": "说明"}])

    told = (await story(api))["case"]

    assert (told["period"], told["standards_met"], told["standards_due"]) == ("2021-Q3", 0.5, 1)
    assert [(s["standard"], s["met"]) for s in told["standards"]] == [("common_body", True), ("weak_unity", False)]
    assert [(fact["field"], fact["value"]) for fact in told["facts"]] == [("kind", "weak"), ("visits", 6)]


async def test_a_village_that_was_never_listed_has_no_case(api: ReadingApi) -> None:
    await api.publish(*NOVEMBER, Value(ONE, None, metric="weak_village_standards_rate", period="2021-Q3"))
    await hand_in(api, "rectification", "2021-Q3", [{"division": ONE, "nil": True}])

    assert (await story(api))["case"] is None


# --- orders


async def test_orders_to_the_township_are_told_and_those_about_the_village_marked(api: ReadingApi) -> None:
    card = await api.raise_card(ONE)
    await issue(api, subject="主题党日未开展", about={"card": card})
    await issue(api, subject="报送迟缓", due_on="2021-12-15")

    orders = (await story(api))["orders"]

    assert [(order["subject"], order["about_village"], order["days_left"]) for order in orders] == [
        ("报送迟缓", False, 5), ("主题党日未开展", True, 10),
    ]  # fmt: skip


async def test_an_order_is_told_as_it_is_at_this_moment(api: ReadingApi) -> None:
    before = await story(api)
    await issue(api)

    assert (len(before["orders"]), len((await story(api))["orders"])) == (0, 1)


async def test_a_village_s_own_key_is_not_told_what_its_township_was_ordered(api: ReadingApi) -> None:
    await issue(api)

    told = await story(api, scope=ONE)

    assert (told["orders"], told["township"]) == ([], None)
    assert [step["code"] for step in told["path"]] == [ONE]


# --- reports


async def test_reports_lead_down_to_the_submission(api: ReadingApi) -> None:
    await expect(api, "meeting_day")
    counted = await hand_in(api, "meeting_day")
    newer = await hand_in(api, "meeting_day", revision=2, on_time=False)
    await api.publish(*NOVEMBER, submissions=[counted])

    (report,) = (await story(api))["reports"]

    assert (report["due_on"], report["rows"], report["submission"]["revision"]) == ("2021-12-05", 1, 2)
    assert report["submission"]["url"] == f"/v1/submissions/{newer}"
    assert (report["submission"]["on_time"], report["submission"]["counted"]) == (False, False)


async def test_a_village_s_own_key_sees_its_reports_without_a_link_to_the_township_s(api: ReadingApi) -> None:
    await hand_in(api, "meeting_day")

    (report,) = (await story(api, scope=ONE))["reports"]

    assert (report["form"], report["submission"]["url"]) == ("meeting_day", None)


async def test_what_is_missing_says_whether_the_township_or_only_the_village_is_silent(api: ReadingApi) -> None:
    await expect(api, "meeting_day")
    await expect(api, "collective_income")
    await hand_in(api, "meeting_day", rows=[{"division": TWO}])

    missing = (await story(api))["missing"]

    told = [(one["form"], one["awaited"], one["submission"] is None) for one in missing]
    assert told == [("collective_income", False, True), ("meeting_day", False, False)]


async def test_what_may_still_come_in_time_is_awaited(api: ReadingApi) -> None:
    await expect(api, "meeting_day", due_at="2021-12-08T00:00:00+08:00")

    (missing,) = (await story(api))["missing"]

    assert (missing["due_on"], missing["awaited"]) == ("2021-12-07", True)


async def test_what_is_not_expected_of_the_village_is_not_missing(api: ReadingApi) -> None:
    await expect(api, "meeting_day", units=[TWO])

    assert (await story(api))["missing"] == []


async def test_a_year_holds_the_reports_of_all_its_months(api: ReadingApi) -> None:
    for month in ("2021-10", "2021-11"):
        await hand_in(api, "meeting_day", month)
    await hand_in(api, "meeting_day", "2020-12")

    assert [report["period"] for report in (await story(api, "2021"))["reports"]] == ["2021-10", "2021-11"]


# --- the answer


@pytest.mark.parametrize("scope", [CHANGQING, TWO])
async def test_nobody_sees_a_village_beside_its_scope(api: ReadingApi, scope: str) -> None:
    answer = await api.get(f"villages/{ONE}", scope, period="2021-11")

    assert (answer.status_code, answer.json()["code"]) == (404, "parameter_unknown_division")


async def test_a_neighbour_s_row_in_the_same_report_is_not_told(api: ReadingApi) -> None:
    await hand_in(api, "pledge", rows=[{"division": ONE, **PLEDGE}, {"division": TWO, **PLEDGE, "project": "邻村"}])

    assert "邻村" not in (await api.get(f"villages/{ONE}", SHANDALU, period="2021-11")).text


async def test_a_township_is_no_village(api: ReadingApi) -> None:
    answer = await api.get(f"villages/{SHANDALU}", period="2021-11")

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "division_level_wrong")


async def test_who_has_the_story_already_gets_304(api: ReadingApi) -> None:
    first = await api.get(f"villages/{ONE}", period="2021-11")

    again = await api.get(f"villages/{ONE}", period="2021-11", headers={"if-none-match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")


async def test_numbers_are_measured_once_a_snapshot(api: ReadingApi, monkeypatch) -> None:
    first = await story(api)
    monkeypatch.delattr(Snapshot, "slice_of")

    assert await story(api) == first
    monkeypatch.undo()
    await api.publish(Value(ONE, 1), *OCTOBER[:1])
    assert of_system(await story(api), "meeting_day")["metrics"][0]["reading"]["value"] == 1


async def test_a_village_of_which_nothing_is_known_has_a_story_all_the_same(api: ReadingApi) -> None:
    told = await story(api, "2031-01", CHANGQING, FIVE)

    assert (told["stars"], told["case"], told["reports"], told["missing"]) == ([], None, [], [])
    assert all(not system["metrics"] for system in told["systems"])
