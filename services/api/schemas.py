"""What the api answers: the types that several of its rooms share.

Plain dataclasses: FastAPI describes them in OpenAPI, msgspec encodes them. Numbers are plain
(shares are 0-1, money is yuan); only pages format. `None` means nobody reported, which is not 0.
"""

from dataclasses import dataclass
from typing import Literal

Level = Literal["city", "county", "township", "village"]
Colour = Literal["yellow", "red"]


@dataclass(frozen=True, slots=True)
class Text:
    """One text in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class DivisionRef:
    """A division as it is named in an answer; `code` has 12 digits."""

    code: str
    name: str
    level: Level


# Not frozen: made by the thousand, and a frozen dataclass takes four times as long to make.
@dataclass(slots=True)
class DivisionSummary:
    """A division with what stands below it: reporting villages and open cards."""

    code: str
    name: str
    level: Level
    villages: int
    red: int
    yellow: int


@dataclass(slots=True)
class Reading:
    """One metric of one division in one period.

    `value` is numerator over denominator for a ratio, else the numerator; `rank` of `of` is the place
    among the divisions with the same parent (ties share a place; none below the coverage floor);
    `reported` of `expected` counts the reports that the value rests on. `previous` is the value of the
    period before, `year_ago` that of the same period last year.
    """

    division: DivisionRef
    period: str
    metric: str
    numerator: float | None
    denominator: float | None
    value: float | None
    rank: int | None
    of: int
    reported: int
    expected: int
    previous: float | None
    year_ago: float | None


@dataclass(frozen=True, slots=True)
class EvidenceSubmission:
    """A report that a value came from."""

    id: str
    form: str
    period: str
    division: DivisionRef
    revision: int
    received_at: str
    on_time: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What every answer says of itself.

    `as_of` is the moment the snapshot was taken (Asia/Shanghai); `pending` counts submissions that are
    acknowledged but not yet in it.
    """

    as_of: str
    snapshot: str
    pending: int
