"""Meetings, planned and dealt with over HTTP."""

from typing import Any

import httpx

from tests.builders.divisions import LICHENG, SHANDALU
from tests.builders.reading_api import ReadingApi


def a_meeting(**content: Any) -> dict[str, Any]:
    meeting = {
        "kind": "work_meeting", "period": "2021-12", "subject": "12月工作例会",
        "agenda": ["通报报送情况", "研究红牌"],
        "starts_at": "2021-12-10T14:00:00+08:00", "ends_at": "2021-12-10T15:30:00+08:00", "place": "第二会议室",
        "invited": [],
    }  # fmt: skip
    return meeting | content


def came(*divisions: str, attendance: str = "present", **content: Any) -> dict[str, Any]:
    """The meeting took place, and these all came, or did not."""
    said = [{"division": code, "attendance": attendance, "posts": ["组织委员"]} for code in divisions]
    return {"event": "held", "attendance": said, "minutes": "通报了报送情况。"} | content


def to_do(division: str = SHANDALU, due_on: str = "2021-12-20") -> dict[str, str]:
    return {"text": "补开主题党日", "division": division, "due_on": due_on}


async def plan(api: ReadingApi, scope: str = LICHENG, **content: Any) -> httpx.Response:
    return await api.send("POST", "meetings", a_meeting(**content), scope)
