"""Read the system files, check them, and give them a version by content.

Every mistake of every file is reported at once, with file, line, what is wrong and, where one is
near, the word that was probably meant.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import BaseModel, ValidationError

from services.catalog.expressions import Expression, suggestion
from services.catalog.references import Mistake, derived_expression, derived_names, find_mistakes, number_names
from services.catalog.schema import CardRule, Form, Formula, Grain, Index, Metric, System
from services.catalog.validators import FormValidator

SYSTEMS = Path(__file__).parent / "systems"

Place = tuple[str | int, ...]
_QUOTED: Final = re.compile(r"'(\w+)'")


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
    def reported_forms(self) -> Mapping[str, Form]:
        """The forms that somebody fills, by name."""
        return {name: form for name, form in self.forms.items() if form.is_reported}

    @cached_property
    def validators(self) -> Mapping[str, FormValidator]:
        """What checks the rows of each of these forms."""
        return {name: FormValidator(form) for name, form in self.reported_forms.items()}

    @cached_property
    def computed_forms(self) -> tuple[Form, ...]:
        """The forms whose rows the center computes from what it holds itself."""
        return tuple(form for form in self.forms.values() if not form.is_reported)

    @cached_property
    def metrics(self) -> Mapping[str, Metric]:
        """Metrics by name."""
        return {metric.metric: metric for system in self.systems for metric in system.metrics}

    @cached_property
    def derived_metrics(self) -> tuple[Metric, ...]:
        """The metrics that are computed from other metrics."""
        return tuple(metric for metric in self.metrics.values() if metric.form is None)

    @cached_property
    def derived_grains(self) -> Mapping[str, Grain]:
        """The names that derived metrics may read, with the level at which each is reported."""
        return derived_names(self.systems)

    @cached_property
    def derived_expressions(self) -> Mapping[str, Expression]:
        """The formulas of derived metrics by their text: parsed once, for every refresh asks for them."""
        names = number_names(self.derived_grains)
        formulas = [formula for metric in self.derived_metrics for formula in metric.formulas]
        return {text: derived_expression(names, text) for formula in formulas for text in sides_of(formula)}

    @cached_property
    def indexes(self) -> Mapping[str, Index]:
        """Indexes by name."""
        return {index.index: index for system in self.systems for index in system.indexes}

    @cached_property
    def rules(self) -> Mapping[str, CardRule]:
        """Card rules by name."""
        return {rule.rule: rule for system in self.systems for rule in system.cards}


def sides_of(formula: Formula) -> list[str]:
    """The texts of a formula: its numerator and, where it has one, its denominator."""
    return [text for text in (formula.numerator, formula.denominator) if text is not None]


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
    files: dict[int, _File] = {}
    systems: list[System] = []
    faults: list[Fault] = []
    for path in paths:
        content = path.read_bytes()
        digest.update(content)
        try:
            file = _read(path.name, content)
            systems.append(_shaped(file))
            # By identity: two files may hold the same, and then each is told.
            files[id(systems[-1])] = file
        except InvalidCatalog as error:
            faults += error.faults
    for system, mistake in find_mistakes(systems):
        faults.append(_placed(files[id(system)], mistake))
    if faults:
        raise InvalidCatalog(sorted(faults, key=lambda fault: (fault.file, fault.line)))
    return Catalog(tuple(sorted(systems, key=lambda s: (s.number, s.system))), digest.hexdigest()[:12])


def _placed(file: _File, mistake: Mistake) -> Fault:
    return file.fault(mistake.place, mistake.what)


def _read(name: str, content: bytes) -> _File:
    """A file's data, with the line of every part. A key written twice is refused: YAML would drop the first."""
    try:
        loader = yaml.CSafeLoader(content.decode())
        node = loader.get_single_node()
        lines: dict[Place, int] = {}
        found = [] if node is None else [*_walk(node, (), lines)]
        data = None if node is None or found else loader.construct_document(node)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InvalidCatalog([Fault(name, line, "file", "is not UTF-8")]) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        what = f"is not YAML: {error.problem}"
        raise InvalidCatalog([Fault(name, mark.line + 1 if mark else 1, "file", what)]) from error
    except (yaml.YAMLError, ValueError) as error:
        what = f"is not YAML: {str(error).splitlines()[0]}"
        raise InvalidCatalog([Fault(name, 1, "file", what)]) from error
    if found:
        raise InvalidCatalog([Fault(name, line, where, what) for line, where, what in found])
    if node is None:
        raise InvalidCatalog([Fault(name, 1, "file", "is empty")])
    return _File(name, lines, data)


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
            elif detail["type"] == "literal_error":
                what += suggestion(str(detail["input"]), _QUOTED.findall(what))
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
