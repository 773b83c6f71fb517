"""Half-yearly reviews of the village secretaries: who holds the office, how they score, who is adjusted."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Final

from services.catalog.periods import Period
from services.demo.city import Township, Village, rng_of, simulated_city
from services.demo.rows import Maker, Row

_ADJUSTED: Final = {
    "2019-H1": 388, "2019-H2": 352, "2020-H1": 301, "2020-H2": 335, "2021-H1": 297, "2021-H2": 253,
}  # fmt: skip
"""Adjustments carried out in each half-year; together the published 1,900 and more."""
_LEFT_OPEN: Final = 26
"""Adjustments of each half-year that are decided and not carried out by its end."""
INDICATORS: Final = (
    "loyalty_stance", "loyalty_decisions", "loyalty_study", "loyalty_organisation_life",
    "capability_development", "capability_rule_of_law", "capability_mobilisation", "capability_disputes",
    "responsibility_key_tasks", "responsibility_hard_problems", "responsibility_duty_hours",
    "responsibility_pledges", "reputation_villagers", "reputation_members", "reputation_requests",
    "self_discipline_integrity", "self_discipline_openness", "self_discipline_conduct",
)  # fmt: skip
_ORDINARY: Final = ("false_report", "task_refused", "absent", "petition", "contract", "accounts_hidden", "four_steps")
_VETOES: Final = ("penalty", "crime", "funds")
_NO_HITS: Final = {f"negative_{item}": False for item in (*_ORDINARY, *_VETOES)}
_EDUCATION: Final = ("junior_or_less", "senior_secondary", "college", "bachelor_or_more")
_NOTES: Final = ("已提醒谈话，责令限期整改", "已核实情况，按规定作出处理", "问题已交办，正在整改")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a village's secretary stands at the end of a half-year.

    `term` counts the secretaries from 0, `served` the half-years of this one before this; `level` is what the
    indicators come to before anything is taken off.
    """

    term: int
    served: int
    level: float
    hits: tuple[str, ...]
    outcome: str
    reason: str | None = None
    decided_on: date | None = None
    adjusted_on: date | None = None

    @property
    def expected_index(self) -> float:
        """About what the index comes to."""
        return self.level - sum(10 if item in _VETOES else 5 for item in self.hits)


@dataclass
class _Career:
    """A village's office as the plan goes from half-year to half-year."""

    village: Village
    rng: Random
    term: int = 0
    served: int = 0
    quality: float = 0.0
    pending: date | None = None
    level: float = 0.0
    hits: tuple[str, ...] = field(default=())

    def begin(self, half: Period) -> None:
        """Fix how the secretary does in this half-year."""
        slips_from = self.village.slips_from
        slips = half.year == 2021 and slips_from is not None and slips_from <= half.last_day.month
        base = 79.5 + 50 * (self.village.vigour - 0.71) + 5.2 * self.quality - (10 if slips else 0)
        self.level = min(97.0, max(35.0, base + self.rng.gauss(0, 1.2)))
        is_settled = self.pending is None and (self.term == 0 or self.served >= 2)
        if is_settled and self.rng.random() < 0.0009:
            self.hits = (self.rng.choice(_VETOES),)
        elif self.rng.random() < (0.08 if self.level < 62 else 0.06 if slips else 0.003):
            self.hits = tuple(self.rng.sample(_ORDINARY, 2 if self.rng.random() < 0.2 else 1))
        else:
            self.hits = ()

    def urgency(self) -> float:
        """The lower, the sooner the secretary is adjusted; a veto item comes before all."""
        if any(item in _VETOES for item in self.hits):
            return -100
        return self.level + self.rng.gauss(0, 8)

    def standing(self, half: Period, adjusted_on: date | None, reason: str | None) -> Standing:
        """Close the half-year; whoever was adjusted has a successor in the next."""
        is_adjusted, decided_on = reason is not None, self.pending
        outcome = "adjust" if is_adjusted else "coach" if self.level < 68 or self.rng.random() < 0.02 else "keep"
        found = Standing(self.term, self.served, self.level, self.hits, outcome, reason, decided_on, adjusted_on)
        self.served += 1
        if adjusted_on is not None:
            self.term, self.served, self.pending = self.term + 1, 0, None
            self.quality = self.rng.gauss(0.4, 1)
        return found


def standing_of(village: Village, half: Period) -> Standing:
    """The village's standing in one of the half-years that are reported."""
    return _plan()[village.code, half.ordinal]


@cache
def _plan() -> Mapping[tuple[str, int], Standing]:
    villages = [village for township in simulated_city() for village in township.villages]
    careers = [_Career(village, rng_of("career", village.code)) for village in villages]
    for career in careers:
        career.quality = career.rng.gauss(0, 1)
    plan = {}
    for text, adjusted in _ADJUSTED.items():
        half = Period.parse(text)
        for career, standing in _reviewed(careers, half, adjusted):
            plan[career.village.code, half.ordinal] = standing
    return plan


def _reviewed(careers: list[_Career], half: Period, adjusted: int) -> Iterator[tuple[_Career, Standing]]:
    """Every review of one half-year, with exactly `adjusted` adjustments carried out in it."""
    for career in careers:
        career.begin(half)
    rng = rng_of("reviews", half)
    waiting = [career for career in careers if career.pending is not None]
    done = {id(career) for career in waiting if rng.random() < 0.8}
    eligible = [c for c in careers if c.pending is None and (c.term == 0 or c.served >= 2)]
    ordered = sorted(((career.urgency(), career.village.code, career) for career in eligible), key=lambda e: e[:2])
    taken = [career for _, _, career in ordered[: adjusted - len(done) + _LEFT_OPEN]]
    # The vetoes stand first: what is left open comes after them.
    finished = {id(career) for career in taken[: adjusted - len(done)]}
    chosen = {id(career) for career in taken}
    for career in careers:
        adjusted_on = reason = None
        if career.pending is not None:
            reason = "index_low" if career.level < 60 else "other"
            if id(career) in done:
                adjusted_on = half.first_day + timedelta(days=rng.randint(4, 80))
        elif id(career) in chosen:
            is_finished = id(career) in finished
            career.pending = half.first_day + timedelta(days=rng.randint(8, 120 if is_finished else 178))
            reason = _reason(career, rng)
            if is_finished:
                adjusted_on = career.pending + timedelta(days=rng.randint(7, 55))
        yield career, career.standing(half, adjusted_on, reason)


def _reason(career: _Career, rng: Random) -> str:
    if any(item in _VETOES for item in career.hits):
        return "veto_item"
    if career.level < 60:
        return "index_low"
    if career.level < 66:
        return "last_places"
    return rng.choices(("age_or_health", "other_work", "other"), (55, 27, 18))[0]


def _reviews(township: Township, period: Period) -> Iterator[Row]:
    for village in township.villages:
        standing = standing_of(village, period)
        rng = rng_of("secretary", village.code, standing.term)
        holder = _holder(rng, standing, period)
        profile = [rng.gauss(0, 3.5) for _ in INDICATORS]
        now = rng_of("review", village.code, period)
        scores = {
            name: min(99, max(20, round(standing.level + strength + now.gauss(0, 1.5))))
            for name, strength in zip(INDICATORS, profile, strict=True)
        }
        yield {"division": village.code, **holder, **scores, **_outcome(standing, now)}


def _holder(rng: Random, standing: Standing, period: Period) -> Row:
    """Who holds the office: a key without a name, and bands instead of dates."""
    is_first = standing.term == 0
    key = f"{rng.getrandbits(40):010x}"
    age = rng.gauss(50, 7.5) if is_first else rng.gauss(44, 7)
    tenure = (rng.randint(2, 24) if is_first else 0) + standing.served
    is_acting = not is_first and standing.served == 0 and rng.random() < 0.08
    return {
        "secretary_key": key,
        "office": "acting" if is_acting else "secretary",
        "age_band": _age_band(max(27.0, age) + (tenure if not is_first else standing.served) / 2),
        "education_band": rng.choices(_EDUCATION, (24, 44, 24, 8) if is_first else (8, 36, 36, 20))[0],
        "tenure_years": tenure // 2,
        "head_of_village": rng.random() < (0.86 if period.year < 2021 else 0.95),
        "head_of_collective": rng.random() < 0.9,
        "other_posts": rng.choices((0, 1, 2), (62, 30, 8))[0],
    }


def _age_band(age: float) -> str:
    bands = ((35, "under_35"), (45, "from_35_to_44"), (55, "from_45_to_54"), (60, "from_55_to_59"))
    return next((band for limit, band in bands if age < limit), "sixty_or_over")


def _outcome(standing: Standing, rng: Random) -> Row:
    row: Row = _NO_HITS | {f"negative_{item}": True for item in standing.hits}
    row["review_outcome"] = standing.outcome
    if standing.reason is not None:
        row["adjust_reason"] = standing.reason
    dates = {"adjust_decided_on": standing.decided_on, "adjusted_on": standing.adjusted_on}
    row |= {name: day.isoformat() for name, day in dates.items() if day is not None}
    if standing.hits:
        row["note"] = rng.choice(_NOTES)
    return row


MAKERS: Final[dict[str, Maker]] = {"secretary_review": _reviews}
SINCE: Final[dict[str, str]] = {"secretary_review": "2019-H1"}
COMPLETE: Final[frozenset[str]] = frozenset({"secretary_review"})
