"""What OpenAPI shows of /v1/villages: one village in a month."""

from typing import Any, Final

from services.api.contract import COUNTY, READING, TOWNSHIP

VILLAGE: Final = {"code": "370112001201", "name": "示例村", "level": "village"}
_DAY: Final = {"zh": "主题党日与阳光议事", "en": "Monthly meeting day"}
_MISSED: Final = {"zh": "主题党日连续两个月未开展", "en": "No meeting day two months running"}
_SUBMISSION: Final = {
    "id": "5b042e8d-e615-4ded-a712-d1fa1f33a007", "revision": 1, "received_at": "2021-12-03T09:30:00+08:00",
    "on_time": True, "counted": True, "url": "/v1/submissions/5b042e8d-e615-4ded-a712-d1fa1f33a007",
}  # fmt: skip
_METRIC: Final = {
    "metric": "meeting_held_rate",
    "headline": True,
    "reading": READING
    | {"division": VILLAGE, "numerator": 1, "denominator": 1, "value": 1, "reported": 1, "expected": 1},
    "series": [{"period": "2021-11", "value": 1, "reported": 1, "expected": 1}],
}
_CARD: Final = {
    "id": 7, "rule": "meeting_missed", "title": _MISSED, "text": _MISSED, "metric": "meeting_held_rate",
    "colour": "yellow", "status": "raised", "period": "2021-11", "raised_at": "2021-12-06T09:00:00+08:00",
    "due_on": "2021-12-21", "days_left": 15, "url": "/v1/cards/7",
}  # fmt: skip
_PLEDGE: Final = {
    "number": "P1", "project": "硬化村内道路", "goal": "硬化 1.2 公里并通车", "deadline": "2021-12-31",
    "progress": 80, "completed": False, "completed_on": None, "overdue": False, "verdict": None,
    "verdict_title": None,
}  # fmt: skip
_GATE: Final = {
    "gate": "township", "title": {"zh": "镇街初评关", "en": "Township review"}, "outcome": "passed",
    "outcome_title": {"zh": "通过", "en": "Passed"}, "on": "2021-11-20",
}  # fmt: skip
_CASE: Final = {
    "period": "2021-Q3",
    "facts": [
        {
            "field": "visits", "title": {"zh": "到村走访", "en": "Visits"}, "value": 6, "value_title": None,
            "unit": "count",
        },
    ],
    "standards": [
        {"standard": "common_body", "title": {"zh": "班子配备齐全", "en": "Body complete"}, "met": True},
    ],
    "standards_met": 14,
    "standards_due": 17,
}  # fmt: skip
_ORDER: Final = {
    "id": 3, "kind": "order", "issuer": COUNTY, "addressee": TOWNSHIP, "subject": "主题党日连续两个月未开展",
    "about_village": True, "issued_at": "2021-12-10T10:00:00+08:00", "due_on": "2021-12-20", "state": "issued",
    "overdue": False, "days_left": 10, "url": "/v1/orders/3",
}  # fmt: skip

ONE: Final[dict[str, Any]] = {
    "division": VILLAGE,
    "path": [COUNTY, TOWNSHIP, VILLAGE],
    "township": TOWNSHIP,
    "period": "2021-11",
    "systems": [{"system": "meeting_day", "number": 14, "title": _DAY, "level": "village", "metrics": [_METRIC]}],
    "cards": {"open": [_CARD], "closed": []},
    "pledges": {"period": "2021-11", "state": "told", "pledges": [_PLEDGE]},
    "stars": [{"period": "2021", "stars": 4, "score": 86.5, "vetoes": [], "gates": [_GATE]}],
    "case": _CASE,
    "orders": [_ORDER],
    "reports": [
        {
            "form": "meeting_day", "period": "2021-11", "due_on": "2021-12-05", "rows": 1, "nil": False,
            "submission": _SUBMISSION,
        },
    ],
    "missing": [
        {
            "form": "collective_income", "period": "2021-11", "due_on": "2021-12-08", "awaited": False,
            "submission": None,
        },
    ],
}  # fmt: skip
