"""What OpenAPI shows of /v1/meetings: one meeting from its plan to what follows on it."""

from typing import Any, Final

from services.api.contract import COUNTY, TOWNSHIP

_TIMES: Final = {"starts_at": "2021-12-03T09:00:00+08:00", "ends_at": "2021-12-03T10:30:00+08:00"}
_AGENDA: Final = ["通报11月报送情况", "研究三张红牌的整改"]
NEW: Final = {
    "meeting": {
        "kind": "work_meeting", "period": "2021-11", "subject": "11月工作例会", "agenda": _AGENDA, **_TIMES,
        "place": "区委第二会议室", "video_link": "https://meeting.example/112233", "invited": [TOWNSHIP["code"]],
    }
}  # fmt: skip
STEPS: Final = {
    "moved": {"event": "moved", **_TIMES, "text": "与市里会议冲突。"},
    "held": {
        "event": "held",
        "attendance": [{"division": TOWNSHIP["code"], "attendance": "present", "posts": ["组织委员"]}],
        "minutes": "会议通报了11月报送情况。",
        "follow_ups": [{"text": "补开11月主题党日", "division": TOWNSHIP["code"], "due_on": "2021-12-12"}],
    },
    "cancelled": {"event": "cancelled", "text": "并入季度调度分析会。"},
    "follow_up_done": {"event": "follow_up_done", "follow_up": 1, "text": "已于12月10日补开。"},
}
_MEETING: Final[dict[str, Any]] = {
    "id": 5, "kind": "work_meeting", "holder": COUNTY, "period": "2021-11", "subject": "11月工作例会", **_TIMES,
    "place": "区委第二会议室", "video_link": "https://meeting.example/112233", "state": "planned",
    "url": "/v1/meetings/5",
}  # fmt: skip
PAGE: Final = {"meetings": [_MEETING], "next": None}
ONE: Final = {
    "meeting": _MEETING, "agenda": _AGENDA, "minutes": None, "reason": None, "follow_ups": [],
    "invited": [{"division": TOWNSHIP, "attendance": None, "posts": None}],
    "events": [
        {
            "event": "planned", "at": "2021-11-26T16:00:00+08:00", "by": COUNTY, "text": None, **_TIMES,
            "follow_up": None,
        },
    ],
}  # fmt: skip
FEED: Final = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//rorc//meetings//ZH
METHOD:PUBLISH
BEGIN:VEVENT
UID:urn:uuid:5b042e8d-e615-4ded-a712-d1fa1f33a007
SEQUENCE:0
DTSTAMP:20211126T080000Z
DTSTART;TZID=Asia/Shanghai:20211203T090000
DTEND;TZID=Asia/Shanghai:20211203T103000
SUMMARY:11月工作例会
STATUS:CONFIRMED
END:VEVENT
END:VCALENDAR
"""
