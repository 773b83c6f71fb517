"""Every route of the services, and what is asked of it about one division: for whoever tries all doors."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

CODE = "$code"
"""Stands for the code of the division that is asked about."""
UNIQUE = "$unique"
_NUMBERS = count(1)
TOWNSHIPS, VILLAGES, BELOW_CITY = ("township",), ("village",), ("county", "township")


@dataclass(frozen=True)
class Target:
    """A division that somebody asks about; `records` are its own, by table."""

    code: str
    level: str
    records: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Door:
    """A route. `right`: what a key needs; `record`: by which table's number its path names a record; `levels`: of the
    divisions that may be asked about; `refused`: what it may answer about a division outside the scope.
    """

    right: str | None
    query: dict[str, Any] = field(default_factory=dict)
    body: Any = None
    record: str | None = None
    levels: tuple[str, ...] = ("city", "county", "township", "village")
    refused: tuple[int, ...] = (403, 404)
    for_people: bool = False
    ends_the_session: bool = False


OF_A_VILLAGE = "a village's own"
"""No right that anybody has: others find no such page."""
PERIOD = {"period": "2021-11"}
AT = {"division": CODE}
_TIMES = {"starts_at": "2021-12-20T14:00:00+08:00", "ends_at": "2021-12-20T15:00:00+08:00"}
_MEETING = {
    "kind": "work_meeting", "period": "2021-12", "subject": "例会", "agenda": ["通报"], "place": "会议室",
    "invited": [], "holder": CODE, **_TIMES,
}  # fmt: skip
_MOVED = {"event": "moved", "text": "改期", **_TIMES}
_ORDER = {"kind": "order", "addressee": CODE, "subject": "未开展", "text": "请说明。", "due_on": "2021-12-20"}
_REOPENING = {"form": "meeting_day", "reason": "停电", "until": "2021-12-30T00:00:00+08:00", **AT, **PERIOD}

API = {
    "GET /v1/periods": Door("read"),
    "GET /v1/catalog": Door("read"),
    "GET /v1/snapshots": Door("read"),
    "GET /v1/drilldown/{code}": Door("read", PERIOD),
    "GET /v1/divisions/{code}": Door("read"),
    "GET /v1/divisions/{code}/children": Door("read"),
    "GET /v1/villages/{code}": Door("read", PERIOD, levels=VILLAGES),
    "GET /v1/values": Door("read", {"metric": "meeting_held_rate", "children": "true", **AT, **PERIOD}),
    "GET /v1/rankings": Door("read", {"metric": "meeting_held_rate", "level": "village", **AT, **PERIOD}),
    "GET /v1/explain/{metric}": Door("read", AT | PERIOD),
    "GET /v1/compliance": Door("read", AT | PERIOD),
    "GET /v1/cards": Door("read", AT),
    "GET /v1/cards/{number}": Door("read", record="card"),
    "POST /v1/cards/{number}/events": Door("act", body={"event": "acknowledged"}, record="card"),
    "GET /v1/orders": Door("read", AT),
    "GET /v1/orders/{number}": Door("read", record="supervision_order"),
    "POST /v1/orders": Door("act", body=_ORDER, levels=BELOW_CITY, refused=(403, 404, 422)),
    "POST /v1/orders/{number}/events": Door(
        "act", body={"event": "replied", "text": "已补开。"}, record="supervision_order"
    ),
    "GET /v1/meetings": Door("read", AT),
    "GET /v1/meetings.ics": Door("read", AT),
    "GET /v1/meetings/{number}": Door("read", record="meeting"),
    "POST /v1/meetings": Door("act", body=_MEETING, levels=("city", "county", "township")),
    "POST /v1/meetings/{number}/events": Door("act", body=_MOVED, record="meeting"),
    "GET /v1/contact-points": Door("read", AT),
    "PUT /v1/contact-points/{code}": Door("act", body={"office": "组织部", "post": "科长"}, levels=TOWNSHIPS),
    "DELETE /v1/contact-points/{code}": Door("act", levels=TOWNSHIPS),
    "GET /v1/audit": Door("audit", AT),
    "GET /v1/accounts": Door("administer", AT),
    "GET /v1/accounts/{number}": Door("administer", record="account"),
    "PATCH /v1/accounts/{number}": Door("administer", body={"display_name": "办公室"}, record="account"),
    "POST /v1/accounts": Door(
        "administer", body={"name": UNIQUE, "role": "township_clerk", **AT}, levels=TOWNSHIPS
    ),
    "GET /v1/keys": Door("administer"),
    "POST /v1/keys": Door("administer", body={"name": "x", "rights": ["read"], **AT}),
    "POST /v1/keys/{prefix}/rotation": Door("administer", body={}, record="api_key_prefix"),
    "DELETE /v1/keys/{prefix}": Door("administer", record="api_key_prefix"),
    "GET /v1/me": Door(None),
    "PUT /v1/me/totp": Door(None, body={"code": "000000"}, for_people=True),
    "DELETE /v1/me/totp": Door(None, body={"password": "wrong"}, for_people=True),
    "POST /v1/me/totp": Door(None, for_people=True),
    "PUT /v1/me/password": Door(None, body={"present": "wrong", "new": "wrong too"}, for_people=True),
    "DELETE /v1/sessions/current": Door(None, for_people=True, ends_the_session=True),
}  # fmt: skip
INGEST = {
    "GET /v1/forms": Door(None),
    "GET /v1/forms/{form}/schema.json": Door(None),
    "GET /v1/calendar": Door("read", AT),
    "GET /v1/calendar/reminders": Door("read", AT),
    "GET /v1/calendar/reopenings": Door("read", AT),
    "POST /v1/calendar/reopenings": Door("act", body=_REOPENING, levels=TOWNSHIPS),
    "GET /v1/submissions": Door(None, AT),
    "GET /v1/submissions/{submission}": Door(None, record="submission"),
    "GET /v1/submissions/{submission}/rows": Door("read", record="submission"),
    "GET /v1/submissions/{submission}/changes": Door("read", record="submission"),
    "GET /v1/quarantine": Door("read", AT),
    "GET /v1/quarantine/{number}": Door("read", record="quarantine"),
    "GET /v1/quarantine/{number}/body": Door("read", record="quarantine"),
    "GET /v1/forms/{form}/units": Door(None, AT | PERIOD, levels=TOWNSHIPS),
    "GET /v1/forms/{form}/template.xlsx": Door(None, AT | PERIOD, levels=TOWNSHIPS),
    "POST /v1/submissions": Door(
        "report", body={"form": "meeting_day", "rows": [], **AT, **PERIOD}, levels=TOWNSHIPS
    ),
    "POST /v1/submissions/{submission}/events": Door(None, body={"event": "accepted"}, record="submission"),
}
PAGES = {
    "GET /": Door("read", {"metric": "meeting_held_rate", **PERIOD}),
    "GET /cards": Door("read", AT),
    "GET /cards/{number}": Door("read", record="card"),
    "GET /compliance": Door("read", AT | PERIOD),
    "GET /divisions/{code}": Door("read", PERIOD),
    "GET /explain/{metric}": Door("read", AT | PERIOD),
    "GET /rankings": Door("read", AT | PERIOD, refused=(200,)),  # asks for no division: tells the own
    "GET /villages/{code}": Door("read", PERIOD, levels=VILLAGES),
    "POST /cards/{number}": Door("act", body={"event": "acknowledged", "etag": "*"}, record="card"),
    "GET /desk": Door("report"),
    "GET /desk/{form}/{period}": Door("report"),
    "GET /desk/{form}/{period}/template.xlsx": Door("report"),
    "POST /desk/{form}/{period}": Door("report", body={"do": "check", "nil": "on"}),
    "POST /desk/{form}/{period}/file": Door("report", body={"do": "check"}),
    "POST /desk/{form}/{period}/events": Door("report", body={"event": "withdrawn", "reason": "填错"}),
    "GET /desk/receipts/{number}": Door("report", record="submission"),
    "GET /terminal": Door(OF_A_VILLAGE),
    "GET /quarantine": Door("read"),
    "GET /quarantine/{number}": Door("read", record="quarantine"),
    "GET /quarantine/{number}/body": Door("read", record="quarantine"),
    "GET /account": Door(None),
    "POST /account": Door(None, body={"do": "confirm", "code": "000000"}),
    "GET /administration": Door("administer"),
    "POST /administration": Door("administer", body={"name": UNIQUE, "role": "township_clerk", "division": "1"}),
    "GET /administration/accounts/{number}": Door("administer", record="account"),
    "POST /administration/accounts/{number}": Door("administer", body={"do": "disable"}, record="account"),
    "GET /administration/keys": Door("administer"),
    "POST /administration/keys": Door("administer", body={"name": "x", "rights": "read", "division": "1"}),
    "POST /administration/keys/{prefix}": Door("administer", body={"do": "revoke"}, record="api_key_prefix"),
}
NOT_TRIED = {
    "GET /healthz": "whether it runs is nobody's",
    "GET /readyz": "whether it can answer is nobody's",
    "GET /openapi.json": "the contract holds nothing of anybody",
    "GET /v1/forms/openapi.json": "the contract holds nothing of anybody",
    "POST /v1/sessions": "makes who calls, and tells nothing else; tests/api/test_accounts.py",
    "GET /v1/sign-in": "tells what ways in there are, and nothing else",
    "POST /v1/sessions/oidc/requests": "tells an address of the provider; tests/api/test_oidc.py",
    "POST /v1/sessions/oidc": "makes who calls, and tells nothing else; tests/api/test_oidc.py",
    "GET /v1/events": "goes on for ever, and tells what is served alone; tests/api/test_scope.py and test_events.py",
    "GET /live": "relays the events",
    "GET /sign-in/oidc": "leads to the provider",
    "GET /sign-in/oidc/callback": "makes who calls; tests/dashboards/test_single_sign_on.py",
    "GET /sign-in": "a form", "POST /sign-in": "makes who calls", "POST /sign-out": "ends who calls",
    "GET /static/{hash}/{name:path}": "files that everybody may have",
}  # fmt: skip
"""Routes that tell nothing of any division, each with the reason."""


def filled(said: Any, code: str) -> Any:
    """What is said with the division's code in its place."""
    if isinstance(said, dict):
        return {name: filled(value, code) for name, value in said.items()}
    if said == UNIQUE:
        return f"desk{next(_NUMBERS)}"
    return code if said == CODE else said


def path_of(route: str, door: Door, target: Target | None) -> str:
    """The route's path, about this target."""
    path = route.split(" ")[1].replace("{metric}", "meeting_held_rate").replace("{form}", "meeting_day")
    path = path.replace("{period}", PERIOD["period"])
    if target is None:
        return path
    number = target.records.get(door.record or "", 0)
    for name in ("{number}", "{submission}", "{prefix}"):
        path = path.replace(name, str(number))
    return path.replace("{code}", target.code)


def targets_of(route: str, door: Door, targets: Sequence[Target]) -> Sequence[Target | None]:
    """What may be asked about at a door; None alone, where no division is asked about."""
    if door.record is not None:
        return [target for target in targets if door.record in target.records]
    if "{code}" in route or CODE in (door.body or {}).values() or CODE in door.query.values():
        return [target for target in targets if target.level in door.levels]
    return [None]
