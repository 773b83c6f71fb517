"""GET /v1/cards and /v1/cards/{id}, POST /v1/cards/{id}/events."""

from typing import Annotated, Final

from fastapi import APIRouter, Header, Path, Query, Request, Response

from services.api.answers import answer
from services.api.cards import documentation, repository
from services.api.cards.asked import read_asked
from services.api.cards.repository import Cursor, Filters
from services.api.cards.schemas import CardAnswer, CardsAnswer, StepAnswer
from services.api.cards.steps import require_condition, tag_of, take_step
from services.api.cards.tell import card_of, event_of, evidence_of, steps_of
from services.api.follow import Follower
from services.api.parameters import DivisionParameter, OptionalPeriod, chosen, malformed, next_link, period_of
from services.api.schemas import Reading
from services.api.series import periods_between, series
from services.api.viewer import ActingViewer, ScopedViewer, Viewer
from services.catalog.card_life import STATUSES
from services.catalog.divisions import DivisionCode
from services.catalog.periods import Period
from services.core.clock import Clock
from services.core.problems import Problem
from services.core.scopes import answering

router = APIRouter(prefix="/v1/cards", tags=["cards"])

_COLOURS: Final = ("red", "yellow")
_PERIODS_SHOWN: Final = 6
_LARGEST_ID: Final = 2**63 - 1

Colour = Annotated[
    str | None,
    Query(description="红或黄。 Red or yellow.", examples=["red"], json_schema_extra={"enum": [*_COLOURS]}),
]
Status = Annotated[
    str | None,
    Query(
        description="状态，缺省为全部未结的牌。 By default all that are not closed.",
        examples=["raised"],
        json_schema_extra={"enum": [*STATUSES]},
    ),
]
Overdue = Annotated[
    bool | None, Query(description="是否已过整改期限。 Whether the deadline is over.", examples=[True])
]
Lifting = Annotated[bool | None, Query(description="是否拟摘牌。 Whether its lifting is proposed.", examples=[True])]
Number = Annotated[int, Path(ge=1, le=_LARGEST_ID, description="牌号。 The card's number.", examples=[7])]
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description="GET /v1/cards/{number} 给出的 ETag。 The ETag that the card was read with.",
        examples=['"7-1.5f2c"'],
    ),
]
Limit = Annotated[int, Query(ge=1, le=200, description="每页张数。 Cards a page.", examples=[50])]
After = Annotated[str | None, Query(alias="cursor", description="上一页的 next。 The `next` of the page before.")]


@router.get("", response_model=CardsAnswer, responses=documentation.PAGE)
async def read_cards(
    request: Request,
    viewer: Viewer,
    *,
    division: DivisionParameter = None,
    colour: Colour = None,
    status: Status = None,
    period: OptionalPeriod = None,
    overdue: Overdue = None,
    lifting: Lifting = None,
    limit: Limit = 50,
    cursor: After = None,
) -> Response:
    """红黄牌，红牌在前，先到期者在前。 Cards: red before yellow, then those due soonest."""
    clock: Clock = request.app.state.clock
    today = clock.today()
    filters = Filters(
        prefix=DivisionCode(viewer.require(division).code).prefix,
        today=today,
        colour=None if colour is None else chosen(colour, _COLOURS, "query/colour"),
        status=None if status is None else chosen(status, STATUSES, "query/status"),
        period=None if period is None else str(period_of(period)),
        overdue=overdue,
        lifting=lifting,
    )
    after = _cursor(cursor)
    async with answering(request, viewer.caller) as connection:
        counts = await repository.count_open(connection, filters.prefix, today)
        rows = await repository.read_cards(connection, filters, after, limit + 1)
    behind = str(Cursor.after(rows[limit - 1])) if len(rows) > limit else None
    cards = [card_of(row, viewer, today) for row in rows[:limit]]
    found = answer(CardsAnswer(**viewer.head, counts=counts, cards=cards, next=behind))
    if behind is not None:
        found.headers["link"] = next_link(request, behind)
    return found


def _cursor(text: str | None) -> Cursor | None:
    try:
        return None if text is None else Cursor.parse(text)
    except ValueError as error:
        raise malformed("query/cursor", "not_a_choice", wanted="next", given=text) from error


@router.get("/{number}", response_model=CardAnswer, responses=documentation.ONE)
async def read_card(request: Request, viewer: Viewer, number: Number) -> Response:
    """一张牌的依据、经过与可办理的步骤。 One card with its evidence, its life, and the steps that may be taken."""
    clock: Clock = request.app.state.clock
    async with answering(request, viewer.caller) as connection:
        row = await repository.read_card(connection, number, viewer.caller.scope.prefix)
        if row is None:
            raise Problem("not_found")
        events = await repository.read_events(connection, number)
    values = await _values(viewer, row)
    found = answer(
        CardAnswer(
            **viewer.head,
            card=card_of(row, viewer, clock.today()),
            evidence=evidence_of(row, viewer, values),
            events=[event_of(event, viewer) for event in events],
            steps=steps_of(row, viewer),
        )
    )
    found.headers["etag"] = tag_of(row)
    return found


@router.post(
    "/{number}/events",
    status_code=201,
    response_model=StepAnswer,
    responses=documentation.TAKEN,
    openapi_extra=documentation.STEP,
)
async def post_event(request: Request, viewer: ActingViewer, number: Number, if_match: IfMatch = None) -> Response:
    """办理一张牌的下一步；须有“act”权限。 Take a card's next step; wants the right `act`."""
    clock: Clock = request.app.state.clock
    follower: Follower = request.app.state.follower
    seen, now = require_condition(if_match), clock.now()
    asked = await read_asked(request, now.date())
    async with answering(request, viewer.caller) as connection:
        row, event = await take_step(connection, viewer.caller, number, asked, if_match=seen, now=now)
    await follower.read_cards()
    taken = StepAnswer(
        **viewer.head,
        card=card_of(row, viewer, now.date()),
        event=event_of(event, viewer),
        steps=steps_of(row, viewer),
    )
    return answer(taken, 201, {"ETag": tag_of(row), "Location": f"/v1/cards/{number}"})


async def _values(viewer: ScopedViewer, row: repository.CardRow) -> list[Reading]:
    """The card's metric in its period and the few before; empty when the division is no more."""
    division = viewer.snapshot.tree.by_code.get(row.division)
    if division is None:
        return []
    last = Period.parse(row.period)
    periods = periods_between(last.shifted(1 - _PERIODS_SHOWN), last)
    return await series(viewer.snapshot, division, row.evidence["metric"], periods)
