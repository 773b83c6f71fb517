"""The open cards in memory: how many stand at or below each division."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.catalog.divisions import DivisionCode
from services.core.tables.cards import card

_NONE: Final = (0, 0)


@dataclass(frozen=True, slots=True)
class OpenCards:
    """Open cards as they were at `version`, which grows with every change to any card."""

    version: int
    below: Mapping[str, tuple[int, int]]

    def counts(self, division: str) -> tuple[int, int]:
        """How many red and how many yellow ones are open at or below a division."""
        return self.below.get(division, _NONE)


NO_CARDS: Final = OpenCards(-1, {})


async def cards_version(connection: AsyncConnection) -> int:
    """How often cards were raised and changed so far; 0 before the first."""
    # Events alone would not do: a card that is judged anew by other values has none.
    return int((await connection.execute(select(func.coalesce(func.sum(card.c.revision), 0)))).scalar_one())


async def read_open_cards(connection: AsyncConnection) -> OpenCards:
    """All cards that are not closed, counted for every division that holds them."""
    # The version first: what happens between the two reads is counted now and read again next time.
    version = await cards_version(connection)
    query = select(card.c.division, card.c.colour).where(card.c.status != "closed")
    rows = [(row.division, row.colour) for row in await connection.execute(query)]
    return OpenCards(version, _counted(rows))


def _counted(rows: Iterable[tuple[str, str]]) -> dict[str, tuple[int, int]]:
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for division, colour in rows:
        step: DivisionCode | None = DivisionCode(division)
        while step is not None:
            counts[step.code][0 if colour == "red" else 1] += 1
            step = step.parent
    return {code: (red, yellow) for code, (red, yellow) in counts.items()}
