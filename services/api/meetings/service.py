"""Who may plan a meeting, tell how it went, and close what was to follow."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncConnection

from services.api.meetings import repository
from services.api.meetings.repository import EventRow, InvitationRow, MeetingRow
from services.api.meetings.schemas import (
    Cancelled,
    Event,
    FollowUpDone,
    Held,
    Moved,
    NewMeeting,
    State,
)  # fmt: skip
from services.api.meetings.soundness import faults_of_held, faults_of_plan, faults_of_times
from services.api.records import Seen, refuse, require_actor, require_step
from services.api.register import require_present
from services.catalog.divisions import DivisionCode
from services.core.accounts import Caller
from services.core.problems import Problem

_MAY_FOLLOW: Final[Mapping[State, tuple[Event, ...]]] = {
    "planned": ("moved", "held", "cancelled"),
    "held": ("follow_up_done",),
    "cancelled": (),
}


@dataclass(frozen=True)
class Desk:
    """Where meetings are dealt with: one caller's, in one transaction, at one moment."""

    connection: AsyncConnection
    caller: Caller
    at: datetime

    async def plan(self, content: NewMeeting) -> int:
        """The number of a new meeting; Problem unless the holder lies in the caller's scope and all is sound."""
        holder = DivisionCode(content.holder) if content.holder else self.caller.scope
        refuse(faults_of_plan(content, holder))
        await require_present(self.connection, self.caller, [holder.code, *content.invited], self.at.date())
        times = content.model_dump(include={"starts_at", "ends_at"})
        values = {
            **content.model_dump(exclude={"holder", "invited"}), "holder": holder.code, "uid": uuid4(),
            "state": "planned", "sequence": 0, "changed_at": self.at, "version": 1,
        }  # fmt: skip
        number = await repository.insert_meeting(self.connection, values, content.invited)
        event = EventRow("planned", self.at, holder.code, self.caller.key_id, **times)
        await repository.insert_event(self.connection, number, event)
        return number

    async def take(self, number: int, step: Moved | Held | Cancelled | FollowUpDone, seen: Seen) -> None:
        """Take a step; Problem unless it is the caller's to take, may follow now, and the newest state was seen."""
        row = await repository.read_meeting(self.connection, number, self.caller.scope.prefix, locked=True)
        if row is None:
            raise Problem("not_found")
        if isinstance(step, FollowUpDone):
            await self._finish(row, step, seen)
            return
        require_actor(self.caller, row.holder)
        seen.require(row.version)
        require_step(row.state, step.event, _MAY_FOLLOW[row.state])
        if isinstance(step, Moved):
            await self._move(row, step)
        elif isinstance(step, Held):
            await self._hold(row, step)
        else:
            change = {"state": "cancelled", "reason": step.text, "sequence": row.sequence + 1}
            await self._change(row, change, self._event(row, step.event, text=step.text))

    async def _move(self, row: MeetingRow, step: Moved) -> None:
        refuse(faults_of_times(step.starts_at, step.ends_at))
        times: dict[str, Any] = {"starts_at": step.starts_at, "ends_at": step.ends_at}
        where = {name: value for name in ("place", "video_link") if (value := getattr(step, name)) is not None}
        change = {**times, **where, "sequence": row.sequence + 1}
        await self._change(row, change, self._event(row, step.event, text=step.text, **times))

    async def _hold(self, row: MeetingRow, step: Held) -> None:
        invited = [invitation.division for invitation in await repository.read_invitations(self.connection, row.id)]
        refuse(faults_of_held(step, row, invited, self.at))
        came = [InvitationRow(said.division, said.attendance, said.posts) for said in step.attendance]
        await repository.keep_attendance(self.connection, row.id, came)
        rows = [follow_up.model_dump() for follow_up in step.follow_ups]
        await repository.insert_follow_ups(self.connection, row.id, rows)
        change = {"state": "held", "minutes": step.minutes}
        await self._change(row, change, self._event(row, step.event, text=step.minutes))

    async def _finish(self, row: MeetingRow, step: FollowUpDone, seen: Seen) -> None:
        found = await repository.read_follow_ups(self.connection, row.id)
        follow_up = next((one for one in found if one.number == step.follow_up), None)
        if follow_up is None or not self.caller.may_see(DivisionCode(follow_up.division)):
            raise Problem("not_found")
        seen.require(row.version)
        if follow_up.done_at is not None:
            require_step("done", step.event, ())
        await repository.finish_follow_up(self.connection, row.id, follow_up.number, self.at)
        event = EventRow(
            step.event, self.at, follow_up.division, self.caller.key_id, step.text, follow_up=follow_up.number
        )
        await self._change(row, {}, event)

    def _event(self, row: MeetingRow, event: Event, **details: Any) -> EventRow:
        return EventRow(event, self.at, row.holder, self.caller.key_id, **details)

    async def _change(self, row: MeetingRow, change: Mapping[str, Any], event: EventRow) -> None:
        await repository.update_meeting(self.connection, row.id, {**change, "changed_at": self.at})
        await repository.insert_event(self.connection, row.id, event)
