"""Two years of star ratings: points on 25 standards, vetoes, and how far each village came through the five gates."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Final

from services.catalog.periods import Period
from services.demo.city import Township, Village, rng_of
from services.demo.rows import Maker, Row

_STANDARDS: Final = {
    "org_setup": 4, "org_leadership": 5, "org_life": 5, "org_membership": 4, "org_role": 4, "org_place": 4,
    "org_records": 4, "body_secretary": 4, "body_complete": 3, "body_unity": 3, "body_duty": 3, "body_integrity": 4,
    "body_reserve": 3, "results_income": 6, "results_assets": 4, "results_industry": 4, "results_tasks": 5,
    "results_environment": 4, "results_order": 4, "results_customs": 3, "service_pledges": 5, "service_visits": 4,
    "service_openness": 4, "service_desk": 3, "service_satisfaction": 4,
}  # fmt: skip
_VETOES: Final = (
    "weak_list", "secretary_vacant", "secretary_penalty", "secretary_crime", "member_crime", "unfit_member",
    "gang_influence", "vote_buying", "no_organisation_life", "four_step_broken", "accounts_hidden", "funds_misused",
    "irregular_contract", "unlawful_debt", "false_report", "safety_accident", "pollution", "land_violation",
    "mass_incident", "villagers_disapprove",
)  # fmt: skip
_LIKELY: Final = (
    "weak_list", "secretary_vacant", "irregular_contract", "land_violation", "pollution", "safety_accident"
)  # fmt: skip
_GATES: Final = ("township", "villagers", "county", "publicity", "city")
_FIRST_YEAR: Final = 2020
_LAST_YEAR: Final = 2021


def star_ratings(township: Township, period: Period) -> Iterator[Row]:
    """One row a village."""
    for village in township.villages:
        yield _star_rating(village, period.year)


def _star_rating(village: Village, year: int) -> Row:
    vetoed = {past: _veto(village, past) for past in range(_FIRST_YEAR, year + 1)}
    row: Row = {"division": village.code, **_points(village, year)}
    row |= {f"veto_{name}": name == vetoed[year] for name in _VETOES}
    row |= _gates(rng_of("gates", village.code, year), year)
    if vetoed.get(year - 1) == "weak_list" != vetoed[year]:
        row["note"] = "上年整顿对象，已通过验收"
    return row


def _points(village: Village, year: int) -> dict[str, int]:
    """The same throw of the dice every year, so that points rise and fall with the village and not by chance."""
    rng = rng_of("stars", village.code)
    slips = year == _LAST_YEAR and village.slips_from is not None
    level = min(0.96, max(0.3, village.vigour + 0.11 - 0.025 * (_LAST_YEAR - year) - (0.12 if slips else 0)))
    return {name: sum(rng.random() < level for _ in range(most)) for name, most in _STANDARDS.items()}


def _veto(village: Village, year: int) -> str | None:
    """What bars a village from four and five stars in a year, if anything does."""
    rng = rng_of("veto", village.code, year)
    slips = year == _LAST_YEAR and village.slips_from is not None
    return rng.choice(_LIKELY) if rng.random() < 0.012 + (0.08 if slips else 0) else None


def _gates(rng: Random, year: int) -> Row:
    """Gates are passed one after the other; a few villages fail at one or, in the last year, still wait at one."""
    stuck = rng.randrange(5) if rng.random() < (0.035 if year == _LAST_YEAR else 0.008) else None
    outcome = "failed" if year < _LAST_YEAR or rng.random() < 0.5 else "pending"
    row: Row = {}
    day = date(year, 10, rng.randint(8, 20))
    for number, gate in enumerate(_GATES):
        reached = stuck is None or number < stuck
        row[f"gate_{gate}"] = "passed" if reached else outcome if number == stuck else "pending"
        if row[f"gate_{gate}"] != "pending":
            row[f"gate_{gate}_on"] = day.isoformat()
        day += timedelta(days=rng.randint(6, 13))
    return row


MAKERS: Final[dict[str, Maker]] = {"star_rating": star_ratings}
SINCE: Final[dict[str, str]] = {"star_rating": str(_FIRST_YEAR)}
