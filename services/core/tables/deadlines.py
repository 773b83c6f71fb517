"""What is due: expected reports, frozen when a period opens."""

from sqlalchemy import ARRAY, CheckConstraint, Column, DateTime, Index, Table, Text, text
from sqlalchemy.dialects.postgresql import BIGINT

from services.core.tables.base import metadata

expected_report = Table(
    "expected_report",
    metadata,
    Column("form", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("division", Text, primary_key=True, comment="who reports: a township, or a county"),
    Column("units", ARRAY(Text), nullable=False, comment="the divisions it must have rows for"),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False, comment="the end of the due day"),
    Column("on_time_until", DateTime(timezone=True), nullable=False, comment="due_at and the days of grace"),
    Column("closes_at", DateTime(timezone=True), nullable=False),
    Column(
        "transaction_id", BIGINT, nullable=False,
        server_default=text("(pg_current_xact_id()::text)::bigint"),
        comment="which transaction wrote it: what analytics reads on from",
    ),
    CheckConstraint("due_at <= on_time_until and on_time_until <= closes_at", name="deadlines_are_in_order"),
    Index("ix_expected_report_transaction_id", "transaction_id"),
)  # fmt: skip
