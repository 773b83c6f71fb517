"""What /v1/divisions answers."""

from dataclasses import dataclass

from services.api.schemas import Answer, DivisionRef, DivisionSummary, Level


@dataclass(frozen=True, slots=True)
class DivisionDetail:
    """A division in full. `valid_to` is the first day it is no more; `villages` those that report."""

    code: str
    name: str
    level: Level
    kind: str | None
    parent: str | None
    valid_from: str
    valid_to: str | None
    villages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DivisionAnswer(Answer):
    """A division, and the way to it from the top of the key's scope."""

    division: DivisionDetail
    path: list[DivisionRef]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildrenAnswer(Answer):
    """The divisions directly below one, by code."""

    division: DivisionRef
    children: list[DivisionSummary]
