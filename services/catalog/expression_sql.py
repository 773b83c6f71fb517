"""Checked expressions as SQL: one row at a time, or over the rows of one division."""

from collections.abc import Callable
from typing import Final

from sqlglot import exp

from services.catalog.expressions import Expression

MEASURE: Final = "decimal(18, 4)"
_MOMENTS: Final = {
    "period_first_day": "first_on", "period_last_day": "last_on", "month_of_period": "month(last_on)"
}  # fmt: skip

_Change = Callable[[exp.Expression], exp.Expression]


def scalar_sql(expression: Expression) -> str:
    """SQL over one row. Calls that look back become columns: `previous(x)` is `previous_x`."""
    return _sql(expression.replaced(_change_scalar))


def number_sql(expression: Expression) -> str:
    """As `scalar_sql`, a condition as 1 or 0."""
    sql = scalar_sql(expression)
    return _as_number(sql) if expression.kind == "boolean" else sql


def rows_sql(expression: Expression) -> str:
    """SQL over the rows of one division; what has no aggregate yet is summed.

    Tells `nothing to report` (0) from `not reported` (null): rows carry `is_nil`.
    """
    if not expression.has_aggregate:
        return _summed(number_sql(expression), "not is_nil")
    sql = _sql(expression.replaced(_change_aggregate))
    return _as_number(sql) if expression.kind == "boolean" else sql


def _as_number(condition: str) -> str:
    """1 where a condition holds, 0 where it does not, and unknown where that is unknown."""
    return f"case when {condition} then 1 when not ({condition}) then 0 end"


def by_year(sides: list[tuple[int, str]]) -> str:
    """The SQL that was valid in the row's year (`first_on`): the last of `sides` that had begun."""
    if len(sides) == 1:
        return sides[0][1]
    branches = " ".join(f"when year(first_on) >= {year} then {sql}" for year, sql in reversed(sides))
    return f"case {branches} end"


def _sql(node: exp.Expression) -> str:
    return node.sql("duckdb")


def _parsed(sql: str) -> exp.Expression:
    return exp.paren(exp.maybe_parse(sql, dialect="duckdb"), copy=False)


def _summed(sql: str, condition: str) -> str:
    """A sum that is 0 when no row is left to add, and null only when values are missing."""
    return f"case when count(*) filter (where {condition}) = 0 then 0 else sum({sql}) filter (where {condition}) end"


def _change_scalar(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.Anonymous) and node.name in _MOMENTS:
        return exp.maybe_parse(_MOMENTS[node.name], dialect="duckdb")
    if isinstance(node, exp.Anonymous) and node.name == "days_between":
        start, end = (argument.transform(_change_scalar) for argument in node.expressions)
        return exp.DateDiff(this=end, expression=start, unit=exp.var("day"))
    if isinstance(node, exp.Anonymous):
        return exp.column(f"{node.name}_{node.expressions[0].name}")
    return _within_bounds(node, _change_scalar)


def _within_bounds(node: exp.Expression, change: _Change) -> exp.Expression:
    """Division by zero and the root of a negative number are unknown, not an error and not infinite."""
    if isinstance(node, exp.Sqrt):
        radicand = node.this.transform(change)
        is_real = exp.GTE(this=exp.paren(radicand), expression=exp.Literal.number(0))
        return exp.Sqrt(this=exp.case().when(is_real, radicand))
    if not isinstance(node, exp.Div):
        return node
    dividend, divisor = (side.transform(change) for side in (node.this, node.expression))
    return exp.Div(this=dividend, expression=exp.Nullif(this=divisor, expression=exp.Literal.number(0)))


def _change_aggregate(node: exp.Expression) -> exp.Expression:
    condition, aggregate = "not is_nil", node
    if isinstance(node, exp.Filter):
        condition += f" and ({_sql(node.expression.this.transform(_change_scalar))})"
        aggregate = node.this
    if isinstance(aggregate, exp.Sum):
        return _parsed(_summed(_sql(aggregate.this.transform(_change_scalar)), condition))
    if isinstance(aggregate, (exp.Count, exp.Min, exp.Max)):
        return _parsed(f"{_sql(aggregate.transform(_change_scalar))} filter (where {condition})")
    if isinstance(node, exp.Anonymous):
        return _change_scalar(node)
    return _within_bounds(node, _change_aggregate)
