"""Read the system files, check them, and give them a version by content.

Every mistake of every file is reported at once, with file, line, what is wrong and, where one is
near, the word that was probably meant.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from services.catalog.expressions import suggestion
from services.catalog.references import Mistake, find_mistakes
from services.catalog.schema import CardRule, Form, Index, Metric, System

SYSTEMS = Path(__file__).parent / "systems"

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Fault:
    """One mistake in a system file; prints as `file:line: where: what`."""

    file: str
    line: int
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.where}: {self.what}"


class InvalidCatalog(ValueError):
    """The catalog cannot be used; `faults` are all its mistakes, by file and line."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("\n".join(map(str, faults)))


@dataclass(frozen=True)
class Catalog:
    """All systems by number, and every part of them by name. `version` changes with any word of them."""

    systems: tuple[System, ...]
    version: str

    @cached_property
    def forms(self) -> Mapping[str, Form]:
        """Forms by name."""
        return {form.form: form for system in self.systems for form in system.forms}

    @cached_property
    def metrics(self) -> Mapping[str, Metric]:
        """Metrics by name."""
        return {metric.metric: metric for system in self.systems for metric in system.metrics}

    @cached_property
    def indexes(self) -> Mapping[str, Index]:
        """Indexes by name."""
        return {index.index: index for system in self.systems for index in system.indexes}

    @cached_property
    def rules(self) -> Mapping[str, CardRule]:
        """Card rules by name."""
        return {rule.rule: rule for system in self.systems for rule in system.cards}


@dataclass(frozen=True)
class _File:
    name: str
    lines: Mapping[Place, int]
    data: Any

    def line(self, place: Place) -> int:
        """The line of `place`, or of the nearest part around it that the file has."""
        return next((self.lines[place[:n]] for n in range(len(place), -1, -1) if place[:n] in self.lines), 1)

    def fault(self, place: Place, what: str) -> Fault:
        return Fault(self.name, self.line(place), ".".join(map(str, place)) or "file", what)


def load_catalog(*folders: Path) -> Catalog:
    """The catalog of the product's own systems and those in `folders`; InvalidCatalog with all mistakes."""
    paths = sorted(path for folder in (SYSTEMS, *folders) for path in folder.glob("*.yaml"))
    digest = hashlib.sha256()
    files: list[_File] = []
    systems: list[System] = []
    faults: list[Fault] = []
    for path in paths:
        text = path.read_text("utf-8")
        digest.update(text.encode())
        try:
            file = _read(path.name, text)
            systems.append(_shaped(file))
            files.append(file)
        except InvalidCatalog as error:
            faults += error.faults
    for system, mistake in find_mistakes(systems):
        faults.append(_placed(files[systems.index(system)], mistake))
    if faults:
        raise InvalidCatalog(sorted(faults, key=lambda fault: (fault.file, fault.line)))
    return Catalog(tuple(sorted(systems, key=lambda s: s.number)), digest.hexdigest()[:12])


def _placed(file: _File, mistake: Mistake) -> Fault:
    return file.fault(mistake.place, mistake.what)


class _UniqueKeys(yaml.SafeLoader):
    """YAML that refuses a key written twice instead of dropping the first."""


def _read(name: str, text: str) -> _File:
    try:
        loader = _UniqueKeys(text)
        node = loader.get_single_node()
        if node is None:
            raise InvalidCatalog([Fault(name, 1, "file", "is empty")])
        lines: dict[Place, int] = {}
        faults = [Fault(name, line, where, what) for line, where, what in _walk(node, (), lines)]
        if faults:
            raise InvalidCatalog(faults)
        return _File(name, lines, loader.construct_document(node))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        what = f"is not YAML: {error.problem}"
        raise InvalidCatalog([Fault(name, mark.line + 1 if mark else 1, "file", what)]) from error


def _walk(node: yaml.Node, place: Place, lines: dict[Place, int]) -> Iterator[tuple[int, str, str]]:
    """Note the line of every part in `lines`; yield each key that stands twice."""
    lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*place, str(key.value))
            if inner in lines:
                yield key.start_mark.line + 1, ".".join(map(str, inner)), "stands twice"
            lines[inner] = key.start_mark.line + 1
            yield from _walk(value, inner, lines)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield from _walk(value, (*place, number), lines)


def _shaped(file: _File) -> System:
    try:
        return System.model_validate(file.data)
    except ValidationError as error:
        faults = []
        for detail in error.errors(include_url=False):
            place = detail["loc"]
            what = str(detail["msg"]).removeprefix("Value error, ")
            if detail["type"] == "extra_forbidden":
                what = f"is not a word of the schema{suggestion(str(place[-1]), _words(place))}"
            faults.append(file.fault(place, what))
        raise InvalidCatalog(faults) from error


def _words(place: Place) -> list[str]:
    """The words the schema allows where `place` stands."""
    model: type[BaseModel] = System
    for step in place[:-1]:
        if isinstance(step, str) and step in model.model_fields:
            model = _model_within(model.model_fields[step].annotation) or model
    return list(model.model_fields)


def _model_within(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_model_within(part) for part in getattr(annotation, "__args__", ()))
    return next((model for model in inner if model), None)
