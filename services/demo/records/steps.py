"""The steps of the simulated records in order of time, taken through the api's own desks."""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.api.contact_points import NewContact, keep_contact
from services.api.meetings import schemas as meeting_schemas
from services.api.meetings.service import Desk as MeetingDesk
from services.api.orders import schemas as order_schemas
from services.api.orders.service import Desk as OrderDesk
from services.api.records import Seen
from services.catalog.load import Catalog
from services.core.accounts import Caller
from services.core.clock import Clock
from services.demo.records.meetings import MeetingPlan, meetings
from services.demo.records.orders import ContactPlan, OrderPlan, contact_points, orders
from services.demo.timeline import ENDS

_ANY = Seen(None)


@dataclass
class Office:
    """Who takes the steps, and the number of each record by what it was planned as."""

    caller: Caller
    catalog: Catalog
    clock: Clock
    numbers: dict[object, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One thing that an office does at a moment."""

    at: datetime
    take: Callable[[Office, AsyncConnection], Awaitable[None]]


def steps_of(catalog: Catalog) -> list[Step]:
    """Every step before ENDS, in order, of the records that the catalog's forms are computed from."""
    sources = {form.source for form in catalog.computed_forms}
    found: list[Step] = []
    if "orders" in sources:
        found += [step for plan in orders() for step in _of_order(plan)]
        found += [_of_contact(plan) for plan in contact_points()]
    if "meetings" in sources:
        found += [step for plan in meetings() for step in _of_meeting(plan)]
    return sorted((step for step in found if step.at < ENDS), key=lambda step: step.at)


async def take_steps(office: Office, connection: AsyncConnection, together: Iterable[Step]) -> None:
    """Take the steps of one moment."""
    for step in together:
        await step.take(office, connection)


def _of_contact(plan: ContactPlan) -> Step:
    async def keep(office: Office, connection: AsyncConnection) -> None:
        contact = NewContact(office=plan.office, post=plan.post)
        await keep_contact(connection, office.caller, plan.township, contact, office.clock)

    return Step(plan.at, keep)


def _of_order(plan: OrderPlan) -> Iterator[Step]:
    async def issue(office: Office, connection: AsyncConnection) -> None:
        metric = plan.metric if plan.metric in office.catalog.metrics else None
        content = order_schemas.NewOrder(
            kind=plan.kind, issuer=plan.issuer, addressee=plan.addressee, subject=plan.subject, text=plan.text,
            about=order_schemas.NewAbout(metric=metric), due_on=plan.due_on,
        )  # fmt: skip
        desk = OrderDesk(connection, office.caller, office.clock.now())
        office.numbers[id(plan)] = await desk.issue(content, office.catalog)

    yield Step(plan.issued_at, issue)
    for at, content in plan.steps:
        yield Step(at, _order_step(plan, content))


def _order_step(plan: OrderPlan, content: order_schemas.Step) -> Callable[[Office, AsyncConnection], Awaitable[None]]:
    async def take(office: Office, connection: AsyncConnection) -> None:
        desk = OrderDesk(connection, office.caller, office.clock.now())
        await desk.take(office.numbers[id(plan)], content, _ANY)

    return take


def _of_meeting(plan: MeetingPlan) -> Iterator[Step]:
    async def arrange(office: Office, connection: AsyncConnection) -> None:
        content = meeting_schemas.NewMeeting(
            kind=plan.kind, holder=plan.holder, period=plan.period, subject=plan.subject, agenda=list(plan.agenda),
            starts_at=plan.starts_at, ends_at=plan.ends_at, place=plan.place,
            invited=[said.division for said in plan.held.attendance],
        )  # fmt: skip
        desk = MeetingDesk(connection, office.caller, office.clock.now())
        office.numbers[id(plan)] = await desk.plan(content)

    yield Step(plan.planned_at, arrange)
    yield Step(plan.told_at, _meeting_step(plan, plan.held))
    for at, number in plan.done:
        yield Step(at, _meeting_step(plan, meeting_schemas.FollowUpDone(event="follow_up_done", follow_up=number)))


def _meeting_step(
    plan: MeetingPlan, content: meeting_schemas.Held | meeting_schemas.FollowUpDone
) -> Callable[[Office, AsyncConnection], Awaitable[None]]:
    async def take(office: Office, connection: AsyncConnection) -> None:
        desk = MeetingDesk(connection, office.caller, office.clock.now())
        await desk.take(office.numbers[id(plan)], content, _ANY)

    return take
