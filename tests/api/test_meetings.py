"""Meetings: their life over HTTP, who sees and does what, and what calendars are given."""

from typing import Any

import httpx
import pytest
from icalendar import Calendar, Event

from tests.builders.divisions import CHANGQING, CITY, HONGJIALOU, LICHENG, SHANDALU, WENCHANG
from tests.builders.meetings import a_meeting, came, plan, to_do
from tests.builders.moments import at
from tests.builders.orders import step
from tests.builders.reading_api import ReadingApi

CANCELLED = {"event": "cancelled", "text": "并入调度分析会"}
LATER = {"event": "moved", "starts_at": "2021-12-11T09:00:00+08:00", "ends_at": "2021-12-11T10:00:00+08:00"}
DONE = {"event": "follow_up_done", "follow_up": 1, "text": "已补开"}


@pytest.fixture
def desk(empty_api: ReadingApi) -> ReadingApi:
    """The api at the end of the day on which the meetings are."""
    empty_api.clock.set(at("2021-12-10 17:00"))
    return empty_api


async def test_a_meeting_is_planned_moved_held_and_followed_up(desk: ReadingApi) -> None:
    meeting = await plan(desk, invited=[SHANDALU, HONGJIALOU])
    desk.clock.set(at("2021-12-11 11:00"))
    for content in (LATER, came(SHANDALU, HONGJIALOU, follow_ups=[to_do()])):
        meeting = await step(desk, meeting, content, LICHENG)

    meeting = await step(desk, await desk.get("meetings/1", SHANDALU), DONE, SHANDALU)

    told = (await desk.get("meetings/1", LICHENG)).json()
    assert [e["event"] for e in told["events"]] == ["planned", "moved", "held", "follow_up_done"]
    assert [e["by"]["code"] for e in told["events"]] == [LICHENG, LICHENG, LICHENG, SHANDALU]
    assert (told["meeting"]["state"], told["meeting"]["starts_at"]) == ("held", LATER["starts_at"])
    assert (told["meeting"]["place"], told["minutes"]) == ("第二会议室", "通报了报送情况。")
    assert [(i["division"]["code"], i["attendance"], i["posts"]) for i in told["invited"]] == [
        (SHANDALU, "present", ["组织委员"]), (HONGJIALOU, "present", ["组织委员"])
    ]  # fmt: skip
    assert [(f["number"], f["done_at"], f["overdue"]) for f in told["follow_ups"]] == [
        (1, "2021-12-11T11:00:00+08:00", False)
    ]


async def test_a_new_meeting_says_where_it_is_and_what_it_counts_for(desk: ReadingApi) -> None:
    answer = await plan(desk, video_link="https://meeting.example/1")

    assert (answer.status_code, answer.headers["location"]) == (201, "/v1/meetings/1")
    meeting = answer.json()["meeting"]
    assert (meeting["holder"]["name"], meeting["period"], meeting["state"]) == ("历城区", "2021-12", "planned")
    assert (meeting["video_link"], answer.json()["agenda"]) == (
        "https://meeting.example/1",
        ["通报报送情况", "研究红牌"],
    )


async def test_a_meeting_that_is_sent_again_is_planned_once(desk: ReadingApi) -> None:
    key = {"idempotency-key": '"k-1"'}

    answers = [await desk.send("POST", "meetings", a_meeting(), LICHENG, **key) for _ in range(2)]

    assert answers[0].content == answers[1].content
    assert answers[1].headers["location"] == "/v1/meetings/1"
    assert len((await desk.get("meetings")).json()["meetings"]) == 1


@pytest.mark.parametrize(
    ("before", "illegal", "state"),
    [
        ([], [DONE], "planned"),
        ([CANCELLED], [CANCELLED, LATER, came(), DONE], "cancelled"),
        ([came()], [CANCELLED, LATER, came()], "held"),
    ],
)
async def test_only_what_may_follow_is_done(
    desk: ReadingApi, before: list[dict[str, Any]], illegal: list[dict[str, Any]], state: str
) -> None:
    meeting = await plan(desk)
    for content in before:
        meeting = await step(desk, meeting, content, LICHENG)

    answers = [await step(desk, meeting, content, LICHENG) for content in illegal]

    refused = {(answer.status_code, answer.json().get("state")) for answer in answers}
    assert refused <= {(409, state), (404, None)}
    assert (await desk.get("meetings/1", LICHENG)).json() == meeting.json()


async def test_a_follow_up_is_done_once(desk: ReadingApi) -> None:
    held = await step(desk, await plan(desk, invited=[SHANDALU]), came(SHANDALU, follow_ups=[to_do()]), LICHENG)
    done = await step(desk, held, DONE, LICHENG)

    again = await step(desk, done, DONE, LICHENG)

    assert (done.status_code, again.status_code, again.json()["state"]) == (201, 409, "done")


async def test_a_follow_up_is_closed_by_who_is_responsible_or_stands_above(desk: ReadingApi) -> None:
    meeting = await plan(desk, invited=[SHANDALU, HONGJIALOU])
    held = await step(desk, meeting, came(SHANDALU, HONGJIALOU, follow_ups=[to_do(), to_do(LICHENG)]), LICHENG)

    neighbour = await step(desk, held, DONE, HONGJIALOU)
    holders = await step(desk, held, DONE | {"follow_up": 2}, SHANDALU)
    own = await step(desk, held, DONE, SHANDALU)

    assert [answer.status_code for answer in (neighbour, holders, own)] == [404, 404, 201]


async def test_a_follow_up_whose_day_is_over_is_overdue(desk: ReadingApi) -> None:
    await step(desk, await plan(desk, invited=[SHANDALU]), came(SHANDALU, follow_ups=[to_do()]), LICHENG)

    desk.clock.set(at("2021-12-20 23:00"))
    on_the_day = (await desk.get("meetings/1")).json()["follow_ups"][0]["overdue"]
    desk.clock.set(at("2021-12-21 00:00"))

    assert (on_the_day, (await desk.get("meetings/1")).json()["follow_ups"][0]["overdue"]) == (False, True)


async def test_whoever_has_not_seen_the_newest_state_changes_nothing(desk: ReadingApi) -> None:
    planned = await plan(desk)
    moved = await step(desk, planned, LATER, LICHENG)

    stale = await step(desk, planned, CANCELLED, LICHENG)
    missing = await desk.send("POST", "meetings/1/events", CANCELLED)

    assert [(a.status_code, a.json()["code"]) for a in (stale, missing)] == [
        (412, "record_changed"), (428, "precondition_missing")
    ]  # fmt: skip
    assert (await desk.get("meetings/1")).json() == moved.json()


@pytest.mark.parametrize(
    ("scope", "invited"),
    [
        (CITY, [SHANDALU, HONGJIALOU, WENCHANG]),
        (LICHENG, [SHANDALU, HONGJIALOU]),
        (SHANDALU, [SHANDALU]),
        (CHANGQING, [WENCHANG]),
    ],
)
async def test_who_is_invited_sees_of_the_others_nothing(desk: ReadingApi, scope: str, invited: list[str]) -> None:
    everybody = [SHANDALU, HONGJIALOU, WENCHANG]
    meeting = await plan(desk, CITY, invited=everybody)
    follow_ups = [to_do(code) for code in everybody]
    held = await step(desk, meeting, came(*everybody, follow_ups=follow_ups), CITY)
    await step(desk, held, DONE | {"follow_up": 2}, HONGJIALOU)

    told = (await desk.get("meetings/1", scope)).json()

    assert [i["division"]["code"] for i in told["invited"]] == invited
    assert [f["division"]["code"] for f in told["follow_ups"]] == invited
    assert len([e for e in told["events"] if e["event"] == "follow_up_done"]) == (HONGJIALOU in invited)
    assert len((await desk.get("meetings", scope)).json()["meetings"]) == 1


async def test_a_meeting_of_others_is_answered_like_one_that_is_not_there(desk: ReadingApi) -> None:
    meeting = await plan(desk, invited=[SHANDALU])

    hidden = await desk.get("meetings/1", HONGJIALOU)
    absent = await desk.get("meetings/99", HONGJIALOU)
    acted = await step(desk, meeting, CANCELLED, HONGJIALOU)

    assert {answer.status_code for answer in (hidden, absent, acted)} == {404}
    assert hidden.content == absent.content == acted.content
    assert (await desk.get("meetings", HONGJIALOU)).json()["meetings"] == []


async def test_who_is_invited_does_not_decide_about_the_meeting(desk: ReadingApi) -> None:
    answer = await step(desk, await plan(desk, invited=[SHANDALU]), CANCELLED, SHANDALU)

    assert (answer.status_code, answer.json()["code"]) == (403, "step_forbidden")


@pytest.mark.parametrize(
    ("scope", "content"),
    [(LICHENG, {"holder": CITY}), (LICHENG, {"holder": CHANGQING}), (CITY, {"invited": ["370112999000"]})],
)
async def test_a_meeting_is_held_within_the_scope_of_who_plans_it(
    desk: ReadingApi, scope: str, content: dict[str, Any]
) -> None:
    answer = await plan(desk, scope, **content)

    assert (answer.status_code, answer.json()["code"]) == (404, "parameter_unknown_division")


@pytest.mark.parametrize(
    ("content", "pointer", "code"),
    [
        ({"kind": "party"}, "/kind", "not_a_choice"),
        ({"agenda": []}, "/agenda", "required"),
        ({"agenda": ["甲"] * 51}, "/agenda", "too_many"),
        ({"agenda": ["甲", ""]}, "/agenda/1", "unusable_text"),
        ({"period": "2021-13"}, "/period", "period_invalid"),
        ({"period": "2021-Q4"}, "/period", "meeting_period_wrong"),
        ({"kind": "quarterly_analysis"}, "/period", "meeting_period_wrong"),
        ({"starts_at": "2021-12-10T14:00:00"}, "/starts_at", "wrong_type"),
        ({"starts_at": "0001-01-01T00:00:00+08:00"}, "/starts_at", "out_of_range"),
        ({"ends_at": "9999-12-31T23:59:59-08:00"}, "/ends_at", "out_of_range"),
        ({"ends_at": "2021-12-10T14:00:00+08:00"}, "/ends_at", "too_early"),
        ({"place": None}, "/place", "place_missing"),
        ({"video_link": "http://meeting.example"}, "/video_link", "https_wanted"),
        ({"video_link": "https://"}, "/video_link", "https_wanted"),
        ({"invited": [WENCHANG]}, "/invited/0", "division_not_below"),
        ({"invited": [LICHENG]}, "/invited/0", "division_not_below"),
        ({"invited": [SHANDALU, SHANDALU]}, "/invited", "stands_twice"),
        ({"kind": "committee_study", "period": "2021-H2", "holder": SHANDALU}, "/holder", "division_level_wrong"),
    ],
)
async def test_what_is_wrong_with_a_meeting_is_told_where_it_stands(
    desk: ReadingApi, content: dict[str, Any], pointer: str, code: str
) -> None:
    answer = await plan(desk, **content)

    assert (answer.status_code, answer.json()["code"]) == (422, "content_invalid")
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]


@pytest.mark.parametrize(
    ("content", "pointer", "code"),
    [
        (came(), "/attendance", "attendance_missing"),
        (came(SHANDALU, SHANDALU), "/attendance", "stands_twice"),
        (came(SHANDALU, HONGJIALOU), "/attendance/1/division", "division_not_invited"),
        (came(SHANDALU, attendance="late"), "/attendance/0/attendance", "not_a_choice"),
        (came(SHANDALU, follow_ups=[to_do(HONGJIALOU)]), "/follow_ups/0/division", "division_not_invited"),
        (came(SHANDALU, follow_ups=[to_do(due_on="2021-12-09")]), "/follow_ups/0/due_on", "too_early"),
        (LATER | {"ends_at": LATER["starts_at"]}, "/ends_at", "too_early"),
        ({"event": "cancelled"}, "/text", "required"),
    ],
)
async def test_what_is_wrong_with_a_step_is_told_where_it_stands(
    desk: ReadingApi, content: dict[str, Any], pointer: str, code: str
) -> None:
    answer = await step(desk, await plan(desk, invited=[SHANDALU]), content, LICHENG)

    assert (answer.status_code, answer.json()["code"]) == (422, "content_invalid")
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]


async def test_a_meeting_that_has_not_begun_was_not_held(desk: ReadingApi) -> None:
    desk.clock.set(at("2021-12-10 13:59"))

    answer = await step(desk, await plan(desk), came(), LICHENG)

    assert [error["code"] for error in answer.json()["errors"]] == ["too_early"]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [3, 2, 1]),
        ("kind=committee_study", [2]),
        ("state=cancelled", [1]),
        ("period=2021-Q4", [3]),
        (f"division={SHANDALU}", [1]),
        (f"division={CHANGQING}", [3]),
    ],
)
async def test_the_list_has_the_latest_first_and_can_be_narrowed(
    desk: ReadingApi, query: str, numbers: list[int]
) -> None:
    await step(desk, await plan(desk, invited=[SHANDALU]), CANCELLED, LICHENG)
    await plan(desk, kind="committee_study", period="2021-H2")
    times = {"starts_at": "2021-12-31T09:00:00+08:00", "ends_at": "2021-12-31T10:00:00+08:00"}
    await plan(desk, CITY, kind="quarterly_analysis", period="2021-Q4", invited=[CHANGQING], **times)

    answer = await desk.get(f"meetings?{query}")

    assert [meeting["id"] for meeting in answer.json()["meetings"]] == numbers


async def test_a_page_of_meetings_leads_to_the_next_until_all_were_seen_once(desk: ReadingApi) -> None:
    for _ in range(3):
        await plan(desk)
    seen, path = [], "meetings?limit=2"

    while path and len(seen) < 9:
        answer = await desk.get(path)
        seen += [meeting["id"] for meeting in answer.json()["meetings"]]
        path = answer.headers.get("link", "").partition(">")[0].removeprefix("</v1/")

    assert seen == [3, 2, 1]


async def _calendar(api: ReadingApi, scope: str = LICHENG) -> tuple[httpx.Response, list[Event]]:
    answer = await api.get("meetings.ics", scope)
    calendar = Calendar.from_ical(answer.content)
    assert isinstance(calendar, Calendar)
    return answer, calendar.events


async def test_a_calendar_reads_back_what_was_planned(desk: ReadingApi) -> None:
    subject, place = "例会；议题,一 \\ 二：" + "长" * 60, "第二会议室, 三楼"
    await plan(desk, subject=subject, place=place, video_link="https://meeting.example/1?a=1&b=2")

    answer, [event] = await _calendar(desk)

    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert (event["summary"], event["location"], event["url"]) == (
        subject,
        place,
        "https://meeting.example/1?a=1&b=2",
    )
    assert (event["description"], event["status"]) == ("1. 通报报送情况\n2. 研究红牌", "CONFIRMED")
    assert (event.start, event.end) == (at("2021-12-10 14:00"), at("2021-12-10 15:30"))
    assert b"DTSTART;TZID=Asia/Shanghai:20211210T140000\r\n" in answer.content
    assert b"BEGIN:VTIMEZONE" in answer.content
    assert max(map(len, answer.content.split(b"\r\n"))) <= 75


async def test_a_calendar_sees_a_meeting_move_and_fall_away(desk: ReadingApi) -> None:
    meeting = await plan(desk)
    versions = [await _calendar(desk)]
    for content in (LATER, CANCELLED):
        meeting = await step(desk, meeting, content, LICHENG)
        versions.append(await _calendar(desk))

    events = [event for _, [event] in versions]
    assert len({event["uid"] for event in events}) == 1
    assert [event["sequence"] for event in events] == [0, 1, 2]
    assert [event["status"] for event in events] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert (events[1].start, events[2]["comment"]) == (at("2021-12-11 09:00"), "并入调度分析会")


async def test_a_calendar_that_has_everything_is_told_so(desk: ReadingApi) -> None:
    await plan(desk)
    answer, _ = await _calendar(desk)

    again = await desk.get("meetings.ics", LICHENG, {"if-none-match": answer.headers["etag"]})
    await plan(desk)
    changed = await desk.get("meetings.ics", LICHENG, {"if-none-match": answer.headers["etag"]})

    assert (again.status_code, changed.status_code) == (304, 200)


async def test_a_calendar_has_what_concerns_its_reader(desk: ReadingApi) -> None:
    await plan(desk, invited=[SHANDALU], subject="甲")
    await plan(desk, CHANGQING, subject="乙")
    desk.clock.set(at("2022-12-12 17:00"))
    gone = await _calendar(desk, CITY)
    desk.clock.set(at("2021-12-12 17:00"))

    calendars = [(await _calendar(desk, scope))[1] for scope in (CITY, LICHENG, SHANDALU, HONGJIALOU)]

    assert [sorted(str(e["summary"]) for e in events) for events in calendars] == [["乙", "甲"], ["甲"], ["甲"], []]
    assert gone[1] == []
