"""GET /v1/cards and /v1/cards/{id}."""

from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.api.answers import answer
from services.api.cards import repository
from services.api.cards.repository import Cursor, Filters
from services.api.cards.schemas import CardAnswer, CardsAnswer
from services.api.cards.tell import card_of, event_of, evidence_of
from services.api.contract import READING, TOWNSHIP, told
from services.api.parameters import DivisionParameter, OptionalPeriod, chosen, malformed, period_of
from services.api.schemas import Reading
from services.api.series import periods_between, series
from services.api.viewer import ScopedViewer, Viewer
from services.catalog.divisions import DivisionCode
from services.catalog.periods import Period
from services.core.clock import Clock
from services.core.problems import Problem

router = APIRouter(prefix="/v1/cards", tags=["cards"])

_COLOURS: Final = ("red", "yellow")
_STATUSES: Final = ("raised", "lifting_proposed", "closed")
_PERIODS_SHOWN: Final = 6
_LARGEST_ID: Final = 2**63 - 1

_TEXT: Final = {"zh": "主题党日连续两个月未开展", "en": "No meeting day two months running"}
_CARD: Final[dict[str, Any]] = {
    "id": 7, "rule": "meeting_missed", "title": _TEXT, "text": _TEXT, "division": TOWNSHIP, "path": [],
    "metric": "meeting_held_rate", "colour": "red", "status": "raised", "period": "2021-11",
    "raised_at": "2021-12-06T09:00:00+08:00", "due_on": "2021-12-21", "days_left": 15, "value": 0,
    "url": "/v1/cards/7",
}  # fmt: skip
_PAGE: Final = {
    "counts": {"red": 1, "yellow": 0, "overdue": 0},
    "cards": [_CARD],
    "next": "WzAsMCwiMjAyM",
}
_ONE: Final = {
    "card": _CARD,
    "evidence": {
        "rule": {
            "rule": "meeting_missed", "version": 1, "title": _TEXT, "condition": "value = 0", "text": _TEXT,
        },
        "values": [READING],
        "snapshot": "snapshot-000012",
        "submissions": [],
    },
    "events": [
        {
            "event": "raised", "at": "2021-12-06T09:00:00+08:00", "colour": "red",
            "snapshot": "snapshot-000012",
        },
    ],
}  # fmt: skip

Colour = Annotated[
    str | None,
    Query(description="红或黄。 Red or yellow.", examples=["red"], json_schema_extra={"enum": [*_COLOURS]}),
]
Status = Annotated[
    str | None,
    Query(
        description="状态，缺省为全部未结的牌。 By default all that are not closed.",
        examples=["raised"],
        json_schema_extra={"enum": [*_STATUSES]},
    ),
]
Overdue = Annotated[
    bool | None, Query(description="是否已过整改期限。 Whether the deadline is over.", examples=[True])
]
Limit = Annotated[int, Query(ge=1, le=200, description="每页张数。 Cards a page.", examples=[50])]
After = Annotated[str | None, Query(alias="cursor", description="上一页的 next。 The `next` of the page before.")]


@router.get("", response_model=CardsAnswer, responses=told(_PAGE))
async def read_cards(
    request: Request,
    viewer: Viewer,
    *,
    division: DivisionParameter = None,
    colour: Colour = None,
    status: Status = None,
    period: OptionalPeriod = None,
    overdue: Overdue = None,
    limit: Limit = 50,
    cursor: After = None,
) -> Response:
    """红黄牌，红牌在前，先到期者在前。 Cards: red before yellow, then those due soonest."""
    clock: Clock = request.app.state.clock
    engine: AsyncEngine = request.app.state.engine
    today = clock.today()
    filters = Filters(
        prefix=DivisionCode(viewer.require(division).code).prefix,
        today=today,
        colour=None if colour is None else chosen(colour, _COLOURS, "query/colour"),
        status=None if status is None else chosen(status, _STATUSES, "query/status"),
        period=None if period is None else str(period_of(period)),
        overdue=overdue,
    )
    after = _cursor(cursor)
    async with engine.connect() as connection:
        counts = await repository.count_open(connection, filters.prefix, today)
        rows = await repository.read_cards(connection, filters, after, limit + 1)
    behind = str(Cursor.after(rows[limit - 1])) if len(rows) > limit else None
    cards = [card_of(row, viewer, today) for row in rows[:limit]]
    found = answer(CardsAnswer(**viewer.head, counts=counts, cards=cards, next=behind))
    if behind is not None:
        found.headers["link"] = _next_link(request, behind)
    return found


def _cursor(text: str | None) -> Cursor | None:
    try:
        return None if text is None else Cursor.parse(text)
    except ValueError as error:
        raise malformed("query/cursor", "not_a_choice", wanted="next", given=text) from error


def _next_link(request: Request, cursor: str) -> str:
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return f'<{request.url.path}?{urlencode([*kept, ("cursor", cursor)])}>; rel="next"'


@router.get("/{number}", response_model=CardAnswer, responses=told(_ONE))
async def read_card(
    request: Request,
    viewer: Viewer,
    number: Annotated[int, Path(ge=1, le=_LARGEST_ID, description="牌号。 The card's number.", examples=[7])],
) -> Response:
    """一张牌的依据与经过。 One card with its evidence and its life."""
    clock: Clock = request.app.state.clock
    engine: AsyncEngine = request.app.state.engine
    async with engine.connect() as connection:
        row = await repository.read_card(connection, number, viewer.caller.scope.prefix)
        if row is None:
            raise Problem("not_found")
        events = await repository.read_events(connection, number)
    values = await _values(viewer, row)
    return answer(
        CardAnswer(
            **viewer.head,
            card=card_of(row, viewer, clock.today()),
            evidence=evidence_of(row, viewer, values),
            events=[event_of(event) for event in events],
        )
    )


async def _values(viewer: ScopedViewer, row: repository.CardRow) -> list[Reading]:
    """The card's metric in its period and the few before; empty when the division is no more."""
    division = viewer.snapshot.tree.by_code.get(row.division)
    if division is None:
        return []
    last = Period.parse(row.period)
    periods = periods_between(last.shifted(1 - _PERIODS_SHOWN), last)
    return await series(viewer.snapshot, division, row.evidence["metric"], periods)
