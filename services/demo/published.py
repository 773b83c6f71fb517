"""The totals that the city published, one file a work system, and whether a computed value agrees with one."""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from services.catalog.periods import InvalidPeriod, Period
from services.catalog.schema import Text

PUBLISHED: Final = Path(__file__).parent / "published"

Rule = Literal["exact", "at_least", "rounds_to", "at_least_double_of_year_before"]


def _period(given: object) -> Period:
    try:
        return Period.parse(str(given))
    except InvalidPeriod as error:
        raise ValueError(str(error)) from error


_Period = Annotated[Period, BeforeValidator(_period)]


class PublishedTotal(BaseModel):
    """One published figure, and the metric that must reproduce it: in `period`, or added up over `from` to `to`.

    With `at_least_double_of_year_before` no figure was published; `published` is how many times the value of
    the year before must be reached.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    text: Text
    metric: str
    period: _Period | None = None
    first: Annotated[_Period | None, Field(alias="from")] = None
    last: Annotated[_Period | None, Field(alias="to")] = None
    published: Decimal
    rule: Rule
    digits: int = 0

    @model_validator(mode="after")
    def _has_one_span(self) -> Self:
        ends = (self.first, self.last)
        if (self.period is None) == (None in ends) or (self.period is not None and ends != (None, None)):
            raise ValueError("needs either period or both from and to")
        return self

    @property
    def span(self) -> tuple[Period, Period]:
        """The first and the last period that are added up."""
        first, last = self.period or self.first, self.period or self.last
        assert first is not None and last is not None
        return first, last

    def wanted(self, year_ago: Decimal | None) -> Decimal | None:
        """What the computed value is compared with; None when that was not reported."""
        if self.rule != "at_least_double_of_year_before":
            return self.published
        return None if year_ago is None else self.published * year_ago

    def agrees(self, computed: Decimal, wanted: Decimal) -> bool:
        """Whether a computed value is what was published, by the total's rule."""
        if self.rule == "exact":
            return computed == wanted
        if self.rule == "rounds_to":
            return computed.quantize(Decimal(1).scaleb(-self.digits), ROUND_HALF_UP) == wanted
        return computed >= wanted


class InvalidPublished(ValueError):
    """A file of published totals has mistakes: a line each, with file and line."""


_LISTED: Final = TypeAdapter(list[PublishedTotal])


def read_published(folder: Path = PUBLISHED, *, system: str = "*") -> list[PublishedTotal]:
    """The published totals of all systems or of one, by file and line; InvalidPublished with a file's mistakes."""
    return [total for path in sorted(folder.glob(f"{system}.yaml")) for total in _totals(path)]


def _totals(path: Path) -> list[PublishedTotal]:
    content = path.read_text("utf-8")
    try:
        return _LISTED.validate_python(yaml.safe_load(content))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InvalidPublished(f"{path.name}:{line}: is not YAML: {error.problem}") from error
    except ValidationError as error:
        raise InvalidPublished("\n".join(_told(path.name, content, error))) from error


def _told(name: str, content: str, error: ValidationError) -> Iterator[str]:
    """Each mistake with the line on which its total begins."""
    root: Any = yaml.compose(content, yaml.SafeLoader)
    for fault in error.errors(include_url=False):
        place = fault["loc"]
        line = root.value[place[0]].start_mark.line + 1 if place else 1
        yield f"{name}:{line}: {'.'.join(map(str, place[1:])) or 'total'}: {fault['msg']}"
