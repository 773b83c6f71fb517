"""What OpenAPI shows of /v1/orders: one order from its issue to its end."""

from typing import Any, Final

from services.api.contract import COUNTY, TOWNSHIP

_TEXT: Final = "请核实连续两个月未开展主题党日的原因，并报送整改安排。"
NEW: Final = {
    "order": {
        "kind": "order", "addressee": TOWNSHIP["code"], "subject": "主题党日连续两个月未开展", "text": _TEXT,
        "about": {"card": 7, "metric": "meeting_held_rate"}, "due_on": "2021-12-20",
    }
}  # fmt: skip
STEPS: Final = {
    "replied": {"event": "replied", "text": "已于12月12日补开，附会议记录。"},
    "returned": {"event": "returned", "text": "未说明11月未开展的原因。", "due_on": "2021-12-27"},
    "closed": {"event": "closed"},
    "withdrawn": {"event": "withdrawn", "text": "与上级督办单重复。"},
}
_ORDER: Final[dict[str, Any]] = {
    "id": 3, "kind": "order", "issuer": COUNTY, "addressee": TOWNSHIP, "subject": "主题党日连续两个月未开展",
    "text": _TEXT, "about": {"card": 7, "key_task": None, "metric": "meeting_held_rate"},
    "issued_at": "2021-12-10T10:00:00+08:00", "due_on": "2021-12-20", "state": "issued", "replied_at": None,
    "in_time": None, "overdue": False, "days_left": 10, "repeats": None, "url": "/v1/orders/3",
}  # fmt: skip
PAGE: Final = {"counts": {"awaiting": 1, "overdue": 0, "to_decide": 0}, "orders": [_ORDER], "next": None}
ONE: Final = {
    "order": _ORDER,
    "events": [
        {
            "event": "issued", "at": "2021-12-10T10:00:00+08:00", "by": COUNTY, "text": None,
            "due_on": "2021-12-20", "in_time": None,
        },
    ],
}  # fmt: skip
