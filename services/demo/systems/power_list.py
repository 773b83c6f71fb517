"""What villages report of the small-power list: which workflows were kept, which of the 26 rules were broken."""

from collections.abc import Iterator
from random import Random
from typing import Final

from services.catalog.periods import Period
from services.demo.city import Township, Village, rng_of
from services.demo.rows import Maker, Row

_USED: Final = {
    "decision": 0.92, "project": 0.45, "purchase": 0.7, "assets": 0.4, "finance": 1.0, "contract": 0.5,
    "homestead": 0.22, "relief": 0.6, "subsidy": 0.55, "hiring": 0.3, "recruitment": 0.25, "seal": 0.97,
}  # fmt: skip
"""How likely each workflow is used in a quarter."""
_RULES: Final = (
    "decide_alone", "skip_steps", "change_resolution", "false_minutes", "sway_vote",
    "off_books", "false_claim", "bonus", "lend_funds", "new_debt", "hide_accounts",
    "cheap_lease", "oral_contract", "avoid_tender", "own_project", "free_use", "sell_asset",
    "favour_kin", "withhold_subsidy", "charge_fee", "put_off", "favour_homestead",
    "gift", "banquet", "misuse_seal", "retaliate",
)  # fmt: skip
_FREQUENT: Final = {"skip_steps": 8, "hide_accounts": 7, "oral_contract": 9, "put_off": 12, "misuse_seal": 5}
_WEIGHTS: Final = tuple(_FREQUENT.get(rule, 1) for rule in _RULES)
_BLANK: Final = {f"rule_{rule}": 0 for rule in _RULES} | {"breaches_handled": 0}
_FLOWS: Final = tuple((f"flow_{flow}", share) for flow, share in _USED.items())


def _power_list(township: Township, period: Period) -> Iterator[Row]:
    for village in township.villages:
        yield _row(village, period)


def _row(village: Village, period: Period) -> Row:
    rng = rng_of("power", village.code, period)
    slips = village.slips_from is not None and period.last_day.month >= village.slips_from
    slackness = (1 - village.vigour) * 0.01 + (0.06 if slips else 0)
    row: Row = {"division": village.code, "list_published": _published_since(village) <= period.number} | _BLANK
    is_breached = False
    for flow, share in _FLOWS:
        breached = rng.random() < slackness
        used = breached or rng.random() < share
        row[flow] = "breached" if breached else "kept" if used else "not_used"
        is_breached = is_breached or breached
    if rng.random() < slackness * 6:
        _break_rules(rng, row)
        is_breached = True
    if is_breached:
        row["note"] = "已核实，正在整改"
    return row


def _published_since(village: Village) -> int:
    """The quarter in which the village posted its list; a few have not by the year's end."""
    rng = rng_of("power list", village.code)
    return 1 if rng.random() < 0.8 + 0.2 * village.vigour else rng.randint(2, 6)


def _break_rules(rng: Random, row: Row) -> None:
    for rule in rng.choices(_RULES, _WEIGHTS, k=rng.choice((1, 1, 1, 2))):
        row[f"rule_{rule}"] += 1
        row["breaches_handled"] += rng.random() < 0.9


MAKERS: Final[dict[str, Maker]] = {"power_list": _power_list}
SINCE: Final[dict[str, str]] = {"power_list": "2021-Q1"}
COMPLETE: Final[frozenset[str]] = frozenset()
