"""The api as this room sees it: its answers as types, its addresses as methods.

Unknown fields are ignored, so the api may grow; a missing or mistyped one is an `ApiUnavailableError`.
`None` means nobody reported, which is not 0. Shares are 0-1 and money is yuan; `readable` formats.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeVar
from urllib.parse import quote

import httpx
import msgspec

Kind = Literal["year", "half", "quarter", "month"]
Colour = Literal["yellow", "red"]


class Text(msgspec.Struct, frozen=True):
    """One text in both languages."""

    zh: str
    en: str


class DivisionRef(msgspec.Struct, frozen=True):
    """A division as it is named in an answer; `code` has 12 digits."""

    code: str
    name: str
    level: str


class DivisionSummary(msgspec.Struct, frozen=True):
    """A division with what stands below it: reporting villages and open cards."""

    code: str
    name: str
    level: str
    villages: int
    red: int
    yellow: int


class Reading(msgspec.Struct, frozen=True):
    """One metric of one division in one period; `rank` of `of` is its place among its siblings."""

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
    previous: float | None = None
    year_ago: float | None = None


class Answer(msgspec.Struct, frozen=True):
    """What every answer says of itself: when its snapshot was taken and what is not yet in it."""

    as_of: str
    snapshot: str
    pending: int


class Period(msgspec.Struct, frozen=True):
    """A reporting period that has values; days are ISO dates."""

    period: str
    kind: Kind
    first_on: str
    last_on: str


class Periods(Answer, frozen=True):
    """The periods with values, whether they are simulated, and the top division the key may see."""

    periods: list[Period]
    simulated: bool
    root: DivisionRef


class Metric(msgspec.Struct, frozen=True):
    """What the catalog says of a metric that a page needs to show it."""

    metric: str
    title: Text
    unit: str | None
    format: str
    direction: str
    target: float | None
    periodicity: str
    description: Text = Text("", "")
    levels: tuple[str, ...] = ()
    headline: bool = False


class Form(msgspec.Struct, frozen=True):
    """A form by its name and rhythm."""

    form: str
    title: Text
    periodicity: str


class System(msgspec.Struct, frozen=True):
    """One work system with its forms and metrics."""

    system: str
    title: Text
    forms: list[Form] = []
    metrics: list[Metric] = []


class Catalog(Answer, frozen=True):
    """Everything that is measured, by work system."""

    systems: list[System]

    @property
    def metrics(self) -> list[Metric]:
        """All metrics in catalog order."""
        return [metric for system in self.systems for metric in system.metrics]

    @property
    def forms(self) -> list[Form]:
        """All forms in catalog order."""
        return [form for system in self.systems for form in system.forms]


class Drilldown(Answer, frozen=True):
    """A division and those directly below it; a child that reported nothing has readings without value."""

    division: DivisionRef
    path: list[DivisionRef]
    period: str
    summary: DivisionSummary
    own: list[Reading]
    children: list[DivisionSummary]
    readings: list[Reading]


class Values(Answer, frozen=True):
    """Readings of one division: a series, periods ascending."""

    readings: list[Reading]


class Ranking(Answer, frozen=True):
    """All divisions of one level below a division, best first; those without a place last."""

    metric: str
    period: str
    division: DivisionRef
    level: str
    readings: list[Reading]


class Card(msgspec.Struct, frozen=True):
    """A red or yellow card. `days_left` is negative when overdue; `path` holds ancestors below the city.

    From `paused_on` its days stand still; since `lifting_proposed_at` its value has recovered.
    """

    id: int
    rule: str
    title: Text
    text: Text
    division: DivisionRef
    path: list[DivisionRef]
    metric: str | None
    colour: Colour
    status: str
    period: str
    raised_at: str
    due_on: str
    days_left: int
    acknowledge_by: str | None = None
    paused_on: str | None = None
    lifting_proposed_at: str | None = None
    previous_card: int | None = None
    value: float | None = None


class CardCounts(msgspec.Struct, frozen=True):
    """Open cards below a division."""

    red: int
    yellow: int
    overdue: int


class Cards(Answer, frozen=True):
    """One page of cards, open ones first: red before yellow, then those due soonest."""

    counts: CardCounts
    cards: list[Card]
    next: str | None = None


class Rule(msgspec.Struct, frozen=True):
    """The rule that raised a card; `condition` is its text in the catalog."""

    rule: str
    version: int | str
    title: Text
    condition: str
    text: Text


class EvidenceSubmission(msgspec.Struct, frozen=True):
    """A submission that the values of a card came from."""

    id: str | int
    form: str
    period: str
    division: DivisionRef
    revision: int
    received_at: str
    on_time: bool


class Evidence(msgspec.Struct, frozen=True):
    """What a card rests on."""

    rule: Rule
    values: list[Reading]
    snapshot: str
    submissions: list[EvidenceSubmission] = []


class CardEvent(msgspec.Struct, frozen=True):
    """One step in the life of a card, by the system or by a key of `division`."""

    event: str
    at: str
    colour: Colour
    status: str = ""
    division: DivisionRef | None = None
    text: str | None = None
    due_on: str | None = None
    snapshot: str = ""


class CardStep(msgspec.Struct, frozen=True):
    """A step that the key may take now, and whether it wants a text and a day."""

    event: str
    text: bool = False
    due_on: bool = False


class CardAnswer(Answer, frozen=True):
    """One card with its evidence, its life so far, and what may be done; `etag` is what a step has to name."""

    card: Card
    evidence: Evidence
    events: list[CardEvent] = []
    steps: list[CardStep] = []
    etag: str = ""


class ComplianceRow(msgspec.Struct, frozen=True):
    """Township reports of one form and period below a division; `awaited` ones are not yet due."""

    division: DivisionRef
    form: str
    period: str
    expected: int
    received: int
    on_time: int
    late: int
    missing: int
    awaited: int
    corrected: int
    due_on: str


class Compliance(Answer, frozen=True):
    """Rows of the division itself, then of its children, a form after the other."""

    rows: list[ComplianceRow]


class Fault(msgspec.Struct, frozen=True):
    """One thing wrong with what was sent."""

    text: Text
    field: str | None = None


class Problem(msgspec.Struct, frozen=True):
    """The api's own words for what went wrong."""

    status: int
    code: str
    text: Text
    errors: list[Fault] = []


class ApiRefusedError(Exception):
    """The api answered with a problem of its own."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


class ApiUnavailableError(Exception):
    """The api does not answer, or not as agreed."""


A = TypeVar("A", bound=msgspec.Struct)
Params = Mapping[str, str | int | Sequence[str]]


class Api:
    """The api's addresses. The HTTP client brings base address, key and transport; a visitor's key goes before."""

    def __init__(self, http: httpx.AsyncClient, key: str | None = None) -> None:
        self._http = http
        self._headers = {"accept": "application/json"} | authorization(key)

    async def _read(self, kind: type[A], path: str, **params: str | int | Sequence[str] | None) -> A:
        given = {name.rstrip("_"): value for name, value in params.items() if value is not None}
        return _decoded(await self._ask("GET", path, params=given), kind)

    async def _ask(
        self, method: str, path: str, *, params: Params | None = None, json: object = None, etag: str | None = None
    ) -> httpx.Response:
        content = None if json is None else msgspec.json.encode(json)
        given = self._headers | ({} if etag is None else {"if-match": etag})
        try:
            response = await self._http.request(method, path, params=params, content=content, headers=given)
        except httpx.HTTPError as error:
            raise ApiUnavailableError(str(error)) from error
        if response.is_error:
            raise ApiRefusedError(_problem(response))
        return response

    async def answer(self, kind: type[A], path: str, **params: str | int | Sequence[str] | None) -> A:
        """The answer at any address, for a page that brings its type."""
        return await self._read(kind, path, **params)

    async def periods(self) -> Periods:
        """Periods with values, by first day."""
        return await self._read(Periods, "/v1/periods")

    async def catalog(self) -> Catalog:
        """All work systems."""
        return await self._read(Catalog, "/v1/catalog")

    async def drilldown(self, code: str, period: str, metrics: Sequence[str]) -> Drilldown:
        """A division, its own readings and those of its children."""
        return await self._read(Drilldown, f"/v1/drilldown/{quote(code)}", period=period, metric=metrics)

    async def series(self, code: str, metrics: Sequence[str], first: str, last: str) -> Values:
        """Readings of one division from the first to the last period, both included."""
        return await self._read(Values, "/v1/values", division=code, metric=metrics, from_=first, to=last)

    async def ranking(self, code: str, metric: str, period: str, level: str | None = None) -> Ranking:
        """Divisions of one level below a division by place; the level directly below unless told."""
        return await self._read(Ranking, "/v1/rankings", division=code, metric=metric, period=period, level=level)

    async def cards(self, code: str, **filters: str | int | None) -> Cards:
        """Cards at and below a division."""
        return await self._read(Cards, "/v1/cards", division=code, **filters)

    async def card(self, number: int) -> CardAnswer:
        """One card."""
        response = await self._ask("GET", f"/v1/cards/{number}")
        return msgspec.structs.replace(_decoded(response, CardAnswer), etag=response.headers.get("etag", ""))

    async def take_step(self, number: int, step: dict[str, str], etag: str) -> None:
        """Do something with a card that stands as `etag` says."""
        await self._ask("POST", f"/v1/cards/{number}/events", json=step, etag=etag)

    async def compliance(self, code: str, period: str, form: str | None = None) -> Compliance:
        """Who reported, of the division and its children."""
        return await self._read(Compliance, "/v1/compliance", division=code, period=period, form=form)


def authorization(key: str | None) -> dict[str, str]:
    """The header of a visitor's own key; without one the HTTP client's stands."""
    return {"authorization": f"Bearer {key}"} if key else {}


def _decoded(response: httpx.Response, kind: type[A]) -> A:
    try:
        return msgspec.json.decode(response.content, type=kind)
    except msgspec.MsgspecError as error:
        raise ApiUnavailableError(f"{response.request.url.path}: {error}") from error


def _problem(response: httpx.Response) -> Problem:
    try:
        return msgspec.json.decode(response.content, type=Problem)
    except msgspec.MsgspecError:
        reason = response.reason_phrase
        return Problem(response.status_code, "http", Text(reason, reason))
