"""A visit: what one request asks to see, in which language and theme, and what it needs to answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, TypeVar
from urllib.parse import urlencode

from fastapi import Depends, Request

from dashboards.answers import CardCounts, Catalog, DivisionRef, Metric, Period, Periods
from dashboards.client import Api
from dashboards.figures.theme import PALETTES, Palette, ThemeName
from dashboards.people import Me
from dashboards.sessions import key_of
from dashboards.spans import fitting, name_of, newest
from dashboards.texts import LANGS, Lang, Texts
from dashboards.together import together

T = TypeVar("T", bound=str)
KEPT = ("period", "metric")  # what a link to another page takes along


class NothingYetError(Exception):
    """The api has no figures yet."""


class UnknownChoiceError(Exception):
    """The address names a period or a metric that does not exist."""


@dataclass(frozen=True)
class Manner:
    """How to answer: language, theme, and the address without either."""

    texts: Texts
    theme: ThemeName
    path: str
    query: dict[str, str]
    asked_lang: Lang | None
    asked_theme: ThemeName | None
    key: str | None = field(default=None, repr=False)
    """The visitor's own access key."""

    @property
    def lang(self) -> Lang:
        """The reader's language."""
        return self.texts.lang

    @property
    def palette(self) -> Palette:
        """The theme's colours for figures."""
        return PALETTES[self.theme]

    def here(self, **changes: str | None) -> str:
        """This page with some of its query changed; None takes a part out."""
        return address(self.path, {**self.query, **changes})


@dataclass(frozen=True)
class Visit:
    """A request with what every page needs: periods, catalog, and the open cards for its navigation."""

    manner: Manner
    api: Api
    periods: Periods
    catalog: Catalog
    period: Period
    metric: Metric
    counts: CardCounts
    rights: frozenset[str]
    """What the visitor may do by a key of his own; without one nothing but look."""

    @property
    def texts(self) -> Texts:
        """The words."""
        return self.manner.texts

    @property
    def root(self) -> DivisionRef:
        """The top division that the key may see."""
        return self.periods.root

    @property
    def has_desk(self) -> bool:
        """Whether the visitor's own key is that of one who reports."""
        return "report" in self.rights and self.root.level in ("township", "county")

    @property
    def has_terminal(self) -> bool:
        """Whether the visitor's own key is a village's."""
        return self.manner.key is not None and self.root.level == "village"

    @property
    def headlines(self) -> list[Metric]:
        """The metrics a switch offers: the headline ones, else all."""
        return [m for m in self.catalog.metrics if m.headline] or self.catalog.metrics

    def by_name(self, metric: str) -> Metric | None:
        """A metric of the catalog."""
        return next((m for m in self.catalog.metrics if m.metric == metric), None)

    def fitting(self, metric: Metric) -> Period:
        """The period to read a metric in on this page."""
        return fitting(metric, self.period, self.periods.periods)

    def period_name(self, period: str) -> str:
        """A period in words."""
        return name_of(period, self.texts)

    def link(self, path: str, **changes: str | None) -> str:
        """Another page, with period and metric taken along."""
        kept = {key: self.manner.query[key] for key in KEPT if key in self.manner.query}
        return address(path, {**kept, **changes})


def address(path: str, query: dict[str, str | None] | dict[str, str]) -> str:
    """A path with those parts of a query that have a value."""
    given = urlencode({key: value for key, value in query.items() if value})
    return f"{path}?{given}" if given else path


def manner_of(request: Request) -> Manner:
    """Language and theme from the address, else from the cookie, else Chinese and light; the key from its cookie."""
    query = dict(request.query_params)
    asked_lang = _one_of(LANGS, query.pop("lang", None))
    asked_theme = _one_of(tuple(PALETTES), query.pop("theme", None))
    lang = asked_lang or _one_of(LANGS, request.cookies.get("lang")) or "zh"
    theme = asked_theme or _one_of(tuple(PALETTES), request.cookies.get("theme")) or "light"
    return Manner(Texts(lang), theme, request.url.path, query, asked_lang, asked_theme, key_of(request))


async def open_visit(request: Request) -> Visit:
    """Periods and catalog for a page. Raises NothingYetError before the first figures are out."""
    manner = manner_of(request)
    api = Api(request.app.state.http, manner.key)
    periods, catalog, rights = await together(api.periods(), api.catalog(), _own_rights(api, manner))
    if not periods.periods or not catalog.metrics:
        raise NothingYetError
    cards = await api.cards(periods.root.code, limit=1)
    return Visit(
        manner=manner,
        api=api,
        periods=periods,
        catalog=catalog,
        period=_period(manner.query.get("period"), periods),
        metric=_metric(manner.query.get("metric"), catalog.metrics),
        counts=cards.counts,
        rights=rights,
    )


async def _own_rights(api: Api, manner: Manner) -> frozenset[str]:
    return frozenset((await api.read(Me, "/v1/me")).rights) if manner.key is not None else frozenset()


AVisit = Annotated[Visit, Depends(open_visit)]


def _period(asked: str | None, answer: Periods) -> Period:
    if not asked:
        return newest(answer.periods, answer.as_of[:10])
    found = next((p for p in answer.periods if p.period == asked), None)
    if found is None:
        raise UnknownChoiceError(asked)
    return found


def _metric(asked: str | None, metrics: Sequence[Metric]) -> Metric:
    if not asked:
        # A rate compares divisions of any size; an amount puts the largest first.
        return min(metrics, key=lambda m: (not m.headline, m.format != "share"))
    found = next((m for m in metrics if m.metric == asked), None)
    if found is None:
        raise UnknownChoiceError(asked)
    return found


def _one_of(allowed: Sequence[T], value: str | None) -> T | None:
    return next((choice for choice in allowed if choice == value), None)
