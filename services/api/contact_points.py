"""/v1/contact-points: the townships that an office above keeps in touch with, and by which post."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from pydantic import TypeAdapter
from sqlalchemy import Row, func, insert, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.api.contract import COUNTY, TOWNSHIP, changed, taken, told_now
from services.api.parameters import DivisionInPath, DivisionParameter, malformed
from services.api.records import Content, Line, fault, read_content, refuse, require_actor, told
from services.api.register import prefix_within, read_names, require_present
from services.api.schemas import DivisionRef
from services.api.viewer import Actor, Reader
from services.catalog.divisions import DivisionCode, InvalidDivisionCode
from services.core.accounts import Caller
from services.core.clock import Clock
from services.core.problems import Problem
from services.core.scopes import answering
from services.core.tables.orders import contact_point as points
from services.core.tables.orders import contact_point_event as events

router = APIRouter(prefix="/v1/contact-points", tags=["contact points"])


class NewContact(Content):
    """Who the contact is: an office and a post, never a name. Without `since` from today on."""

    office: Line
    post: Line
    since: date | None = None


@dataclass(frozen=True, slots=True)
class ContactPoint:
    """A contact township. `until` is the first day that the contact is no more, null while it is."""

    township: DivisionRef
    county: DivisionRef
    office: str
    post: str
    since: str
    until: str | None


@dataclass(frozen=True, slots=True)
class ContactPointsAnswer:
    """Contact points by township, the present contact of each before those it had."""

    contact_points: list[ContactPoint]


_NEW: Final = TypeAdapter(NewContact)
_CONTACT: Final = {"office": "县委组织部", "post": "副部长", "since": "2021-03-01"}
_POINT: Final[dict[str, Any]] = {"township": TOWNSHIP, "county": COUNTY, **_CONTACT, "until": None}
_PAGE: Final = {"contact_points": [_POINT]}

Past = Annotated[bool, Query(description="是否包括已结束的。 Whether those that have ended are told too.")]


@router.get("", response_model=ContactPointsAnswer, responses=told_now(_PAGE))
async def read_contact_points(
    request: Request, reader: Reader, division: DivisionParameter = None, past: Past = False
) -> Response:
    """联系点乡镇与联系岗位。 Contact townships and the posts that keep in touch with them."""
    async with answering(request, reader) as connection:
        prefix = await prefix_within(connection, reader, division)
        wanted = true() if past else points.c.until.is_(None)
        query = select(points).where(points.c.township.startswith(prefix), wanted)
        order = (points.c.township, points.c.until.desc().nulls_first(), points.c.id.desc())
        rows = (await connection.execute(query.order_by(*order))).all()
        found = await _told(connection, rows)
    return told(request, ContactPointsAnswer(found))


@router.put("/{code}", response_model=ContactPoint, responses=changed(_POINT, 200), openapi_extra=taken(
    _NEW, {"contact": _CONTACT}
))  # fmt: skip
async def set_contact_point(request: Request, actor: Actor, code: DivisionInPath) -> Response:
    """设立联系点或更换联系岗位；原联系到新联系之日为止。 Set a contact; the one before ends when it begins."""
    clock: Clock = request.app.state.clock
    content = await read_content(request, _NEW)
    async with answering(request, actor) as connection:
        await keep_contact(connection, actor, code, content, clock)
        [found] = await _told(connection, [await _present(connection, code)])
    return told(request, found)


@router.delete("/{code}", response_model=ContactPoint, responses=changed(_POINT, 200))
async def end_contact_point(request: Request, actor: Actor, code: DivisionInPath) -> Response:
    """自今日起不再是联系点。 From today on it is a contact point no more."""
    clock: Clock = request.app.state.clock
    async with answering(request, actor) as connection:
        await _require_above(connection, actor, code, clock.today())
        present = await _present(connection, code)
        if present is None:
            raise Problem("not_found")
        await _end(connection, actor, present, max(clock.today(), present.since), clock)
        ended = await connection.execute(select(points).where(points.c.id == present.id))
        [found] = await _told(connection, ended.all())
    return told(request, found)


async def keep_contact(
    connection: AsyncConnection, caller: Caller, code: str, content: NewContact, clock: Clock
) -> None:
    """Set a township's contact; Problem unless the caller stands above it. Set again it stays as it is."""
    county = await _require_above(connection, caller, code, clock.today())
    present = await _present(connection, code)
    since = content.since or (present.since if present and _is_contact(present, content) else clock.today())
    if present is not None and _is_contact(present, content) and present.since == since:
        return
    if present is not None:
        await _end(connection, caller, present, since, clock)
    values = {"township": code, "county": county, "since": since}
    query = insert(points).values(values | content.model_dump(exclude={"since"})).returning(points.c.id)
    await _note(connection, caller, (await connection.execute(query)).scalar_one(), "set", clock)


def _is_contact(present: Row[Any], content: NewContact) -> bool:
    return (present.office, present.post) == (content.office, content.post)


async def _require_above(connection: AsyncConnection, caller: Caller, code: str, today: date) -> str:
    """The county of a township; Problem unless the caller sees the one and may act in the name of the other."""
    try:
        township = DivisionCode(code)
    except InvalidDivisionCode as error:
        raise malformed("path/code", "division_invalid", given=code) from error
    await require_present(connection, caller, [code], today)
    if township.level != "township" or township.parent is None:
        wanted = {"wanted": "township", "wanted_zh": "乡镇（街道）"}
        raise malformed("path/code", "division_level_wrong", given=code, **wanted)
    require_actor(caller, township.parent.code)
    # One at a time: of two that find no contact, the second is to find the first.
    await connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"contact {code}", 7264))))
    return township.parent.code


async def _present(connection: AsyncConnection, township: str) -> Row[Any] | None:
    query = select(points).where(points.c.township == township, points.c.until.is_(None))
    return (await connection.execute(query)).one_or_none()


async def _end(connection: AsyncConnection, caller: Caller, present: Row[Any], until: date, clock: Clock) -> None:
    if until < present.since:
        refuse([fault("too_early", "since", earliest=present.since)])
    await connection.execute(update(points).where(points.c.id == present.id).values(until=until))
    await _note(connection, caller, present.id, "ended", clock)


async def _note(connection: AsyncConnection, caller: Caller, number: int, event: str, clock: Clock) -> None:
    values = {"contact_point_id": number, "event": event, "at": clock.now(), "key_id": caller.key_id}
    await connection.execute(insert(events).values(values))


async def _told(connection: AsyncConnection, rows: Any) -> list[ContactPoint]:
    names = await read_names(connection, [code for row in rows for code in (row.township, row.county)])
    return [
        ContactPoint(
            names[row.township], names[row.county], row.office, row.post, row.since.isoformat(),
            None if row.until is None else row.until.isoformat(),
        )
        for row in rows
    ]  # fmt: skip
