"""GET /v1/audit: who did what, when and from where, within the scope."""

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime
from sqlalchemy import ColumnElement, Row, and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.api.audit.schemas import Actor, AuditAnswer, AuditEvent
from services.api.contract import TOWNSHIP, told_now
from services.api.parameters import After, DivisionParameter, Limit, Position, next_link
from services.api.records import LARGEST_ID, told
from services.api.register import prefix_within
from services.api.viewer import Auditor
from services.core.clock import TIME_ZONE
from services.core.scopes import answering
from services.core.tables.accounts import account, api_key
from services.core.tables.accounts import audit_event as events

router = APIRouter(prefix="/v1/audit", tags=["audit"])

_EVENT: Final[dict[str, Any]] = {
    "id": 1204, "at": "2021-12-10T10:03:12.250114+08:00",
    "actor": {"key": "5f2c91aa", "name": "历城区 / Licheng county", "account_id": None, "account": None},
    "action": "changed", "kind": "supervision_order", "subject": "3", "division": TOWNSHIP["code"],
    "origin": "10.0.0.7", "before": {"state": "issued", "version": 1}, "after": {"state": "replied", "version": 2},
    "hash": "9d0c6f0c1b3fd9d0d9c7c8e4b8a1f1f3f4a6f1a0b9e35f7f7e5a0f9be0a4c711",
}  # fmt: skip

Number = Annotated[
    int | None, Query(ge=1, le=LARGEST_ID, description="账号编号。 An account's number.", examples=[4])
]
Key = Annotated[str | None, Query(description="密钥前缀。 The prefix of a key.", examples=["5f2c91aa"])]
Kind = Annotated[str | None, Query(description="对象种类。 What was acted upon.", examples=["supervision_order"])]
Subject = Annotated[str | None, Query(description="对象编号。 Its number.", examples=["3"])]
Action = Annotated[str | None, Query(description="动作。 What was done.", examples=["changed"])]
Since = Annotated[AwareDatetime | None, Query(description="自此刻起。 From this moment on.")]
Until = Annotated[AwareDatetime | None, Query(description="至此刻前。 Before this moment.")]


class Cursor(Position, frozen=True, array_like=True):
    """The last event of a page: the next one begins behind it."""

    id: int


@router.get("", response_model=AuditAnswer, responses=told_now({"events": [_EVENT], "next": None}))
async def read_audit(
    request: Request,
    auditor: Auditor,
    *,
    division: DivisionParameter = None,
    key: Key = None,
    account: Number = None,
    kind: Kind = None,
    subject: Subject = None,
    action: Action = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    cursor: After = None,
) -> Response:
    """审计日志，最近的在前；须有“audit”权限。 What was done, the newest first; wants the right `audit`."""
    after = Cursor.parse(cursor)
    equal = {"account_id": account, "kind": kind, "subject": subject, "action": action}
    wanted = [events.c[name] == _storable(value) for name, value in equal.items() if value is not None]
    if key is not None:
        wanted.append(api_key.c.prefix == _storable(key))
    async with answering(request, auditor) as connection:
        if division is not None:
            wanted.append(events.c.division.startswith(await prefix_within(connection, auditor, division)))
        wanted += _between(since, until) + ([] if after is None else [events.c.id < after.id])
        rows = await _read(connection, and_(True, *wanted), limit + 1)
    behind = str(Cursor(rows[limit - 1].id)) if len(rows) > limit else None
    found = told(request, AuditAnswer([_event(row) for row in rows[:limit]], behind))
    if behind is not None:
        found.headers["link"] = next_link(request, behind)
    return found


def _storable(value: object) -> object:
    """A filter as Postgres takes it: no text there has a NUL, so nothing is found by one."""
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value


def _between(since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    found = [] if since is None else [events.c.at >= since]
    return found if until is None else [*found, events.c.at < until]


async def _read(connection: AsyncConnection, wanted: ColumnElement[bool], limit: int) -> list[Row[Any]]:
    """Events of the scope: row-level security leaves out all others."""
    query = (
        select(events, api_key.c.prefix, api_key.c.name, account.c.name.label("account"))
        .join(api_key, api_key.c.id == events.c.key_id, isouter=True)
        .join(account, account.c.id == events.c.account_id, isouter=True)
        .where(wanted)
        .order_by(events.c.id.desc())
        .limit(limit)
    )
    return list((await connection.execute(query)).all())


def _event(row: Row[Any]) -> AuditEvent:
    return AuditEvent(
        id=row.id,
        at=row.at.astimezone(TIME_ZONE).isoformat(),
        actor=Actor(row.prefix, row.name, row.account_id, row.account),
        action=row.action,
        kind=row.kind,
        subject=row.subject,
        division=row.division,
        origin=row.origin,
        before=row.before,
        after=row.after,
        hash=row.hash.hex(),
    )
