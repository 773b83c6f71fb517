"""The models: SQL files by layer and SQL compiled from the catalog, ordered by what they read."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from graphlib import TopologicalSorter
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final, Literal

import sqlglot
from sqlglot import exp

from services.catalog.load import Catalog
from services.catalog.scoring import (
    card_findings,
    derived_values,
    index_components,
    index_deductions,
    index_vetoes,
)

Refresh = Literal["whole", "units", "view", "batch", "index", "rules", "distinct"]
"""How much of a relation is computed again: all of it; all, but only when other divisions or periods are due than
before; the affected metrics and periods, a batch after the other;
an index's rows of the batch at the changed units; the findings of the rules whose metric changed; all, but only if a
metric that counts different values changed. What stands in `temp` is gone afterwards."""

_HEADER: Final = re.compile(
    r"^-- (?P<word>grain|key|inputs|before|after|refresh|meaning|checks|severity|result)\s+(?P<text>.*)$"
)
_EMPTY: Final = {
    "metrics.index_components": (
        "index_name varchar, component varchar, division varchar, period varchar, value double, "
        "score decimal(18, 4), points decimal(18, 4)"
    ),
    "metrics.index_deductions": (
        "index_name varchar, metric varchar, division varchar, period varchar, value double, points decimal(18, 4)"
    ),
    "metrics.index_vetoes": (
        "index_name varchar, metric varchar, division varchar, period varchar, value double, highest_grade integer"
    ),
    "temp.derived_values": (
        "metric varchar, division varchar, period varchar, numerator decimal(18, 4), "
        "denominator decimal(18, 4), reported integer, expected integer"
    ),
    "marts.card_findings": (
        "rule varchar, rule_version integer, division varchar, period varchar, colour varchar, value double, "
        "previous double, rank bigint, places bigint, reported bigint, expected bigint"
    ),
}


_COMPILED_READ: Final = {
    "metrics.index_components": {"temp.read_values", "temp.batch"},
    "metrics.index_deductions": {"temp.read_values", "temp.batch"},
    "metrics.index_vetoes": {"temp.read_values", "temp.batch"},
    "temp.derived_values": {"temp.source_values", "temp.batch"},
    "marts.card_findings": {"marts.metric_values"},
}
"""What each compiled relation reads of the others; written down, for its SQL is long to parse."""


@dataclass(frozen=True)
class Model:
    """One relation: `layer.name`, the SQL that fills it, and how it is refreshed."""

    name: str
    sql: str
    refresh: Refresh
    header: dict[str, str]

    @cached_property
    def reads(self) -> frozenset[str]:
        """The relations that must be there first: those it reads, and `after`.

        Not its own CTEs, and not what it reads as the refresh before left it (`before`).
        """
        known = _COMPILED_READ.get(self.name)
        if known is not None:
            return frozenset(known)
        after = self.header.get("after")
        return tables_read(self.sql) - {self.header.get("before")} | ({after} if after else set())


@dataclass(frozen=True)
class Check:
    """A law of the warehouse: SQL that counts what it examined and what it found broken."""

    name: str
    sql: str
    severity: str


def tables_read(sql: str) -> frozenset[str]:
    """`layer.name` of every relation that `sql` reads."""
    tree = sqlglot.parse_one(sql, read="duckdb")
    return frozenset(f"{table.db}.{table.name}" for table in tree.find_all(exp.Table) if table.db)


@cache
def written_models() -> tuple[Model, ...]:
    """The models that stand as SQL files in models/<layer>/<name>.sql."""
    return tuple(
        Model(f"{layer.name}.{file.name.removesuffix('.sql')}", sql, header["refresh"], header)  # type: ignore[arg-type]
        for layer in _folders("models")
        for file in layer.iterdir()
        if file.name.endswith(".sql")
        for sql, header in [_parsed(file)]
    )


@cache
def checks() -> tuple[Check, ...]:
    """The checks that stand as SQL files in checks/<name>.sql."""
    folder = files("services.analytics").joinpath("checks")
    found = [(file.name.removesuffix(".sql"), *_parsed(file)) for file in folder.iterdir()]
    return tuple(Check(name, sql, header["severity"]) for name, sql, header in sorted(found, key=lambda f: f[0]))


def _folders(name: str) -> Iterator[Traversable]:
    folder = files("services.analytics").joinpath(name)
    return (layer for layer in folder.iterdir() if layer.is_dir() and not layer.name.startswith("_"))


def _parsed(file: Traversable) -> tuple[str, dict[str, str]]:
    """A file's SQL and its header; a header line that goes on stands indented."""
    text = file.read_text("utf-8")
    header: dict[str, str] = {}
    word = ""
    for line in text.splitlines():
        match = _HEADER.match(line)
        if match:
            word = match["word"]
            header[word] = match["text"]
        elif word and line.startswith("--  "):
            header[word] += " " + line.removeprefix("--").strip()
    return text, header


def compiled_models(catalog: Catalog, names: Collection[str]) -> list[Model]:
    """The models that indexes, derived metrics and card rules compile to, for these metrics and indexes."""
    indexes = [index for name, index in catalog.indexes.items() if name in names]
    derived = [metric for metric in catalog.derived_metrics if metric.metric in names]
    rules = [rule for rule in catalog.rules.values() if rule.metric in names]
    return [
        _compiled("metrics.index_components", "index", [s for i in indexes for s in index_components(i)]),
        _compiled("metrics.index_deductions", "index", [s for i in indexes for s in index_deductions(i)]),
        _compiled("metrics.index_vetoes", "index", [s for i in indexes for s in index_vetoes(i)]),
        _compiled("temp.derived_values", "batch", [derived_values(catalog, metric) for metric in derived]),
        _compiled("marts.card_findings", "rules", [card_findings(rule) for rule in rules]),
    ]


def _compiled(name: str, refresh: Refresh, statements: list[str]) -> Model:
    columns = _EMPTY[name].replace("decimal(18, 4)", "decimal").split(", ")
    nothing = "select " + ", ".join(f"null as {column.split()[0]}" for column in columns) + " where false"
    return Model(name, "\nunion all\n".join(f"({s})" for s in statements) or nothing, refresh, {})


def columns_of(model: Model) -> str | None:
    """The columns a compiled relation has even when nothing fills it; None for a written one."""
    return _EMPTY.get(model.name)


def in_order(models: Iterable[Model]) -> list[Model]:
    """The models, each after those that it reads; graphlib.CycleError if they read in a circle."""
    by_name = {model.name: model for model in models}
    graph = {name: model.reads & by_name.keys() for name, model in by_name.items()}
    return [by_name[name] for name in TopologicalSorter(graph).static_order()]


def in_order_of_batches(models: Iterable[Model]) -> tuple[list[Model], list[Model], list[Model]]:
    """The models that run before the batches, in each batch, and after them."""
    before: list[Model] = []
    in_batches: list[Model] = []
    after: list[Model] = []
    late: set[str] = set()
    for model in in_order(models):
        is_of_batch = model.refresh in ("batch", "index") or (model.name.startswith("temp.") and model.reads & late)
        group = in_batches if is_of_batch else after if model.reads & late else before
        group.append(model)
        if group is not before:
            late.add(model.name)
    return before, in_batches, after
