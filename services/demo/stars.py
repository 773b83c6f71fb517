"""A village's star rating: points on 25 standards, vetoes, and how far it has come through the five gates."""

from datetime import date, timedelta
from random import Random
from typing import Any, Final

from services.demo.city import Village, rng_of

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
_RARE: Final = (
    "weak_list",
    "secretary_vacant",
    "irregular_contract",
    "land_violation",
    "pollution",
    "safety_accident",
)
_GATES: Final = ("township", "villagers", "county", "publicity", "city")


def star_row(village: Village, year: int) -> dict[str, Any]:
    """One row of the form `star_rating`."""
    rng = rng_of("stars", village.code)
    level = min(0.99, max(0.3, village.vigour + 0.11 - (0.12 if village.slips_from else 0)))
    points = {name: sum(rng.random() < level for _ in range(most)) for name, most in _STANDARDS.items()}
    vetoed = rng.choice(_RARE) if rng.random() < 0.018 + (0.08 if village.slips_from else 0) else None
    vetoes = {f"veto_{name}": name == vetoed for name in _VETOES}
    return {"division": village.code, **points, **vetoes, **_gates(rng, year)}


def _gates(rng: Random, year: int) -> dict[str, Any]:
    """Gates are passed one after the other; a few villages fail at one or still wait at one."""
    stuck = rng.randrange(5) if rng.random() < 0.035 else None
    outcome = "failed" if rng.random() < 0.5 else "pending"
    row: dict[str, Any] = {}
    day = date(year, 10, rng.randint(8, 20))
    for number, gate in enumerate(_GATES):
        reached = stuck is None or number < stuck
        row[f"gate_{gate}"] = "passed" if reached else outcome if number == stuck else "pending"
        if row[f"gate_{gate}"] != "pending":
            row[f"gate_{gate}_on"] = day.isoformat()
        day += timedelta(days=rng.randint(6, 13))
    return row
