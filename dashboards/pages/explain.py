"""GET /explain/{metric}: how a division's value came about, laid out as tables, and what would raise it."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from dashboards.answers import Index, Metric, Period
from dashboards.explanations import Explanation, Node, Raise, Tree, read_explanation
from dashboards.pages.rendering import render
from dashboards.readable import Shown, shown
from dashboards.visits import AVisit, Visit

router = APIRouter()
LOWEST_SHOWN = 30


@dataclass(frozen=True)
class InputRow:
    """A value that the metric is derived from."""

    title: str
    when: str
    period: str
    shown: Shown
    link: str


@dataclass(frozen=True)
class Part:
    """An index of the tree with the words of its name and of its period."""

    name: str
    title: str
    period: str
    tree: Tree


@dataclass(frozen=True)
class RaiseRow:
    """A component to be raised, or a standard of the `group` that a component is, as people read its values."""

    title: str
    group: str
    change: Raise
    before: Shown
    after: Shown
    link: str


@router.get("/explain/{metric}")
async def read_explain(request: Request, visit: AVisit, metric: str) -> Response:
    """One value explained. The api answers for a metric or a division that does not exist."""
    code = visit.manner.query.get("division") or visit.root.code
    answer = await read_explanation(visit.api, quote(metric, safe=""), code, period_for(visit, metric).period)
    tree = answer.tree
    return render(
        request,
        visit,
        "explain.html",
        page="division",
        answer=answer,
        tree=tree,
        title=title_of(tree, visit),
        value=_shown(tree, visit),
        inputs=[_input(node, answer, visit) for node in tree.inputs],
        parts=[*_indexes(tree, visit)],
        shown_component=lambda part: _shown(part.read, visit),
        raises=[_raise(change, answer, visit) for change in answer.improvements.changes],
        advised=_title_of_index(answer, visit),
        explain=lambda name, division=answer.division.code: _link(visit, name, division),
        forms={form.form: form for form in visit.catalog.forms},
        lowest_shown=LOWEST_SHOWN,
    )


def period_for(visit: Visit, name: str) -> Period:
    """The period to explain a metric or an index in; the page's own for a name that nobody knows."""
    metric = visit.by_name(name)
    if metric is not None:
        return visit.fitting(metric)
    index: Index | None = next((each for each in visit.catalog.indexes if each.index == name), None)
    return visit.fitting(index.as_metric) if index else visit.period


def title_of(node: Node, visit: Visit) -> str:
    """What a value is called: a grade by its index."""
    title = visit.texts.of(node.title)
    return visit.texts("explain.grade_of", index=title) if node.kind == "grade" else title


def _shown(node: Node, visit: Visit) -> Shown:
    return _said(node.measured.value, node.unit, node.format, visit, expected=node.measured.expected)


def _said(value: float | None, unit: str | None, written: str, visit: Visit, *, expected: int = 1) -> Shown:
    plain = Metric("", visit.catalog.metrics[0].title, unit, written, "none", None, "")
    return shown(value, plain, visit.texts, expected=expected)


def _input(node: Node, answer: Explanation, visit: Visit) -> InputRow:
    name = node.name.removesuffix("_grade") if node.kind == "grade" else node.name
    return InputRow(
        title=title_of(node, visit),
        when=visit.texts(f"explain.{node.when}"),
        period=visit.period_name(node.period),
        shown=_shown(node, visit),
        link=_link(visit, name, answer.division.code, node.period),
    )


def _link(visit: Visit, name: str, division: str, period: str | None = None) -> str:
    known = {each.period for each in visit.periods.periods}
    changes = {"period": period} if period in known else {}
    return visit.link(f"/explain/{name}", division=division, **changes)


def _indexes(tree: Node, visit: Visit) -> Iterator[Part]:
    """Each index of the tree once a period, in the order in which they are read."""
    seen: set[tuple[str, str]] = set()
    for node in tree.all:
        title = visit.texts.of(node.title)
        if node.index is not None and (title, node.period) not in seen:
            seen.add((title, node.period))
            yield Part(node.name, title, visit.period_name(node.period), node.index)


def _raise(change: Raise, answer: Explanation, visit: Visit) -> RaiseRow:
    before, after = (_said(value, change.unit, change.format, visit) for value in (change.value, change.to_value))
    link = _link(visit, change.metric, answer.division.code)
    title = visit.texts.of(change.title)
    if change.standard is None:
        return RaiseRow(title, "", change, before, after, link)
    return RaiseRow(visit.texts.of(change.standard.title), title, change, before, after, link)


def _title_of_index(answer: Explanation, visit: Visit) -> str:
    found = next((each for each in visit.catalog.indexes if each.index == answer.improvements.index), None)
    return visit.texts.of(found.title) if found else ""
