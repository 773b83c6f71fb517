"""Division codes: 12 digits that nest (2 province, 4 city, 6 county, 9 township, 12 village)."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final, Literal, get_args

Level = Literal["province", "city", "county", "township", "village"]

LEVELS: Final[tuple[Level, ...]] = get_args(Level)
_DIGITS: Final = {"province": 2, "city": 4, "county": 6, "township": 9, "village": 12}
_LENGTH: Final = 12


class InvalidDivisionCode(ValueError):
    """A code that is not 12 digits, or whose digits have a hole (370100001000)."""


@dataclass(frozen=True, order=True)
class DivisionCode:
    """One division's official statistical code; `str()` gives back its 12 digits."""

    code: str

    def __post_init__(self) -> None:
        if len(self.code) != _LENGTH or not (self.code.isascii() and self.code.isdigit()):
            raise InvalidDivisionCode(f"{self.code!r} is not a 12-digit division code")
        if self.code[:2] == "00" or any(ancestor is None for ancestor in self._parts()):
            raise InvalidDivisionCode(f"{self.code!r} skips a level")

    def __str__(self) -> str:
        return self.code

    def _parts(self) -> list[str | None]:
        """The digits that each level adds; None where a lower level is named but this one is not."""
        ends = [0, *_DIGITS.values()]
        parts = [self.code[a:b] for a, b in pairwise(ends)]
        named = [set(part) != {"0"} for part in parts]
        depth = max((i for i, is_named in enumerate(named) if is_named), default=0)
        return [part if is_named else None for part, is_named in zip(parts, named, strict=True)][: depth + 1]

    @cached_property
    def level(self) -> Level:
        """The lowest level that the code names."""
        return LEVELS[len(self._parts()) - 1]

    @cached_property
    def prefix(self) -> str:
        """The leading digits that every division below shares."""
        return self.code[: _DIGITS[self.level]]

    @property
    def parent(self) -> "DivisionCode | None":
        """The division directly above; None for a province."""
        above = LEVELS.index(self.level) - 1
        if above < 0:
            return None
        return DivisionCode(self.code[: _DIGITS[LEVELS[above]]].ljust(_LENGTH, "0"))

    def contains(self, other: "DivisionCode") -> bool:
        """Whether `other` is this division or lies below it."""
        return other.code.startswith(self.prefix)
