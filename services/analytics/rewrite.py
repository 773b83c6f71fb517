"""Bring a table to what is selected anew, and write only the rows that are other than before.

Most of what a correction makes the warehouse compute again comes out as it was. Rows that are not written need
no room, and the file stays in the order in which a full build laid it.
"""

from dataclasses import dataclass

from duckdb import DuckDBPyConnection


def has_rows(warehouse: DuckDBPyConnection, relation: str) -> bool:
    """Whether there is anything in a table, or in a query that has a name."""
    return warehouse.execute(f"select 1 from {relation} limit 1").fetchone() is not None


@dataclass(frozen=True)
class Rewriting:
    """A table, what it shall say (`fresh`), and the rows in their place (`standing`, each with its `row_number`)."""

    table: str
    fresh: str
    standing: str
    written_if_new: str
    """Where nothing stands, everything is new: the metrics and periods of all."""
    key: tuple[str, ...] = ("metric", "period", "division")

    def run(self, warehouse: DuckDBPyConnection) -> None:
        """Write what differs; the metrics and periods of those rows stand in temp.rewritten_cells then."""
        if not has_rows(warehouse, f"({self.standing}) as s"):
            warehouse.execute(f"insert into {self.table} {self.fresh}")
            warehouse.execute(f"create or replace temp table rewritten_cells as {self.written_if_new}")
            return
        warehouse.execute(f"create or replace temp table fresh_rows as {self.fresh}")
        warehouse.execute(f"create or replace temp table changed_rows as {self._differing(warehouse)}")
        warehouse.execute(
            f"""delete from {self.table}
            where rowid in (select row_number from changed_rows where row_number is not null)"""
        )
        warehouse.execute(
            f"insert into {self.table} select * exclude (row_number) from changed_rows where metric is not null"
        )
        warehouse.execute(
            f"""create or replace temp table rewritten_cells as
            select metric, period from changed_rows where metric is not null
            union
            select metric, period from ({self.standing}) where row_number in (select row_number from changed_rows)"""
        )
        warehouse.execute("drop table fresh_rows")
        warehouse.execute("drop table changed_rows")

    def _differing(self, warehouse: DuckDBPyConnection) -> str:
        """The fresh rows that are new or other, and those that are gone (all null but for the row number)."""
        described = warehouse.execute(f"select * from ({self.standing}) as s limit 0").description or []
        others = [name for name, *_ in described if name not in (*self.key, "row_number")]
        matched = " and ".join(f"s.{name} = f.{name}" for name in self.key)
        before, after = (", ".join(f"{side}.{name}" for name in others) for side in "sf")
        return f"""select s.row_number, f.*
        from fresh_rows as f
        full join ({self.standing}) as s on {matched}
        where s.metric is null or f.metric is null or ({before}) is distinct from ({after})"""
