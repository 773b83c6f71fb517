"""Rows of the forms in tests/analytics/systems."""

from typing import Any

from tests.builders.small_city import VILLAGES, SmallCity

Row = dict[str, Any]

_TOWNSHIPS = {village: township for township, below in VILLAGES.items() for village in below}


def a_stock(village: str, amount: int, **changes: Any) -> Row:
    return {"division": village, "amount": amount} | changes


def an_errand(village: str, hours: int, number: int = 1) -> Row:
    return {"division": village, "number": number, "hours": hours}


def report_stocks(city: SmallCity, period: str, amounts: dict[str, int]) -> None:
    """One report for each township that one of the villages belongs to."""
    for township in sorted({_TOWNSHIPS[village] for village in amounts}):
        rows = [a_stock(v, amount) for v, amount in amounts.items() if _TOWNSHIPS[v] == township]
        city.report("stock", period, township, rows)
