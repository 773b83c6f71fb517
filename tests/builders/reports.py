"""Reports as a township sends them; the forms stand in tests/ingest/systems/trial.yaml."""

from typing import Any

TOWNSHIP = "370104009000"
VILLAGES = ("370104009201", "370104009202", "370104009203")
COMMUNITY = "370104009001"
NEIGHBOUR = "370104010000"
NEIGHBOURS_VILLAGES = ("370104010201", "370104010202", "370104010203")
COUNTY = "370104000000"
UNREGISTERED = "370104009999"


def a_row(division: str = VILLAGES[0], **changes: Any) -> dict[str, Any]:
    """A visit; a change to `...` leaves the field out."""
    row = {"division": division, "visit_no": 1, "hours": 2.5, "done": True, "kind": "home"} | changes
    return {name: value for name, value in row.items() if value is not ...}


def a_report(*rows: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Visits of October 2021, a row for each village unless rows are given."""
    report: dict[str, Any] = {"form": "trial_visit", "period": "2021-10", "division": TOWNSHIP}
    report["rows"] = list(rows) or [a_row(village) for village in VILLAGES]
    return {name: value for name, value in (report | changes).items() if value is not ...}
