"""Form → JSON Schema (2020-12) of its submission, for machines that post."""

from typing import Any, Final

from services.catalog.periods import PeriodKind
from services.catalog.schema import Form, FormField

_PERIOD_PATTERNS: dict[PeriodKind, str] = {
    "year": r"^\d{4}$", "half": r"^\d{4}-H[12]$", "quarter": r"^\d{4}-Q[1-4]$", "month": r"^\d{4}-(0[1-9]|1[0-2])$"
}  # fmt: skip

REASON: Final = {"type": "string", "minLength": 1, "maxLength": 2000, "description": "理由 / why"}
WAIVER: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["warning"],
    "additionalProperties": False,
    "properties": {
        "warning": {"type": "string", "description": "警告代码 / code of the warning"},
        "division": {"type": "string", "pattern": r"^\d{12}$", "description": "仅该区划的 / only of this division"},
        "field": {"type": "string", "description": "仅该字段的 / only of this field"},
    },
}
WAIVERS: Final[dict[str, Any]] = {
    "type": "array",
    "maxItems": 200,
    "items": {
        **WAIVER,
        "required": ["warning", "reason"],
        "properties": {**WAIVER["properties"], "reason": REASON},
    },
    "description": "对警告的说明 / why warnings are as they should be",
}


def submission_schema(form: Form) -> dict[str, Any]:
    """The schema of one submission of `form`. Cross-field checks are beyond it and are not in it."""
    row = {
        "type": "object",
        "properties": {
            "division": {
                "type": "string",
                "pattern": r"^\d{12}$",
                "description": "行政区划代码 / division code",
            },
            "nil": {"type": "boolean", "description": "无可报事项 / nothing to report"},
            **{field.field: _field_schema(field) for field in form.fields},
        },
        "required": ["division"],
        "if": {"properties": {"nil": {"const": True}}, "required": ["nil"]},
        "else": {"required": [field.field for field in form.fields if field.required]},
        "additionalProperties": False,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{form.title.zh} / {form.title.en}",
        "type": "object",
        "properties": {
            "form": {"const": form.form},
            "form_version": {"const": form.version},
            "period": {"type": "string", "pattern": _PERIOD_PATTERNS[form.periodicity]},
            "division": {"type": "string", "pattern": r"^\d{12}$"},
            "base_revision": {"type": "integer", "minimum": 1},
            "nil": {"type": "boolean"},
            "note": {"type": "string", "maxLength": 2000},
            "rows": {"type": "array", "items": row},
            "waivers": WAIVERS,
        },
        "required": ["form", "period", "division"],
        "additionalProperties": False,
    }


def _field_schema(field: FormField) -> dict[str, Any]:
    shape: dict[str, Any] = {"title": f"{field.title.zh} / {field.title.en}"}
    if field.type in ("integer", "decimal"):
        shape |= {"type": "integer" if field.type == "integer" else "number"}
        shape |= {"minimum": float(field.minimum), "maximum": float(field.maximum or 0)}
    elif field.type == "choice":
        shape["enum"] = [choice.value for choice in field.choices]
    elif field.type == "boolean":
        shape["type"] = "boolean"
    else:
        shape |= {"type": "string"} | (
            {"format": "date"} if field.type == "date" else {"maxLength": field.max_length}
        )
    if not field.required:
        return {"anyOf": [shape, {"type": "null"}]}
    return shape
