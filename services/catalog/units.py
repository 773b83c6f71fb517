"""The units that fields and metrics are counted in, and how a value is said with each."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

UNITS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "yuan": ("元", "yuan"),
        "percent": ("%", "%"),
        "point": (" 分", "points"),
        "count": (" 项", ""),
        "day": (" 天", "days"),
        "year": (" 年", "years"),
        "person": (" 人", "people"),
        "household": (" 户", "households"),
        "village": (" 个村", "villages"),
        "township": (" 个镇街", "townships"),
        "county": (" 个区县", "counties"),
        "project": (" 个项目", "projects"),
        "star": (" 星", "stars"),
        "age": (" 岁", "years old"),
        "cooperative": (" 家", "cooperatives"),
        "alliance": (" 个联合体", "alliances"),
        "order": (" 份", "orders"),
        "report": (" 份", "reports"),
        "card": (" 张", "cards"),
        "meeting": (" 次", "meetings"),
        "terminal": (" 个终端", "terminals"),
    }
)
"""Unit → what follows a number in Chinese and in English."""


def with_unit(number: str, unit: str, language: str) -> str:
    """A number with its unit behind it."""
    zh, en = UNITS[unit]
    if language == "zh":
        return number + zh
    return number + en if en == "%" else f"{number} {en}".rstrip()
