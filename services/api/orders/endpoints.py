"""/v1/orders: issued, read, and dealt with step by step."""

from datetime import date
from typing import Annotated, Final, get_args

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection

from services.api.contract import changed, taken, told_now
from services.api.orders import repository
from services.api.orders.documentation import NEW, ONE, PAGE, STEPS
from services.api.orders.repository import Cursor, Filters
from services.api.orders.schemas import Kind, NewOrder, OrderAnswer, OrdersAnswer, State, Step
from services.api.orders.service import Desk
from services.api.orders.tell import event_of, order_of
from services.api.parameters import After, DivisionParameter, Limit, chosen, next_link
from services.api.records import LARGEST_ID, Creation, Seen, read_content, told
from services.api.register import prefix_within, read_names
from services.api.viewer import Actor, Reader
from services.core.clock import Clock
from services.core.problems import Problem
from services.core.scopes import answering

router = APIRouter(prefix="/v1/orders", tags=["orders"])

_KINDS: Final = get_args(Kind)
_STATES: Final = get_args(State)
_NEW_ORDER: Final = TypeAdapter(NewOrder)
_STEP: Final[TypeAdapter[Step]] = TypeAdapter(Step)

Number = Annotated[int, Path(ge=1, le=LARGEST_ID, description="编号。 The order's number.", examples=[3])]
KindParameter = Annotated[
    str | None,
    Query(
        description="督办单、提醒函或实地督查。 An order, a reminder letter or a site inspection.",
        examples=["order"],
        json_schema_extra={"enum": [*_KINDS]},
    ),
]
StateParameter = Annotated[
    str | None,
    Query(
        description="状态，缺省为全部。 By default all.", examples=["issued"], json_schema_extra={"enum": [*_STATES]}
    ),
]
Overdue = Annotated[bool | None, Query(description="是否已逾期未答复。 Whether a reply is overdue.", examples=[True])]


@router.get("", response_model=OrdersAnswer, responses=told_now(PAGE))
async def read_orders(
    request: Request,
    reader: Reader,
    *,
    division: DivisionParameter = None,
    kind: KindParameter = None,
    state: StateParameter = None,
    overdue: Overdue = None,
    limit: Limit = 50,
    cursor: After = None,
) -> Response:
    """发往该区划及其以下的督办，待答复者在前，先到期者在前。 Orders to a division or below it: those that await
    a reply first, then those due soonest.
    """
    clock: Clock = request.app.state.clock
    kind = None if kind is None else chosen(kind, _KINDS, "query/kind")
    state = None if state is None else chosen(state, _STATES, "query/state")
    after = Cursor.parse(cursor)
    today = clock.today()
    async with answering(request, reader) as connection:
        prefix = await prefix_within(connection, reader, division)
        filters = Filters(prefix=prefix, today=today, kind=kind, state=state, overdue=overdue)
        counts = await repository.count_open(connection, prefix, today)
        rows = await repository.read_orders(connection, filters, after, limit + 1)
        names = await read_names(connection, [code for row in rows for code in (row.issuer, row.addressee)])
    behind = str(Cursor.after(rows[limit - 1])) if len(rows) > limit else None
    found = told(request, OrdersAnswer(counts, [order_of(row, names, today) for row in rows[:limit]], behind))
    if behind is not None:
        found.headers["link"] = next_link(request, behind)
    return found


@router.post(
    "",
    status_code=201,
    response_model=OrderAnswer,
    responses=changed(ONE),
    openapi_extra=taken(_NEW_ORDER, NEW, may_be_sent_again=True),
)
async def issue_order(request: Request, actor: Actor) -> Response:
    """发出督办单、提醒函或实地督查。 Issue an order, a reminder letter or a site inspection."""
    clock: Clock = request.app.state.clock
    content = await read_content(request, _NEW_ORDER)
    at = clock.now()
    async with answering(request, actor) as connection:
        creation = Creation.of(request, connection, actor, content)
        before = await creation.answered()
        if before is not None:
            return before
        number = await Desk(connection, actor, at).issue(content, request.app.state.catalog)
        made, _ = await _one(connection, number, actor.scope.prefix, at.date())
        return await creation.answer(made, at)


@router.get("/{number}", response_model=OrderAnswer, responses=told_now(ONE))
async def read_order(request: Request, reader: Reader, number: Number) -> Response:
    """一份督办及其办理经过。 One order with its life."""
    clock: Clock = request.app.state.clock
    async with answering(request, reader) as connection:
        content, version = await _one(connection, number, reader.scope.prefix, clock.today())
    return told(request, content, version=version)


@router.post(
    "/{number}/events",
    status_code=201,
    response_model=OrderAnswer,
    responses=changed(ONE),
    openapi_extra=taken(_STEP, STEPS, if_match=True),
)
async def take_step(request: Request, actor: Actor, number: Number) -> Response:
    """答复、退回、办结或撤回。 Reply, return, close or withdraw."""
    clock: Clock = request.app.state.clock
    seen = Seen.of(request)
    step = await read_content(request, _STEP, tagged=True)
    async with answering(request, actor) as connection:
        await Desk(connection, actor, clock.now()).take(number, step, seen)
        content, version = await _one(connection, number, actor.scope.prefix, clock.today())
    found = told(request, content, version=version)
    found.status_code = 201
    return found


async def _one(connection: AsyncConnection, number: int, prefix: str, today: date) -> tuple[OrderAnswer, int]:
    """The record as it may be seen from below `prefix`, and its version."""
    row = await repository.read_order(connection, number, prefix)
    if row is None:
        raise Problem("not_found")
    events = await repository.read_events(connection, number)
    names = await read_names(connection, [row.issuer, row.addressee])
    return OrderAnswer(order_of(row, names, today), [event_of(event, names) for event in events]), row.version
