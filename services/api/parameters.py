"""The parameters that several routes take: their words, and what is wrong with a malformed one."""

import base64
from collections.abc import Collection, Sequence
from difflib import get_close_matches
from functools import lru_cache
from typing import Annotated, Final, Self, TypeVar
from urllib.parse import urlencode

import msgspec
from fastapi import Path, Query, Request

from services.api.snapshot import Snapshot
from services.catalog.load import Catalog
from services.catalog.periods import InvalidPeriod, Period
from services.core.problems import Problem, ProblemItem, text_of

T = TypeVar("T")

_PERIOD: Final = "报告期：2021、2021-H1、2021-Q3 或 2021-11。 A period: 2021, 2021-H1, 2021-Q3 or 2021-11."
_DIVISION: Final = (
    "12 位行政区划代码；缺省为该密钥可见的最高一级。"
    " A division's 12-digit code; by default the highest that the key may see."
)
_METRIC: Final = "指标名，见 /v1/catalog；可重复。 A metric's name out of /v1/catalog; may be repeated."

DivisionInPath = Annotated[
    str,
    Path(
        description="12 位行政区划代码。 A division's 12-digit code.",
        examples=["370112001000"],
    ),
]
DivisionParameter = Annotated[str | None, Query(description=_DIVISION, examples=["370112000000"])]
PeriodParameter = Annotated[str, Query(description=_PERIOD, examples=["2021-11"])]
OptionalPeriod = Annotated[str | None, Query(description=_PERIOD, examples=["2021-11"])]
Limit = Annotated[int, Query(ge=1, le=200, description="每页条数。 How many a page.", examples=[50])]
After = Annotated[str | None, Query(alias="cursor", description="上一页的 next。 The `next` of the page before.")]
MetricParameter = Annotated[str, Query(description=_METRIC, examples=["meeting_held_rate"])]
MetricsParameter = Annotated[list[str], Query(description=_METRIC, examples=[["meeting_held_rate"]])]


def malformed(where: str, code: str, **details: object) -> Problem:
    """Problem `parameter_invalid` that says where, and by the text of `code` what is wrong there."""
    item = ProblemItem(code, where, text_of(code, details))
    return Problem("parameter_invalid", {"where": where}, [item])


_parsed = lru_cache(maxsize=1024)(Period.parse)


def period_of(text: str, where: str = "query/period") -> Period:
    """The period that `text` names."""
    try:
        return _parsed(text)
    except InvalidPeriod as error:
        raise malformed(where, "period_invalid", given=text) from error


def chosen(given: str, allowed: Collection[str], where: str) -> str:
    """`given`, which must be one of a few words."""
    if given not in allowed:
        raise malformed(where, "not_a_choice", wanted=", ".join(allowed), given=given)
    return given


class Position(msgspec.Struct, frozen=True, array_like=True):
    """Where a page ends, as the cursor of the next; a room says by which fields its rows are ordered."""

    @classmethod
    def parse(cls, text: str | None) -> Self | None:
        """The position that a `next` names; None without one."""
        try:
            return None if text is None else _read(text, cls)
        except (ValueError, msgspec.MsgspecError) as error:
            raise malformed("query/cursor", "not_a_choice", wanted="next", given=text) from error

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).decode().rstrip("=")


def _read(text: str, kind: type[T]) -> T:
    return msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=kind)


def next_link(request: Request, cursor: str) -> str:
    """The `Link` to the page that begins at `cursor`."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return f'<{request.url.path}?{urlencode([*kept, ("cursor", cursor)])}>; rel="next"'


class KnownMetrics:
    """The metrics that may be asked for: those of the catalog, and those that a snapshot still holds."""

    def __init__(self, catalog: Catalog) -> None:
        self._names = {*catalog.metrics, *catalog.indexes}

    def require(self, given: Sequence[str], snapshot: Snapshot) -> None:
        """Problem unless every name is known; it offers those that look alike."""
        for name in given:
            if name not in self._names and name not in snapshot.metrics:
                raise self._unknown(name, "query/metric", snapshot.metrics)

    def require_in_catalog(self, given: str) -> None:
        """Problem unless the catalog says how this is formed, whatever a snapshot still holds."""
        if given not in self._names:
            raise self._unknown(given, "path/metric")

    def _unknown(self, given: str, where: str, besides: Sequence[str] = ()) -> Problem:
        names = sorted({*self._names, *besides})
        near = get_close_matches(given, names, n=5, cutoff=0.4) or names
        return malformed(where, "not_a_choice", wanted=", ".join(near), given=given)
