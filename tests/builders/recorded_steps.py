"""Orders, contact points and meetings of the small city, through the api's own desks at the city's present moment."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from random import Random
from typing import Any, TypeVar

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection

from services.api.contact_points import NewContact, keep_contact
from services.api.meetings.schemas import NewMeeting
from services.api.meetings.schemas import Step as MeetingStep
from services.api.meetings.service import Desk as MeetingDesk
from services.api.orders.schemas import NewOrder
from services.api.orders.schemas import Step as OrderStep
from services.api.orders.service import Desk as OrderDesk
from services.api.records import Seen
from services.catalog.periods import Period
from services.core.accounts import Caller, KeyRing
from services.core.clock import TIME_ZONE
from tests.builders.keys import a_key
from tests.builders.small_city import CITY, COUNTIES, EAST, WEST, SmallCity

T = TypeVar("T")
_ANY = Seen(None)
_ORDER_STEP: TypeAdapter[Any] = TypeAdapter(OrderStep)
_MEETING_STEP: TypeAdapter[Any] = TypeAdapter(MeetingStep)


@dataclass
class Office:
    """Whoever acts for the whole city."""

    city: SmallCity

    def issue(self, addressee: str, due_on: str, **content: Any) -> int:
        """A new order's number."""
        given = {
            "kind": "order", "issuer": CITY, "addressee": addressee, "subject": f"事项{self._now()}",
            "text": "请答复。", "due_on": date.fromisoformat(due_on),
        }  # fmt: skip
        order = NewOrder.model_validate(given | content)

        async def act(connection: AsyncConnection, caller: Caller) -> int:
            return await OrderDesk(connection, caller, self._now()).issue(order, self.city.catalog)

        return self._act(act)

    def step(self, number: int, event: str, **content: Any) -> None:
        """The next step of an order."""
        taken = _ORDER_STEP.validate_python({"event": event} | content)

        async def act(connection: AsyncConnection, caller: Caller) -> None:
            await OrderDesk(connection, caller, self._now()).take(number, taken, _ANY)

        self._act(act)

    def keep_in_touch(self, township: str, post: str = "副部长") -> None:
        """From today on it is a contact point."""

        async def act(connection: AsyncConnection, caller: Caller) -> None:
            contact = NewContact(office="市委组织部", post=post)
            await keep_contact(connection, caller, township, contact, self.city.clock)

        self._act(act)

    def plan(self, holder: str, kind: str, period: str, invited: Sequence[str] = (), on: str | None = None) -> int:
        """A meeting's number, on the last day of its period unless told."""
        day = Period.parse(period).last_day if on is None else date.fromisoformat(on)
        meeting = NewMeeting.model_validate({
            "kind": kind, "holder": holder, "period": period, "subject": "会议", "agenda": ["通报"],
            "place": "会议室", "starts_at": datetime.combine(day, time(9), TIME_ZONE), "invited": list(invited),
            "ends_at": datetime.combine(day, time(11), TIME_ZONE),
        })  # fmt: skip

        async def act(connection: AsyncConnection, caller: Caller) -> int:
            return await MeetingDesk(connection, caller, self._now()).plan(meeting)

        return self._act(act)

    def tell(self, number: int, event: str, **content: Any) -> None:
        """The next step of a meeting."""
        taken = _MEETING_STEP.validate_python({"event": event} | content)

        async def act(connection: AsyncConnection, caller: Caller) -> None:
            await MeetingDesk(connection, caller, self._now()).take(number, taken, _ANY)

        self._act(act)

    def hold(
        self, holder: str, kind: str, period: str, came: Sequence[tuple[str, str]] = (), on: str | None = None,
        follow_ups: Sequence[tuple[str, str]] = (),
    ) -> int:  # fmt: skip
        """A meeting that took place; follow-ups are a division and a day each."""
        number = self.plan(holder, kind, period, [division for division, _ in came], on)
        said = [{"division": division, "attendance": attendance} for division, attendance in came]
        agreed = [{"text": "办理", "division": d, "due_on": date.fromisoformat(day)} for d, day in follow_ups]
        self.tell(number, "held", attendance=said, minutes="已开。", follow_ups=agreed)
        return number

    def _now(self) -> datetime:
        return self.city.clock.now()

    def _act(self, act: Callable[[AsyncConnection, Caller], Awaitable[T]]) -> T:
        async def run() -> T:
            key = await a_key(self.city.engine, self.city.clock, rights=("read", "act"))
            caller = await KeyRing(self.city.engine, self.city.clock).caller(f"Bearer {key}")
            async with self.city.engine.begin() as connection:
                return await act(connection, caller)

        return self.city.runner.run(run())


def act_at_random(city: SmallCity, rng: Random) -> None:
    """One thing that somebody does with orders, contact points or meetings."""
    office, today = Office(city), city.clock.today()
    addressee = rng.choice([*COUNTIES, EAST, WEST])
    due_on = str(date.fromordinal(today.toordinal() + rng.randint(0, 30)))
    choice = rng.randrange(5)
    if choice == 0:
        about = {"metric": rng.choice([*city.catalog.metrics])} if rng.random() < 0.5 else {}
        office.issue(addressee, due_on, kind=rng.choice(("order", "reminder_letter")), about=about)
    elif choice == 1:
        number = office.issue(addressee, due_on, subject="同一事项")
        for event in ("replied", "returned", "replied", "closed")[: rng.randint(1, 4)]:
            content = {"due_on": date.fromisoformat(due_on)} if event == "returned" else {}
            office.step(number, event, **content, **({} if event == "closed" else {"text": "说明"}))
    elif choice == 2:
        office.keep_in_touch(rng.choice([*COUNTIES]), rng.choice(("副部长", "处长")))
    else:
        holder = rng.choice((CITY, EAST, WEST))
        below = [EAST, WEST] if holder == CITY else [t for t, county in COUNTIES.items() if county == holder]
        came = [(division, rng.choice(("present", "absent", "excused"))) for division in below]
        kinds = [("work_meeting", "2021-12"), ("work_meeting", "2022-03"), ("quarterly_analysis", "2021-Q4")]
        kinds += [] if holder == CITY else [("committee_study", "2021-H2")]
        number = office.hold(holder, *rng.choice(kinds), came, follow_ups=[(below[0], due_on)])
        if rng.random() < 0.5:
            office.tell(number, "follow_up_done", follow_up=1)
