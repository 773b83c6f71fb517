"""What the simulated city's people do about its cards: most answer, some are closed, a few are left lying."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncEngine

from services.api.cards.asked import Asked
from services.api.cards.steps import take_step
from services.catalog.card_life import step_of
from services.catalog.divisions import DivisionCode
from services.core.accounts import Caller, KeyRing, create_key
from services.core.clock import SteppedClock
from services.core.scopes import acting, serving
from services.core.tables.cards import card

_WAY: Final = (
    ("acknowledged", 0.15, 2, None),
    ("plan_filed", 0.35, 4, "已逐村核实，按村列出整改事项并明确责任岗位。"),
    ("rectified", 0.5, 10, "方案所列事项已完成，佐证材料存镇备查。"),
    ("verified", 0.65, 15, None),
    ("closed", 0.75, 17, None),
)  # fmt: skip
"""How far a card comes: the step, the share of cards that do not come so far, the day, what is said."""
_APPEALS: Final = 0.95
_GROUNDS: Final = "当期数据填报口径有误，已更正，请予核销。"
_DECISIONS: Final = (("upheld", "经核，情况属实。"), ("dismissed", "经核，更正后仍未达标。"))


@dataclass(frozen=True, order=True)
class _Deed:
    at: datetime
    number: int
    event: str
    scope: str
    text: str | None = None
    due_on: date | None = None


@dataclass
class People:
    """Acts by a key for each division; the same cards get the same answers in every load."""

    engine: AsyncEngine
    callers: dict[str, Caller] = field(default_factory=dict)

    async def answer(self, since: datetime) -> None:
        """Do in the weeks after `since` what is done about the cards that nobody has taken up by then."""
        async with serving(self.engine) as connection:
            query = select(card.c.id, card.c.rule, card.c.division, card.c.due_on)
            untouched = query.where(card.c.status == "raised", card.c.appealed_from.is_(None))
            rows = list(await connection.execute(untouched))
        for deed in sorted(deed for row in rows for deed in _deeds(row, since)):
            step = step_of(deed.event)
            assert step is not None
            caller, asked = await self._caller(deed), Asked(step, deed.text, deed.due_on)
            async with acting(self.engine, caller) as connection:
                await take_step(connection, caller, deed.number, asked, if_match="*", now=deed.at)

    async def _caller(self, deed: _Deed) -> Caller:
        if deed.scope not in self.callers:
            clock, scope = SteppedClock(deed.at), DivisionCode(deed.scope)
            async with serving(self.engine) as connection:
                token = await create_key(connection, clock, name="demo people", division=scope, rights=["act"])
            self.callers[deed.scope] = await KeyRing(self.engine, clock).caller(f"Bearer {token}")
        return self.callers[deed.scope]


def _deeds(row: Row[int, str, str, date], since: datetime) -> Iterator[_Deed]:
    number, rule, division, due_on = row
    chance = hashlib.sha256(f"{rule} {division}".encode()).digest()
    luck, day = chance[0] / 256, timedelta(days=chance[1] % 2, hours=chance[2] % 8 - 4)
    own, above = _sides(DivisionCode(division))
    if luck >= _APPEALS:
        yield _Deed(since + timedelta(days=3) + day, number, "appealed", own, _GROUNDS)
        if chance[3] % 3:
            event, text = _DECISIONS[chance[3] % 2]
            yield _Deed(since + timedelta(days=8) + day, number, event, above, text)
        return
    for event, too_few, days, said in _WAY:
        if luck >= too_few:
            scope = above if event in ("verified", "closed") else own
            plan = max(due_on, (since + timedelta(days=days)).date()) if event == "plan_filed" else None
            yield _Deed(since + timedelta(days=days) + day, number, event, scope, said, plan)


def _sides(division: DivisionCode) -> tuple[str, str]:
    """Who answers for a card, and who stands above: a township answers for its villages."""
    own = division.parent if division.level == "village" else division
    assert own is not None and own.parent is not None
    return own.code, own.parent.code
