"""The monthly meeting day: held or missed, who came, and which steps major matters went through."""

from collections.abc import Iterator
from random import Random
from typing import Final

from services.catalog.periods import Period
from services.demo.city import Township, Village, rng_of
from services.demo.rows import Maker, Row

_STEPS: Final = (
    "step_proposal", "step_discussion", "step_review", "step_resolution", "decision_published", "result_published"
)  # fmt: skip
_REASONS: Final = ("no_quorum", "secretary_absent", "emergency", "no_place")
_SLIPS_FOR_MONTHS: Final = 4


def meeting_days(township: Township, period: Period) -> Iterator[Row]:
    """One row a village."""
    for village in township.villages:
        yield _meeting_day(village, period)


def _meeting_day(village: Village, period: Period) -> Row:
    rng, month = rng_of("meeting", village.code, period), period.number
    slipping = village.slips_from is not None and village.slips_from <= month < village.slips_from + _SLIPS_FOR_MONTHS
    held = rng.random() < (0.06 if slipping else 0.975 + 0.02 * village.vigour)
    fixed_day = rng_of("day", village.code).randint(1, 25)
    row: Row = {"division": village.code, "fixed_day": fixed_day, "held": held, "members_expected": village.members}
    if not held:
        return row | _nothing_done() | {"missed_reason": rng.choice(_REASONS)}
    decided = rng.randint(0, 4)
    major = rng.randint(0, decided)
    on_day = rng.random() < 0.6 + 0.35 * village.vigour
    day = fixed_day if on_day else rng.randint(1, 28)
    attendance = rng.gauss(0.66 + 0.25 * village.vigour, 0.06)
    return row | {
        "held_on": period.first_day.replace(day=day).isoformat(),
        "members_attended": min(village.members, round(village.members * attendance)),
        "matters_decided": decided,
        "report_given": rng.random() < 0.8 + 0.2 * village.vigour,
        "accounts_shown": rng.random() < 0.78 + 0.22 * village.vigour,
        "consultation_held": rng.random() < 0.72 + 0.25 * village.vigour,
        "matters_major": major,
    } | _steps(rng, village, major)  # fmt: skip


def _nothing_done() -> Row:
    counts = ("members_attended", "matters_decided", "matters_major", *_STEPS)
    return dict.fromkeys(counts, 0) | dict.fromkeys(("report_given", "accounts_shown", "consultation_held"), False)


def _steps(rng: Random, village: Village, major: int) -> Row:
    kept, row = major, {}
    for step in _STEPS:
        kept -= sum(rng.random() > 0.93 + 0.07 * village.vigour for _ in range(kept))
        row[step] = kept
    return row


MAKERS: Final[dict[str, Maker]] = {"meeting_day": meeting_days}
SINCE: Final[dict[str, str]] = {"meeting_day": "2021-01"}
