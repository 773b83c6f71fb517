"""Who may issue, answer and decide an order, and what may follow on what."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from services.api.orders import repository
from services.api.orders.repository import EventRow, OrderRow
from services.api.orders.schemas import Closed, NewOrder, Replied, Returned, State, Withdrawn
from services.api.records import Seen, fault, refuse, require_actor, require_step
from services.api.register import require_present
from services.catalog.divisions import DivisionCode
from services.catalog.load import Catalog
from services.core.accounts import Caller
from services.core.problems import Problem, ProblemItem

REPEATED_WITHIN: Final = timedelta(days=180)
_MAY_FOLLOW: Final[Mapping[State, tuple[State, ...]]] = {
    "issued": ("replied", "withdrawn"),
    "replied": ("returned", "closed", "withdrawn"),
    "returned": ("replied", "withdrawn"),
    "closed": (),
    "withdrawn": (),
}
_ISSUERS: Final = ("city", "county")
_ADDRESSEES: Final = ("county", "township")


@dataclass(frozen=True)
class Desk:
    """Where orders are dealt with: one caller's, in one transaction, at one moment."""

    connection: AsyncConnection
    caller: Caller
    at: datetime

    async def issue(self, content: NewOrder, catalog: Catalog) -> int:
        """The number of a new order; Problem unless the caller stands above the addressee and all is sound."""
        addressee = DivisionCode(content.addressee)
        if self.caller.scope.level not in ("province", *_ISSUERS):
            above = addressee.parent or addressee
            raise Problem("step_forbidden", {"division": above.code, "scope": self.caller.scope.code})
        issuer = DivisionCode(content.issuer) if content.issuer else self.caller.scope
        refuse(self._faults(content, issuer, addressee, catalog))
        await require_present(self.connection, self.caller, [issuer.code, addressee.code], self.at.date())
        about = content.about
        if about.card is not None and not await repository.card_exists(self.connection, about.card, issuer.prefix):
            refuse([fault("card_unknown", "about", "card", given=about.card)])
        return await self._keep(content, issuer.code)

    def _faults(
        self, content: NewOrder, issuer: DivisionCode, addressee: DivisionCode, catalog: Catalog
    ) -> list[ProblemItem]:
        faults = []
        if issuer.level not in _ISSUERS:
            wanted = {"wanted": "city or county", "wanted_zh": "市或区县"}
            faults.append(fault("division_level_wrong", "issuer", given=issuer.code, **wanted))
        if addressee.level not in _ADDRESSEES:
            wanted = {"wanted": "county or township", "wanted_zh": "区县或乡镇（街道）"}
            faults.append(fault("division_level_wrong", "addressee", given=addressee.code, **wanted))
        elif issuer == addressee or not issuer.contains(addressee):
            faults.append(fault("division_not_below", "addressee", given=addressee.code, above=issuer.code))
        if content.due_on < self.at.date():
            faults.append(fault("too_early", "due_on", earliest=self.at.date()))
        metric = content.about.metric
        if metric is not None and metric not in catalog.metrics and metric not in catalog.indexes:
            faults.append(fault("metric_unknown", "about", "metric", given=metric))
        return faults

    async def _keep(self, content: NewOrder, issuer: str) -> int:
        values: dict[str, Any] = {
            **content.model_dump(include={"kind", "addressee", "subject", "text", "due_on"}),
            "card_id": content.about.card, "key_task": content.about.key_task, "metric": content.about.metric,
            "issuer": issuer, "issued_at": self.at, "state": "issued", "version": 1,
        }  # fmt: skip
        await repository.lock_addressee(self.connection, content.addressee)
        values["repeats"] = await repository.latest_alike(self.connection, values, self.at - REPEATED_WITHIN)
        number = await repository.insert_order(self.connection, values)
        event = EventRow("issued", self.at, issuer, self.caller.key_id, None, content.due_on)
        await repository.insert_event(self.connection, number, event)
        return number

    async def take(self, number: int, step: Replied | Returned | Closed | Withdrawn, seen: Seen) -> None:
        """Take a step; Problem unless it is the caller's to take, may follow now, and the newest state was seen."""
        row = await repository.read_order(self.connection, number, self.caller.scope.prefix, locked=True)
        if row is None:
            raise Problem("not_found")
        acted_by = row.addressee if step.event == "replied" else row.issuer
        require_actor(self.caller, acted_by)
        seen.require(row.version)
        require_step(row.state, step.event, _MAY_FOLLOW[row.state])
        changes = self._changes(row, step)
        await repository.update_order(self.connection, number, changes)
        in_time = self._is_in_time(row) if step.event == "replied" else None
        due_on = changes.get("due_on", row.due_on)
        event = EventRow(step.event, self.at, acted_by, self.caller.key_id, step.text, due_on, in_time)
        await repository.insert_event(self.connection, number, event)

    def _changes(self, row: OrderRow, step: Replied | Returned | Closed | Withdrawn) -> dict[str, Any]:
        changes: dict[str, Any] = {"state": step.event}
        if isinstance(step, Replied):
            changes |= {"replied_at": self.at, "in_time": row.in_time is not False and self._is_in_time(row)}
        if isinstance(step, Returned):
            if step.due_on < self.at.date():
                refuse([fault("too_early", "due_on", earliest=self.at.date())])
            changes["due_on"] = step.due_on
        return changes

    def _is_in_time(self, row: OrderRow) -> bool:
        return self.at.date() <= row.due_on
