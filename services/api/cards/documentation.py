"""What OpenAPI says of the cards, beyond the routes' types."""

from typing import Any, Final

from services.api.cards.asked import LONGEST_TEXT
from services.api.contract import HEAD, READING, TOWNSHIP, Responses, told
from services.catalog.card_life import STEPS
from services.core.problems import MEDIA_TYPE, Problem, document

_TEXT: Final = {"zh": "主题党日连续两个月未开展", "en": "No meeting day two months running"}
_CARD: Final[dict[str, Any]] = {
    "id": 7, "rule": "meeting_missed", "title": _TEXT, "text": _TEXT, "division": TOWNSHIP, "path": [],
    "metric": "meeting_held_rate", "colour": "red", "status": "raised", "period": "2021-11",
    "raised_at": "2021-12-06T09:00:00+08:00", "due_on": "2021-12-21", "days_left": 15,
    "acknowledge_by": "2021-12-11", "paused_on": None, "lifting_proposed_at": None, "previous_card": None,
    "value": 0, "url": "/v1/cards/7",
}  # fmt: skip
_RAISED: Final[dict[str, Any]] = {
    "event": "raised", "at": "2021-12-06T09:00:00+08:00", "colour": "red", "status": "raised", "actor": "system",
    "division": None, "text": None, "due_on": "2021-12-21", "snapshot": "snapshot-000012",
}  # fmt: skip
_ACKNOWLEDGED: Final[dict[str, Any]] = {
    "event": "acknowledged", "at": "2021-12-07T10:20:00+08:00", "colour": "red", "status": "acknowledged",
    "actor": "division", "division": TOWNSHIP, "text": "已知悉，本周内核实。", "due_on": None, "snapshot": "",
}  # fmt: skip

PAGE: Final = told(
    {"counts": {"red": 1, "yellow": 0, "overdue": 0}, "cards": [_CARD], "next": "WzAsMCwiMjAyM"}
)  # fmt: skip
ONE: Final = told(
    {
        "card": _CARD,
        "evidence": {
            "rule": {
                "rule": "meeting_missed", "version": 1, "title": _TEXT, "condition": "value = 0", "text": _TEXT,
            },
            "values": [READING],
            "snapshot": "snapshot-000012",
            "submissions": [],
        },
        "events": [_RAISED],
        "steps": [
            {"event": "acknowledged", "text": False, "due_on": False},
            {"event": "appealed", "text": True, "due_on": False},
        ],
    }
)  # fmt: skip

_PROBLEMS: Final[dict[int, tuple[str, dict[str, object]]]] = {
    400: ("not_json", {"why": "…"}),
    401: ("unauthenticated", {}),
    403: ("step_of_the_level_above", {}),
    404: ("not_found", {}),
    409: ("step_not_now", {"event": "verified", "present_status": "raised", "steps": ["acknowledged", "appealed"]}),
    412: ("card_changed", {"present_status": "acknowledged", "present_colour": "red", "present_etag": '"7-2"'}),
    422: ("step_invalid", {"count": 1}),
    428: ("precondition_missing", {}),
    503: ("snapshot_missing", {}),
}


def _taken() -> Responses:
    example = HEAD | {
        "card": _CARD | {"status": "acknowledged", "acknowledge_by": None},
        "event": _ACKNOWLEDGED,
        "steps": [{"event": "plan_filed", "text": True, "due_on": True}],
    }
    found: Responses = {
        201: {
            "description": "已办理。 The step was taken.",
            "content": {"application/json": {"example": example}},
            "headers": {"ETag": {"description": "牌的新状态。 The card's new state.", "schema": {"type": "string"}}},
        }
    }
    for status, (code, details) in _PROBLEMS.items():
        said = document(Problem(code, details), "zh")
        found[status] = {
            "description": f"`{code}`: {said['detail']}",
            "content": {MEDIA_TYPE: {"example": said}},
        }
    return found


TAKEN: Final = _taken()
STEP: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["event"],
                    "additionalProperties": False,
                    "properties": {
                        "event": {
                            "type": "string",
                            "enum": [step.event for step in STEPS],
                            "description": "办理的步骤。 The step.",
                        },
                        "text": {
                            "type": "string",
                            "maxLength": LONGEST_TEXT,
                            "description": "说明；报送方案、整改情况、申诉、退回及申诉决定时必填。"
                            " What is said; wanted with a plan, a rectification, an appeal, its decision, a return.",
                        },
                        "due_on": {
                            "type": "string",
                            "format": "date",
                            "description": "方案中的完成日期，仅报送方案时填写。 The day that a plan names.",
                        },
                    },
                },
                "example": {"event": "acknowledged", "text": _ACKNOWLEDGED["text"]},
            }
        },
    }
}
