"""Run a checked expression in Python on one row, with SQL's three-valued logic (None is unknown)."""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from sqlglot import exp

from services.catalog.expressions import Expression
from services.catalog.periods import Period

_BINARY: Final[dict[type[exp.Expression], Callable[[Any, Any], Any]]] = {
    exp.EQ: operator.eq, exp.NEQ: operator.ne, exp.GT: operator.gt, exp.GTE: operator.ge, exp.LT: operator.lt,
    exp.LTE: operator.le, exp.Add: operator.add, exp.Sub: operator.sub, exp.Mul: operator.mul,
    exp.Div: lambda a, b: Decimal(a) / b if b else None,
}  # fmt: skip
_UNARY: Final[dict[type[exp.Expression], Callable[[Any], Any]]] = {
    exp.Neg: operator.neg, exp.Abs: abs, exp.Not: operator.not_,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Situation:
    """What an expression may read: a row, the same row a period and a year before (or None), the period."""

    row: Any
    period: Period
    previous: Any = None
    year_ago: Any = None


Evaluator = Callable[[Situation], Any]


def compiled(expression: Expression) -> Evaluator:
    """A function that gives the expression's value; None where a value it needs is missing.

    Rows are objects whose attributes are the fields. Aggregates are not for single rows.
    """
    return _compiled(expression.tree)


def _compiled(node: exp.Expression) -> Evaluator:
    if isinstance(node, exp.Paren):
        return _compiled(node.this)
    if isinstance(node, exp.Column):
        return operator.attrgetter(f"row.{node.name}")
    if isinstance(node, (exp.Literal, exp.Boolean, exp.Null)):
        value = _constant(node)
        return lambda s: value
    if isinstance(node, (exp.And, exp.Or)):
        return _either(type(node), [part for part in node.flatten() if isinstance(part, exp.Expression)])
    if isinstance(node, exp.Is):
        left, right = _compiled(node.this), _compiled(node.expression)
        return lambda s: left(s) is right(s)
    if isinstance(node, exp.Case):
        return _case(node)
    if isinstance(node, exp.Anonymous):
        return _call(node)
    if type(node) in _UNARY:
        return _strict(_UNARY[type(node)], [node.this])
    if type(node) in _BINARY:
        return _strict(_BINARY[type(node)], [node.this, node.expression])
    return _function(node)


def _constant(node: exp.Expression) -> Any:
    if isinstance(node, exp.Null):
        return None
    if isinstance(node, exp.Boolean) or node.is_string:
        return node.this
    number = Decimal(node.this)
    return int(number) if number == number.to_integral_value() else number


def _strict(function: Callable[..., Any], nodes: list[exp.Expression]) -> Evaluator:
    """`function` of the nodes' values, unknown as soon as one of them is."""
    operands = [_compiled(node) for node in nodes]
    if len(operands) == 2:
        return _strict_pair(function, *operands)

    def run(situation: Situation) -> Any:
        values = [operand(situation) for operand in operands]
        return None if None in values else function(*values)

    return run


def _strict_pair(function: Callable[[Any, Any], Any], left: Evaluator, right: Evaluator) -> Evaluator:
    """The same for two, which is nearly all there is: every row of every report comes through here."""

    def run(situation: Situation) -> Any:
        first = left(situation)
        if first is None:
            return None
        second = right(situation)
        return None if second is None else function(first, second)

    return run


def _function(node: exp.Expression) -> Evaluator:
    if isinstance(node, exp.In):
        # As SQL has it: one unknown choice leaves open what the others did not decide.
        return _either(exp.Or, [exp.EQ(this=node.this, expression=choice) for choice in node.expressions])
    if isinstance(node, exp.Between):
        low, high = node.args["low"], node.args["high"]
        return _either(exp.And, [
            exp.GTE(this=node.this, expression=low), exp.LTE(this=node.this, expression=high)
        ])  # fmt: skip
    if isinstance(node, exp.Nullif):
        value, nothing = _compiled(node.this), _compiled(node.expression)
        return lambda s: None if (v := value(s)) == nothing(s) else v
    if isinstance(node, exp.Round):
        digits = node.args.get("decimals")
        places = int(digits.this) if digits is not None else 0
        unit = Decimal(1).scaleb(-places)
        return _strict(lambda v: Decimal(v).quantize(unit, ROUND_HALF_UP), [node.this])
    if isinstance(node, exp.Sqrt):
        return _strict(lambda v: Decimal(v).sqrt() if v >= 0 else None, [node.this])
    known = (exp.Greatest, max), (exp.Least, min)
    for kind, pick in known:
        if isinstance(node, kind):
            operands = [_compiled(part) for part in (node.this, *node.expressions)]
            return lambda s: pick((v for f in operands if (v := f(s)) is not None), default=None)
    raise NotImplementedError(node.sql("duckdb"))


def _either(kind: type[exp.Expression], parts: Sequence[exp.Expression]) -> Evaluator:
    """All of `parts` (And) or any (Or), unknown where an unknown part could still decide."""
    decides = kind is exp.Or
    operands = [_compiled(part) for part in parts]

    def run(situation: Situation) -> bool | None:
        unknown = False
        for operand in operands:
            value = operand(situation)
            if value is decides:
                return bool(decides)
            unknown = unknown or value is None
        return None if unknown else not decides

    return run


def _case(node: exp.Case) -> Evaluator:
    branches = [(_compiled(branch.this), _compiled(branch.args["true"])) for branch in node.args["ifs"]]
    default = node.args.get("default")
    otherwise = _compiled(default) if default is not None else lambda s: None
    branches.append((lambda s: True, otherwise))
    return lambda s: next(then(s) for when, then in branches if when(s))


def _call(node: exp.Anonymous) -> Evaluator:
    if node.name in ("previous", "year_ago"):
        before = operator.attrgetter(node.name)
        read = operator.attrgetter(node.expressions[0].name)
        return lambda s: None if before(s) is None else read(before(s))
    if node.name == "days_between":
        return _strict(lambda start, end: (end - start).days, list(node.expressions))
    moments: dict[str, Callable[[Period], Any]] = {
        "period_first_day": lambda p: p.first_day,
        "period_last_day": lambda p: p.last_day,
        "month_of_period": lambda p: p.last_day.month,
    }
    moment = moments[node.name]
    return lambda s: moment(s.period)
