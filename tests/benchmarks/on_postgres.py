"""The models in Postgres's SQL: sqlglot's translation, and by hand what it does not carry.

By hand: `arg_max(x, y) filter (where c)` becomes the first of an ordered `array_agg`, `median(x)`
becomes `percentile_cont`, the days between two dates become their difference.
"""

import sqlglot
from sqlglot import exp

TYPES = {
    "VARCHAR": "text", "BIGINT": "bigint", "INTEGER": "integer", "DOUBLE": "double precision",
    "DECIMAL(18,4)": "numeric(18, 4)", "BOOLEAN": "boolean", "DATE": "date",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
}  # fmt: skip
"""DuckDB's types and Postgres's, for the tables that the models read."""


def postgres_sql(duckdb_sql: str) -> str:
    return sqlglot.parse_one(duckdb_sql, read="duckdb").transform(_carried).sql("postgres")


def _carried(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.Filter) and isinstance(node.this, exp.ArgMax):
        return _last(node.this, node.expression.this)
    if isinstance(node, exp.ArgMax):
        return _last(node, exp.true())
    if isinstance(node, exp.Median):
        return _parsed(f"percentile_cont(0.5) within group (order by {node.this.sql('postgres')})")
    if isinstance(node, exp.DateDiff):
        return _parsed(f"({node.this.sql('postgres')} - {node.expression.sql('postgres')})")
    return node


def _last(node: exp.ArgMax, condition: exp.Expression) -> exp.Expression:
    """DuckDB's arg_max passes over rows whose value is null."""
    value, order = node.this.sql("postgres"), node.expression.sql("postgres")
    return _parsed(
        f"(array_agg({value} order by {order} desc)"
        f" filter (where {condition.sql('postgres')} and {value} is not null))[1]"
    )


def _parsed(sql: str) -> exp.Expression:
    return exp.maybe_parse(sql, dialect="postgres")
