"""Run checked expressions in Python on one row, with SQL's three-valued logic (None is unknown).

They are written out as Python and compiled once: every row of every report comes through here.
"""

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from sqlglot import exp

from services.catalog.expressions import Expression
from services.catalog.periods import Period

_COMPARISONS: Final[Mapping[type[exp.Expression], str]] = {
    exp.EQ: "{} == {}", exp.NEQ: "{} != {}", exp.GT: "{} > {}", exp.GTE: "{} >= {}", exp.LT: "{} < {}",
    exp.LTE: "{} <= {}",
}  # fmt: skip
_STRICT: Final[Mapping[type[exp.Expression], str]] = {
    **_COMPARISONS,
    exp.Add: "{} + {}", exp.Sub: "{} - {}", exp.Mul: "{} * {}", exp.Div: "divided({}, {})",
    exp.Neg: "-{}", exp.Abs: "abs({})", exp.Not: "not {}", exp.Sqrt: "root({})",
}  # fmt: skip
"""What is unknown as soon as one of its operands is."""
_MOMENTS: Final = {
    "period_first_day": "period.first_day",
    "period_last_day": "period.last_day",
    "month_of_period": "period.last_day.month",
}


@dataclass(frozen=True, slots=True)
class Situation:
    """What an expression may read: a row, the same row a period and a year before (or None), the period."""

    row: Any
    period: Period
    previous: Any = None
    year_ago: Any = None


Evaluator = Callable[[Situation], Any]
Failing = Callable[[Any, Period, Any, Any], Sequence[int]]
"""Of a row, its period, and the same row a period and a year before: the numbers of what is false."""


def compiled(expression: Expression) -> Evaluator:
    """A function that gives the expression's value; None where a value it needs is missing.

    Rows are objects whose attributes are the fields. Aggregates are not for single rows.
    """
    source = _Source()
    run = source.function([f"return {source.value(expression.tree)}"])
    return lambda s: run(s.row, s.period, s.previous, s.year_ago)


def failing(expressions: Iterable[Expression]) -> Failing:
    """A function that tells which of the expressions are false, not just unknown: by number, in order."""
    source = _Source()
    conditions = [source.is_exactly(expression.tree, False) for expression in expressions]
    told = [f"if {condition}: found.append({number})" for number, condition in enumerate(conditions)]
    found: Failing = source.function(["found = []", *told, "return found"])
    return found


class _Source:
    """Python source that comes of expressions over the same row, and the names that stand in it."""

    def __init__(self) -> None:
        self._names: dict[str, Any] = {"divided": _divided, "root": _root, "rounded": _rounded, "known": _known}
        self._reads: dict[str, dict[str, str]] = {"row": {}, "previous": {}, "year_ago": {}}
        self._unnamed = 0

    def function(self, lines: Sequence[str]) -> Any:
        """The function with these lines. It begins by reading each field that they need, once."""
        body: list[str] = []
        for source, fields in self._reads.items():
            if fields:
                self._names[f"read_{source}"] = operator.attrgetter(*fields)
                none = f"{' = '.join(fields.values())} = None"
                read = f"{', '.join(fields.values())} = read_{source}({source})"
                body += [f"if {source} is None: {none}", f"else: {read}"]
        text = "\n    ".join(["def run(row, period, previous, year_ago):", *body, *lines])
        exec(compile(text, "<expressions>", "exec"), self._names)  # noqa: S102  made here, of checked expressions
        return self._names["run"]

    def value(self, node: exp.Expression) -> str:
        """The node's value."""
        if isinstance(node, exp.Paren):
            return self.value(node.this)
        if isinstance(node, exp.Column):
            return self._read("row", node.name)
        if isinstance(node, (exp.Literal, exp.Boolean, exp.Null)):
            return self._constant(node)
        if isinstance(node, (exp.And, exp.Or, exp.In, exp.Between)):
            return f"(True if {self.is_exactly(node, True)} else False if {self.is_exactly(node, False)} else None)"
        if isinstance(node, exp.Is):
            return f"({self.value(node.this)} is {self.value(node.expression)})"
        if isinstance(node, exp.Case):
            return self._case(node)
        if isinstance(node, exp.Anonymous):
            return self._call(node)
        if type(node) in _STRICT:
            return self._strict(_STRICT[type(node)], _operands(node))
        return self._function(node)

    def is_exactly(self, node: exp.Expression, wanted: bool) -> str:
        """Whether the node's value is `wanted`: an unknown one is neither True nor False."""
        if isinstance(node, exp.Paren):
            return self.is_exactly(node.this, wanted)
        if isinstance(node, exp.Not):
            return self.is_exactly(node.this, not wanted)
        if isinstance(node, (exp.And, exp.Or)):
            joined = " and " if isinstance(node, exp.And) is wanted else " or "
            parts = [part for part in node.flatten() if isinstance(part, exp.Expression)]
            return f"({joined.join(self.is_exactly(part, wanted) for part in parts)})"
        if isinstance(node, exp.In):
            # As SQL has it: one unknown choice leaves open what the others did not decide.
            choices = [exp.EQ(this=node.this, expression=choice) for choice in node.expressions]
            return f"({(' or ' if wanted else ' and ').join(self.is_exactly(each, wanted) for each in choices)})"
        if isinstance(node, exp.Between):
            low = exp.GTE(this=node.this, expression=node.args["low"])
            return self.is_exactly(exp.And(this=low, expression=_not_above(node)), wanted)
        if type(node) in _COMPARISONS:
            unknown, operands = self._operands(_operands(node))
            told = _COMPARISONS[type(node)].format(*operands)
            whole = [f"not ({' or '.join(unknown)})"] if unknown else []
            return f"({' and '.join([*whole, told if wanted else f'not {told}'])})"
        return f"({self.value(node)} is {wanted})"

    def _strict(self, pattern: str, nodes: Sequence[exp.Expression]) -> str:
        """`pattern` filled with the nodes' values, None as soon as one of them is."""
        unknown, operands = self._operands(nodes)
        value = pattern.format(*operands)
        return f"(None if {' or '.join(unknown)} else {value})" if unknown else f"({value})"

    def _operands(self, nodes: Sequence[exp.Expression]) -> tuple[list[str], list[str]]:
        """Tests that find the values which are None, and the names of the values after these tests."""
        tests, names = [], []
        for node in nodes:
            value = self.value(node)
            if isinstance(node, exp.Literal):
                names.append(value)
                continue
            if value.isidentifier():
                names.append(value)
                tests.append(f"{value} is None")
            else:
                names.append(self._unused("v"))
                tests.append(f"({names[-1]} := {value}) is None")
        return tests, names

    def _read(self, source: str, field: str) -> str:
        return self._reads[source].setdefault(field, f"{source}_{field}")

    def _unused(self, prefix: str) -> str:
        self._unnamed += 1
        return f"{prefix}{self._unnamed}"

    def _constant(self, node: exp.Expression) -> str:
        if isinstance(node, exp.Null):
            return "None"
        if isinstance(node, exp.Boolean) or node.is_string:
            return repr(node.this)
        number = Decimal(node.this)
        if number == number.to_integral_value():
            return repr(int(number))
        name = self._unused("d")
        self._names[name] = number
        return name

    def _case(self, node: exp.Case) -> str:
        default = node.args.get("default")
        branches = [
            f"{self.value(branch.args['true'])} if {self.is_exactly(branch.this, True)} else "
            for branch in node.args["ifs"]
        ]
        return f"({''.join(branches)}{'None' if default is None else self.value(default)})"

    def _call(self, node: exp.Anonymous) -> str:
        if node.name in ("previous", "year_ago"):
            return self._read(node.name, node.expressions[0].name)
        if node.name == "days_between":
            return self._strict("({1} - {0}).days", list(node.expressions))
        return _MOMENTS[node.name]

    def _function(self, node: exp.Expression) -> str:
        if isinstance(node, exp.Nullif):
            name = self._unused("v")
            return f"(None if ({name} := {self.value(node.this)}) == {self.value(node.expression)} else {name})"
        if isinstance(node, exp.Round):
            digits = node.args.get("decimals")
            places = 0 if digits is None else int(digits.this)
            return self._strict(f"rounded({{}}, {places})", [node.this])
        for kind, pick in ((exp.Greatest, "max"), (exp.Least, "min")):
            if isinstance(node, kind):
                values = ", ".join(self.value(part) for part in (node.this, *node.expressions))
                return f"{pick}(known({values}), default=None)"
        raise NotImplementedError(node.sql("duckdb"))


def _operands(node: exp.Expression) -> list[exp.Expression]:
    return [node.this] if node.args.get("expression") is None else [node.this, node.expression]


def _not_above(node: exp.Between) -> exp.Expression:
    return exp.LTE(this=node.this, expression=node.args["high"])


def _divided(number: int | Decimal, by: int | Decimal) -> Decimal | None:
    return Decimal(number) / by if by else None


def _root(number: int | Decimal) -> Decimal | None:
    return Decimal(number).sqrt() if number >= 0 else None


def _rounded(number: int | Decimal, places: int) -> Decimal:
    return Decimal(number).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _known(*values: Any) -> list[Any]:
    return [value for value in values if value is not None]
