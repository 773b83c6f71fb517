"""The api as this room sees it: its answers as types, its addresses as methods.

Unknown fields are ignored, so the api may grow; a missing or mistyped one is an `ApiUnavailableError`.
`None` means nobody reported, which is not 0. Shares are 0-1 and money is yuan; `readable` formats.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar
from urllib.parse import quote

import httpx
import msgspec

from dashboards.answers import (
    CardAnswer,
    Cards,
    Catalog,
    Compliance,
    Drilldown,
    Periods,
    Problem,
    Ranking,
    Text,
    Values,
)


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

    def __init__(self, http: httpx.AsyncClient, key: str | None = None, *, visitor: str | None = None) -> None:
        self._http = http
        from_where = {"x-forwarded-for": visitor} if visitor else {}
        self._headers = {"accept": "application/json"} | authorization(key) | from_where

    async def read(self, kind: type[A], path: str, **params: str | int | Sequence[str] | None) -> A:
        """What stands at an address, as a type; parameters without a value are left out."""
        given = {name.rstrip("_"): value for name, value in params.items() if value is not None}
        return decoded(await self._ask("GET", path, params=given), kind)

    async def change(self, kind: type[A], method: str, path: str, content: object = None) -> A:
        """Have something made or changed; what the api answers, as a type."""
        return decoded(await self._ask(method, path, json=content), kind)

    async def _ask(
        self, method: str, path: str, *, params: Params | None = None, json: object = None, etag: str | None = None
    ) -> httpx.Response:
        content = None if json is None else msgspec.json.encode(json)
        return await self.send(method, path, content, {} if etag is None else {"if-match": etag}, params=params)

    async def send(
        self,
        method: str,
        path: str,
        content: bytes | None,
        headers: Mapping[str, str],
        *,
        params: Params | None = None,
        refuse: bool = True,
    ) -> httpx.Response:
        """The answer as it came; a refusal is raised unless the caller deals with it."""
        given = {**self._headers, **headers}
        try:
            response = await self._http.request(method, path, params=params, content=content, headers=given)
        except httpx.HTTPError as error:
            raise ApiUnavailableError(str(error)) from error
        if response.is_error and refuse:
            raise ApiRefusedError(_problem(response))
        return response

    async def periods(self) -> Periods:
        """Periods with values, by first day."""
        return await self.read(Periods, "/v1/periods")

    async def catalog(self) -> Catalog:
        """All work systems."""
        return await self.read(Catalog, "/v1/catalog")

    async def drilldown(self, code: str, period: str, metrics: Sequence[str]) -> Drilldown:
        """A division, its own readings and those of its children."""
        return await self.read(Drilldown, f"/v1/drilldown/{quote(code)}", period=period, metric=metrics)

    async def series(self, code: str, metrics: Sequence[str], first: str, last: str) -> Values:
        """Readings of one division from the first to the last period, both included."""
        return await self.read(Values, "/v1/values", division=code, metric=metrics, from_=first, to=last)

    async def ranking(self, code: str, metric: str, period: str, level: str | None = None) -> Ranking:
        """Divisions of one level below a division by place; the level directly below unless told."""
        return await self.read(Ranking, "/v1/rankings", division=code, metric=metric, period=period, level=level)

    async def cards(self, code: str, **filters: str | int | None) -> Cards:
        """Cards at and below a division."""
        return await self.read(Cards, "/v1/cards", division=code, **filters)

    async def card(self, number: int) -> CardAnswer:
        """One card."""
        response = await self._ask("GET", f"/v1/cards/{number}")
        return msgspec.structs.replace(decoded(response, CardAnswer), etag=response.headers.get("etag", ""))

    async def take_step(self, number: int, step: dict[str, str], etag: str) -> None:
        """Do something with a card that stands as `etag` says."""
        await self._ask("POST", f"/v1/cards/{number}/events", json=step, etag=etag)

    async def compliance(self, code: str, period: str, form: str | None = None) -> Compliance:
        """Who reported, of the division and its children."""
        return await self.read(Compliance, "/v1/compliance", division=code, period=period, form=form)

    async def download(self, path: str) -> bytes:
        """What stands at an address, as it is."""
        return (await self._ask("GET", path)).content


def authorization(key: str | None) -> dict[str, str]:
    """The header of a visitor's own key; without one the HTTP client's stands."""
    return {"authorization": f"Bearer {key}"} if key else {}


def decoded(response: httpx.Response, kind: type[A]) -> A:
    """An answer as a type. ApiUnavailableError when it is not as agreed."""
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
