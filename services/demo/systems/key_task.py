"""The year's list of key tasks: planned and actual progress in every township."""

from collections.abc import Iterator
from typing import Final

from services.catalog.periods import Period
from services.demo.city import Township, rng_of
from services.demo.rows import Maker, Row

_TASKS: Final = (
    ("C-01", "city"), ("C-02", "city"), ("C-03", "city"), ("C-04", "city"), ("X-01", "county"), ("X-02", "county"),
    ("Z-01", "township"), ("Z-02", "township"), ("V-01", "village"),
)  # fmt: skip
_LAGGING: Final = 9


def key_tasks(township: Township, period: Period) -> Iterator[Row]:
    """One row a task; townships that lag do so in all of them, and most tasks catch up in the last months."""
    year, month = period.year, period.number
    for task, level in _TASKS:
        where = {"city": "", "county": f"{township.county}-"}.get(level, f"{township.code[:9]}-")
        name = f"{year}-{where}{task}"
        plan = rng_of("task", name if level == "city" else (township.code, task))
        starts = plan.randint(1, 3)
        planned = 100 if month == 12 else max(0, round(100 * (month - starts + 1) / (13 - starts)))
        pace = rng_of("pace", township.code, task)
        gap = township.lag * pace.uniform(0.4, 1.5)
        if pace.random() < (0.6 if township.lag > _LAGGING else 0.98):
            gap *= min(1.0, (12 - month) / 3)
        actual = max(0, min(100, round(planned - gap))) if planned else 0
        blocked = planned - actual >= 10
        state = "completed" if actual == 100 else "blocked" if blocked else "under_way" if actual else "not_started"
        yield {
            "division": township.code, "task": name, "level": level, "planned_progress": planned,
            "actual_progress": actual, "state": state, "deadline": f"{year}-12-31", "points_published": True,
        } | ({"blocker": "资金拨付滞后，进度落后于计划"} if blocked else {})  # fmt: skip


MAKERS: Final[dict[str, Maker]] = {"key_task": key_tasks}
SINCE: Final[dict[str, str]] = {"key_task": "2021-01"}
