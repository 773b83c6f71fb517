"""What OpenAPI says of a period that is to be reopened."""

from typing import Any, Final

from services.ingest.deadlines.schemas import Reopening
from services.ingest.parameters import IDEMPOTENCY_KEY, refusals

_TEXT: Final = {"type": "string", "minLength": 1}
REOPENING: Final[dict[str, Any]] = {
    "parameters": [IDEMPOTENCY_KEY],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["form", "period", "division", "reason", "until"],
                    "additionalProperties": False,
                    "properties": {
                        "form": {**_TEXT, "description": "报表 / form"},
                        "period": {**_TEXT, "description": "报告期 / period"},
                        "division": {"type": "string", "pattern": r"^\d{12}$", "description": "报送单位 / reporter"},
                        "reason": {**_TEXT, "maxLength": 2000, "description": "理由 / why"},
                        "until": {"type": "string", "format": "date-time", "description": "至何时 / until when"},
                    },
                },
                "example": {
                    "form": "meeting_day", "period": "2021-08", "division": "370112001000",
                    "reason": "汛期停电", "until": "2021-12-10T18:00:00+08:00",
                },
            }
        },
    },
}  # fmt: skip
_PROBLEMS: Final = {
    400: "不是有效的 JSON / not JSON",
    401: "密钥缺失或无效 / no valid key",
    403: "须由上级办理 / for the level above",
    422: "内容有误,errors 列出全部 / faults, all under `errors`",
}
REOPENED: Final[dict[int | str, dict[str, Any]]] = {
    201: {"model": Reopening, "description": "已重新开放 / it is open again"},
    **refusals(_PROBLEMS),
}
