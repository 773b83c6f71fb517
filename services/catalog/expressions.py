"""The safe subset of SQL that catalog files are written in: parse, check, compile.

A parsed expression knows which names it reads and what kind of value it gives. It compiles to
DuckDB SQL for the warehouse and to a Python function, with SQL's three-valued logic, for ingest.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Final, Literal

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

Kind = Literal["number", "boolean", "text", "date"]
Names = Mapping[str, Kind]

_AGGREGATES: Final = (exp.Count, exp.Sum, exp.Min, exp.Max, exp.Filter)
_COMPARISONS: Final = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_ARITHMETIC: Final = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Neg, exp.Abs, exp.Round, exp.Sqrt)
_LOGIC: Final = (exp.And, exp.Or, exp.Not, exp.Is, exp.In, exp.Between, *_COMPARISONS)
_OTHERS: Final = (
    exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Case, exp.If,
    exp.Greatest, exp.Least, exp.Nullif, exp.Star, exp.Where, exp.Anonymous,
)  # fmt: skip
FUNCTIONS: Final[dict[str, tuple[int, Kind | None]]] = {
    "previous": (1, None),
    "year_ago": (1, None),
    "days_between": (2, "number"),
    "period_first_day": (0, "date"),
    "period_last_day": (0, "date"),
    "month_of_period": (0, "number"),
}
_LOOK_BACK: Final = ("previous", "year_ago")
_DECIMALS: Final = ("0", "1", "2", "3", "4")


class InvalidExpression(ValueError):
    """An expression that is not of the subset; the message says what and, where it can, the mend."""


@dataclass(frozen=True)
class Expression:
    """A checked expression. `names` are the fields or metrics read now, `earlier` those read back in time."""

    text: str
    tree: exp.Expression
    kind: Kind | None

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name the expression reads, now or earlier."""
        return frozenset(column.name for column in self.tree.find_all(exp.Column))

    @cached_property
    def looks_back(self) -> frozenset[str]:
        """Which of `previous` and `year_ago` the expression calls."""
        return frozenset(call.name for call in self.tree.find_all(exp.Anonymous) if call.name in _LOOK_BACK)

    @cached_property
    def has_aggregate(self) -> bool:
        """Whether it sums up several rows."""
        return self.tree.find(*_AGGREGATES) is not None

    def replaced(self, change: Callable[[exp.Expression], exp.Expression]) -> exp.Expression:
        """A copy of the tree with every node passed through `change`, outermost first."""
        return self.tree.copy().transform(change)


def parse(text: str, names: Names, *, aggregates: bool = False, look_back: bool = False) -> Expression:
    """`text` as a checked expression over `names`; InvalidExpression if it is not one."""
    try:
        tree = sqlglot.parse_one(text, read="duckdb")
    except SqlglotError as error:
        raise InvalidExpression(f"cannot be read: {str(error).splitlines()[0]}") from error
    if not isinstance(tree, exp.Expression):
        raise InvalidExpression("is empty")
    _require_subset(tree, aggregates=aggregates, look_back=look_back)
    _require_names(tree, names)
    _require_one_level(tree)
    return Expression(text, tree, _kind(tree, names))


def _require_subset(tree: exp.Expression, *, aggregates: bool, look_back: bool) -> None:
    allowed = (*_ARITHMETIC, *_LOGIC, *_OTHERS, *(_AGGREGATES if aggregates else ()))
    for node in tree.walk():
        if isinstance(node, exp.Anonymous):
            _require_function(node, look_back=look_back)
        elif not isinstance(node, allowed):
            raise InvalidExpression(f"{node.sql('duckdb')!r} is not allowed here")
        else:
            _require_shape(node)


def _require_shape(node: exp.Expression) -> None:
    """Refuse what an allowed kind of node can carry beyond the subset."""
    if isinstance(node, exp.Star) and not isinstance(node.parent, exp.Count):
        raise InvalidExpression("`*` is only allowed in count(*)")
    if isinstance(node, exp.Column) and node.table:
        raise InvalidExpression(f"{node.sql('duckdb')!r}: names stand alone, without a table")
    if isinstance(node, exp.In) and (node.args.get("query") or not node.expressions):
        raise InvalidExpression("`in` takes a list of values")
    if isinstance(node, exp.If) and not isinstance(node.parent, exp.Case):
        raise InvalidExpression("write `case when …`, not `if(…)`")
    if isinstance(node, exp.Is) and not isinstance(node.expression, (exp.Null, exp.Boolean)):
        raise InvalidExpression("`is` takes null, true or false")
    if isinstance(node, (exp.Count, exp.Sum, exp.Min, exp.Max)) and (node.this is None or _further(node)):
        raise InvalidExpression(f"{node.sql('duckdb')!r}: an aggregate takes one value")
    if isinstance(node, exp.Between) and node.args.get("symmetric"):
        raise InvalidExpression("write `between`, the lower value first")
    if isinstance(node, exp.Round) and (_further(node) or _decimals(node) not in _DECIMALS):
        raise InvalidExpression("round takes a number and how many decimals, 0 to 4, written out")


def _further(node: exp.Expression) -> list[str]:
    """What a function was given besides its plain arguments."""
    plain = ("this", "decimals", "big_int")
    return [name for name, value in node.args.items() if value and name not in plain]


def _decimals(node: exp.Round) -> str:
    given = node.args.get("decimals")
    return "0" if given is None else str(given.sql())


def _require_function(call: exp.Anonymous, *, look_back: bool) -> None:
    known = [name for name in FUNCTIONS if look_back or name not in _LOOK_BACK]
    if call.name not in known:
        raise InvalidExpression(f"there is no function {call.name!r} here{suggestion(call.name, known)}")
    if len(call.expressions) != FUNCTIONS[call.name][0]:
        raise InvalidExpression(f"{call.name} takes {FUNCTIONS[call.name][0]} argument(s)")
    if call.name in _LOOK_BACK and not isinstance(call.expressions[0], exp.Column):
        raise InvalidExpression(f"{call.name} takes one name")


def _require_one_level(tree: exp.Expression) -> None:
    sums = list(tree.find_all(exp.Count, exp.Sum, exp.Min, exp.Max))
    for node in sums:
        if node.find_ancestor(exp.Count, exp.Sum, exp.Min, exp.Max):
            raise InvalidExpression(f"{node.sql('duckdb')!r} stands inside another aggregate")
    for column in tree.find_all(exp.Column) if sums else ():
        if not column.find_ancestor(exp.Filter, exp.Count, exp.Sum, exp.Min, exp.Max):
            raise InvalidExpression(f"{column.name!r} must stand inside an aggregate, as the rest does")


def _require_names(tree: exp.Expression, names: Names) -> None:
    for column in tree.find_all(exp.Column):
        if column.name not in names:
            raise InvalidExpression(f"reads {column.name!r}, which is not there{suggestion(column.name, names)}")


def suggestion(wrong: str, known: Mapping[str, object] | list[str]) -> str:
    """` (did you mean …?)` with the nearest known word, or nothing when none is near."""
    near = get_close_matches(wrong, list(known), n=1, cutoff=0.5)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _kind(node: exp.Expression, names: Names) -> Kind | None:
    """The kind of value `node` gives, None for null; InvalidExpression where kinds do not go together."""
    if isinstance(node, exp.Column):
        return names[node.name]
    if isinstance(node, exp.Literal):
        return "text" if node.is_string else "number"
    if isinstance(node, exp.Null):
        return None
    if isinstance(node, (exp.Paren, exp.Filter)):
        if isinstance(node, exp.Filter):
            _require_kind(node.expression.this, "boolean", names)
        return _kind(node.this, names)
    if isinstance(node, exp.Boolean):
        return "boolean"
    if isinstance(node, exp.Anonymous):
        return _kind_of_call(node, names)
    if isinstance(node, exp.Case):
        return _kind_of_case(node, names)
    if isinstance(node, (exp.Greatest, exp.Least, exp.Min, exp.Max, exp.Nullif)):
        return _same_kind([node.this, *_arguments(node)], names, node)
    return _kind_of_operator(node, names)


def _arguments(node: exp.Expression) -> list[exp.Expression]:
    given = [node.expression] if node.args.get("expression") else []
    return [*given, *node.expressions]


def _kind_of_operator(node: exp.Expression, names: Names) -> Kind:
    if isinstance(node, exp.Count):
        if not isinstance(node.this, exp.Star):
            _kind(node.this, names)
        return "number"
    if isinstance(node, (*_ARITHMETIC, exp.Sum)):
        for operand in (node.this, node.args.get("expression"), node.args.get("decimals")):
            if operand is not None:
                _require_kind(operand, "number", names)
        return "number"
    if isinstance(node, (exp.And, exp.Or, exp.Not)):
        for operand in filter(None, (node.this, node.args.get("expression"))):
            _require_kind(operand, "boolean", names)
        return "boolean"
    if isinstance(node, exp.Between):
        _same_kind([node.this, node.args["low"], node.args["high"]], names, node)
    elif isinstance(node, exp.In):
        _same_kind([node.this, *node.expressions], names, node)
    else:
        _same_kind([node.this, node.expression], names, node)
    return "boolean"


def _kind_of_call(call: exp.Anonymous, names: Names) -> Kind | None:
    if call.name == "days_between":
        for argument in call.expressions:
            _require_kind(argument, "date", names)
    if call.name in _LOOK_BACK:
        return _kind(call.expressions[0], names)
    return FUNCTIONS[call.name][1]


def _kind_of_case(case: exp.Case, names: Names) -> Kind | None:
    if case.this is not None:
        raise InvalidExpression("write `case when …`, not `case x when …`")
    for branch in case.args["ifs"]:
        _require_kind(branch.this, "boolean", names)
    results = [branch.args["true"] for branch in case.args["ifs"]]
    return _same_kind([*results, *filter(None, [case.args.get("default")])], names, case)


def _require_kind(node: exp.Expression, wanted: Kind, names: Names) -> None:
    kind = _kind(node, names)
    if kind not in (wanted, None):
        raise InvalidExpression(f"{node.sql('duckdb')!r} is a {kind}, a {wanted} is needed")


def _same_kind(nodes: list[exp.Expression], names: Names, whole: exp.Expression) -> Kind | None:
    kinds = {_kind(node, names) for node in nodes} - {None}
    if len(kinds) > 1:
        raise InvalidExpression(f"{whole.sql('duckdb')!r} mixes {' and '.join(sorted(map(str, kinds)))}")
    return kinds.pop() if kinds else None
