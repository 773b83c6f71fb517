"""Rows of the forms in tests/analytics/systems."""

from random import Random
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


def random_trial_rows(form: str, reporter: str, rng: Random) -> list[Row]:
    """A whole report of a form of tests/analytics/systems at random; villages are missing now and then."""
    if form == "county_visit":
        return [{"division": reporter, "visits": rng.randint(0, 9)}]
    below = VILLAGES[reporter]
    rows = [row for village in below if rng.random() < 0.8 for row in _random_rows(form, village, rng)]
    return rows or _random_rows(form, below[0], rng)


def _random_rows(form: str, village: str, rng: Random) -> list[Row]:
    few = rng.randint(0, 12)
    if form == "stock":
        room = {"room": rng.randint(0, 12)} if rng.random() < 0.7 else {}
        return [a_stock(village, few, kind=rng.choice(("甲", 'b"', "c,"))) | room]
    if form == "errand":
        nil = [{"division": village, "nil": True}]
        return [an_errand(village, rng.randint(0, 9), number) for number in range(rng.randint(0, 3))] or nil
    if form == "monthly_points":
        return [{"division": village, "points": few, "faults": rng.randint(0, 5), "serious": rng.random() < 0.3}]
    return [{"division": village, "stars": few}]
