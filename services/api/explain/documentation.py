"""The example of an explanation that OpenAPI shows: one village's index of self-discipline."""

from typing import Any, Final

from services.api.contract import COUNTY, TOWNSHIP

_VILLAGE: Final = {"code": "370112001201", "name": "甲村", "level": "village"}
_INDEX: Final = {"zh": "头雁指数·律己", "en": "Lead-goose index: self-discipline"}
_INTEGRITY: Final = {"zh": "廉洁守纪", "en": "Integrity"}
_INDICATOR: Final[dict[str, Any]] = {
    "name": "secretary_self_discipline_integrity", "kind": "metric", "title": _INTEGRITY, "description": _INTEGRITY,
    "unit": "point", "format": "score", "when": "now", "period": "2021-H2",
    "measured": {"numerator": 80, "denominator": 1, "value": 80, "reported": 1, "expected": 1},
    "divisions": "ratio", "periods": "last",
    "formula": {"valid_from": 1900, "numerator": "self_discipline_integrity", "denominator": "1"},
    "form": {
        "form": "secretary_review", "version": 1,
        "title": {"zh": "书记履职研判半年报", "en": "Half-yearly review of secretaries"},
        "fields": [{"field": "self_discipline_integrity", "title": _INTEGRITY, "unit": "point"}],
    },
    "inputs": [], "index": None,
}  # fmt: skip
_COMPONENT: Final = {
    "metric": "secretary_self_discipline_integrity", "title": _INTEGRITY, "weight": 6, "curve": "linear",
    "curve_points": [[0, 0], [100, 100]], "value": 80, "score": 80, "points": 32, "read": _INDICATOR,
}  # fmt: skip
_TREE: Final = {
    "points": 76, "deducted": None, "score": 76, "reached": None, "highest_grade": None, "grade": None,
    "components": [_COMPONENT], "deductions": [], "vetoes": [], "grades": [], "parts": [], "gates": [],
    "spread": None,
}  # fmt: skip

EXAMPLE: Final[dict[str, Any]] = {
    "metric": "lead_goose_self_discipline", "division": _VILLAGE, "path": [COUNTY, TOWNSHIP, _VILLAGE],
    "period": "2021-H2", "catalog_version": "6f0c4a1d92be", "rules_changed": False,
    "tree": {
        "name": "lead_goose_self_discipline", "kind": "index", "title": _INDEX, "description": None, "unit": "point",
        "format": "score", "when": "now", "period": "2021-H2",
        "measured": {"numerator": 76, "denominator": None, "value": 76, "reported": 1, "expected": 1},
        "divisions": None, "periods": None, "formula": None, "form": None, "inputs": [], "index": _TREE,
    },
    "improvements": {
        "index": "lead_goose_self_discipline", "score": 76, "goal": 78, "goal_grade": None, "score_then": 78,
        "changes": [
            {
                "metric": "secretary_self_discipline_integrity", "title": _INTEGRITY, "standard": None, "weight": 6,
                "unit": "point", "format": "score", "value": 80, "to_value": 85, "score": 80, "to_score": 85,
                "points": 2,
            },
        ],
        "reason": None,
    },
    "submissions": [
        {
            "id": "5b042e8d-e615-4ded-a712-d1fa1f33a007", "form": "secretary_review", "period": "2021-H2",
            "division": TOWNSHIP, "revision": 1, "received_at": "2022-01-08T09:30:00+08:00", "on_time": True,
        },
    ],
    "submission_count": 1,
}  # fmt: skip
