"""What OpenAPI says of reports that are posted, and of steps with them."""

import json
from typing import Any, Final

from services.catalog.json_schema import REASON, WAIVER, WAIVERS
from services.catalog.submission_life import EVENTS
from services.catalog.workbook_words import MEDIA_TYPE as WORKBOOK
from services.ingest.parameters import IDEMPOTENCY_KEY, refusals
from services.ingest.submissions.schemas import Acknowledgement, Submission

_EXAMPLE: Final = {
    "form": "meeting_day",
    "period": "2021-11",
    "division": "370112001000",
    "rows": [
        {
            "division": "370112001201", "held": True, "held_on": "2021-11-05", "members_expected": 30,
            "members_attended": 26, "matters_decided": 2, "report_given": True, "accounts_shown": True,
            "consultation_held": True, "matters_major": 1, "step_proposal": 1, "step_discussion": 1,
            "step_review": 1, "step_resolution": 1, "decision_published": 1, "result_published": 1,
        }
    ],
}  # fmt: skip
_ENVELOPE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["form", "period", "division"],
    "additionalProperties": False,
    "properties": {
        "form": {"type": "string", "description": "报表 / form"},
        "form_version": {
            "type": "integer",
            "description": "报表版本,缺省为现行 / version, the present one if left out",
        },
        "period": {"type": "string", "description": "2021, 2021-H1, 2021-Q3, 2021-11"},
        "division": {"type": "string", "pattern": r"^\d{12}$", "description": "报送单位 / who reports"},
        "base_revision": {"type": "integer", "minimum": 1, "description": "更正时:被更正的次数 / what this replaces"},
        "nil": {"type": "boolean", "description": "全乡镇无可报事项 / nothing to report at all"},
        "note": {"type": "string", "maxLength": 2000, "description": "说明 / note"},
        "rows": {
            "type": "array",
            "items": {"type": "object"},
            "description": "按 /v1/forms/{form}/schema.json / as the form's schema says",
        },
        "waivers": WAIVERS,
    },
}
_LINE: Final[dict[str, Any]] = {
    **_ENVELOPE,
    "properties": {
        **_ENVELOPE["properties"],
        "idempotency_key": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "description": "同 Idempotency-Key,逐份给出 / as the header, for this report",
        },
    },
}
_RESULT: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["line", "status"],
    "properties": {
        "line": {"type": "integer", "minimum": 1, "description": "第几行 / which line of the request"},
        "status": {"type": "integer", "description": "该份报表单独报送时的状态码 / what the report alone would get"},
        "submission": {"$ref": "#/components/schemas/Acknowledgement"},
        "problem": {"type": "object", "description": "RFC 9457"},
    },
}
_LINES: Final = "".join(
    json.dumps(_EXAMPLE | {"period": period, "idempotency_key": f"licheng-{period}"}) + "\n"
    for period in ("2021-10", "2021-11")
)
_RESULTS: Final = (
    '{"line": 1, "status": 201, "submission": {"id": "5b042e8d-e615-4ded-a712-d1fa1f33a007", "revision": 1}}\n'
    '{"line": 2, "status": 409, "problem": {"type": "urn:rorc:problem:base_stale", "status": 409, "code": "…"}}\n'
)

_ROW: Final[dict[str, Any]] = _EXAMPLE["rows"][0]  # type: ignore[assignment]
_TABLE: Final = "".join(f"{','.join(map(str, cells))}\r\n" for cells in (_ROW, _ROW.values()))
_PARAMETERS: Final = [
    {
        "name": name,
        "in": "query",
        "required": False,
        "schema": {"type": told["type"]},
        "description": f"仅用于表格 / for tables (CSV, XLSX) only: {told['description']}",
    }
    for name, told in _ENVELOPE["properties"].items()
    if name not in ("rows", "waivers")
]

POSTED: Final[dict[str, Any]] = {
    "parameters": [
        IDEMPOTENCY_KEY,
        *_PARAMETERS,
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": _ENVELOPE, "example": _EXAMPLE},
            "application/x-ndjson": {"schema": _LINE, "example": _LINES},
            "text/csv": {
                "schema": {
                    "type": "string",
                    "description": "表头为字段名或其中英文标题,所报内容见地址参数 / "
                    "columns by field or title, the address says what is reported",
                },
                "example": _TABLE,
            },
            WORKBOOK: {
                "schema": {
                    "type": "string",
                    "format": "binary",
                    "description": "填好的模板,或第一张可见工作表为表格的工作簿 / "
                    "a template filled in, or a workbook with a table in its first visible sheet",
                }
            },
        },
    },
}

_PROBLEMS: Final = {
    400: "不是有效的 JSON、CSV 或工作簿,或 Idempotency-Key 写法不对 / "
    "not JSON, CSV or a workbook, or a malformed Idempotency-Key",
    401: "密钥缺失或无效 / no valid key",
    403: "无权报送,或区划不在范围之内 / no right to report, or outside the scope",
    408: "发送过慢或中断 / too slow, or broken off",
    409: "被更正的次数不是最新,或同一请求正在处理 / stale base, or the same request is running",
    413: "请求体过大 / too large",
    415: "媒体类型不对 / wrong media type",
    422: "内容有误,errors 列出全部 / faults, all under `errors`",
    503: "数据库暂不可用,请稍后重试 / no database, try again later",
    507: "存储空间已满,请稍后重试 / no space left, try again later",
}


RECEIVED: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "NDJSON:逐行答复,次序不变 / for NDJSON: a result a line, in the same order",
        "content": {"application/x-ndjson": {"schema": _RESULT, "example": _RESULTS}},
    },
    201: {"model": Acknowledgement, "description": "回执:已落盘 / receipt: it is durable"},
    **refusals(_PROBLEMS),
}

_RETURNED_ITEM: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["reason"],
    "additionalProperties": False,
    "properties": {
        "reason": REASON,
        "division": {"type": "string", "pattern": r"^\d{12}$"},
        "field": {"type": "string"},
        "row": {"type": "integer", "minimum": 1, "description": "第几行 / which row, from 1"},
    },
}
RECEIVED[422]["content"][WORKBOOK] = {}
_RETURN: Final = {
    "event": "returned",
    "reason": "出席人数请核实",
    "items": [{"division": "370112001201", "field": "members_attended", "reason": "未过半数"}],
}
STEP: Final[dict[str, Any]] = {
    "parameters": [IDEMPOTENCY_KEY],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["event"],
                    "additionalProperties": False,
                    "properties": {
                        "event": {"type": "string", "enum": [*EVENTS]},
                        "reason": {
                            **REASON,
                            "description": "退回、撤回、说明警告时必填 / to return, withdraw, waive",
                        },
                        "items": {
                            "type": "array",
                            "maxItems": 200,
                            "items": _RETURNED_ITEM,
                            "description": "退回时:须更正之处 / of a return: what is to be corrected",
                        },
                        "warnings": {
                            "type": "array",
                            "maxItems": 200,
                            "items": WAIVER,
                            "description": "说明警告时:哪些警告 / of a waiver: which warnings",
                        },
                    },
                },
                "example": _RETURN,
            }
        },
    },
}
STEP_TAKEN: Final[dict[int | str, dict[str, Any]]] = {
    201: {"model": Submission, "description": "办理之后 / the submission after it"},
    **refusals({
        400: "不是有效的 JSON / not JSON",
        401: "密钥缺失或无效 / no valid key",
        403: "无权办理这一步 / this step is for others",
        404: "没有这份报送,或不在范围之内 / not there, or outside the scope",
        409: "当前状态不能办理这一步 / not now",
        412: "读取之后已有变化 / it has changed since it was read",
        422: "内容有误,errors 列出全部 / faults, all under `errors`",
        428: "缺少 If-Match / no If-Match",
    }),
}  # fmt: skip
