"""What is due, frozen when a period opens, and what was reported: submissions, their life, answers, refusals."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)  # fmt: skip
from sqlalchemy.dialects.postgresql import BIGINT, JSONB

from services.core.tables.base import metadata

_STATES = "'received', 'returned', 'corrected', 'accepted', 'final', 'withdrawn'"
_EVENTS = "'returned', 'accepted', 'final', 'withdrawn', 'waived'"

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
    Index("ix_expected_report_due_at", "due_at", "form", "period", "division"),
)  # fmt: skip

submission = Table(
    "submission",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("form", Text, nullable=False),
    Column("form_version", Integer, nullable=False),
    Column("catalog_version", Text, nullable=False, comment="the catalog it was checked against"),
    Column("period", Text, nullable=False),
    Column("division", Text, nullable=False, comment="who reports"),
    Column("revision", Integer, nullable=False),
    Column("nil", Boolean, nullable=False),
    Column("note", Text),
    Column("row_count", Integer, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("on_time", Boolean, nullable=False, comment="whether the first revision was"),
    Column("warnings", JSONB, nullable=False),
    Column("key_id", BigInteger, ForeignKey("api_key.id"), nullable=False),
    Column(
        "state", Text, nullable=False, server_default="received",
        comment="how far it is; the newest revision's moves",
    ),
    Column("steps", Integer, nullable=False, server_default="0", comment="counts its events"),
    Column(
        "unanswered_warnings", Integer, nullable=False, server_default="0", comment="those that nobody waived"
    ),
    Column(
        "transaction_id", BIGINT, nullable=False,
        server_default=text("(pg_current_xact_id()::text)::bigint"),
        comment="which transaction wrote it, or withdrew it: what analytics reads on from",
    ),
    UniqueConstraint("form", "period", "division", "revision"),
    CheckConstraint("revision >= 1", name="revision_counts_from_1"),
    CheckConstraint(f"state in ({_STATES})", name="state_is_known"),
    Index("ix_submission_transaction_id", "transaction_id"),
)  # fmt: skip

submission_row = Table(
    "submission_row",
    metadata,
    Column("submission_id", Uuid, ForeignKey("submission.id"), primary_key=True),
    Column("number", Integer, primary_key=True, comment="the row's place in the report, from 1"),
    Column("division", Text, nullable=False),
    Column("nil", Boolean, nullable=False),
    Column("fields", JSONB, nullable=False, comment="as reported, but for personal ones"),
    Column("sealed", LargeBinary, comment="the personal ones, sealed"),
)

submission_event = Table(
    "submission_event",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("submission_id", Uuid, ForeignKey("submission.id"), nullable=False, index=True),
    Column("event", Text, nullable=False),
    Column("state", Text, nullable=False, comment="the submission's, after it"),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("reason", Text),
    Column("items", JSONB, comment="of a return: what is to be corrected, and why"),
    Column("warnings", JSONB, comment="of a waiver: which warnings it answers"),
    Column("division", Text, nullable=False, comment="whose key acted"),
    Column("key_id", BigInteger, ForeignKey("api_key.id"), nullable=False),
    CheckConstraint(f"event in ({_EVENTS})", name="event_is_known"),
    CheckConstraint(f"state in ({_STATES})", name="state_is_known"),
    CheckConstraint("event in ('accepted', 'final') or reason is not null", name="reason_is_given"),
)

reporting_grant = Table(
    "reporting_grant",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("form", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("division", Text, nullable=False, comment="who may report again"),
    Column("reason", Text, nullable=False),
    Column("until", DateTime(timezone=True), nullable=False, comment="reports are taken up to here"),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("granted_by", Text, nullable=False, comment="whose key granted it"),
    Column("key_id", BigInteger, ForeignKey("api_key.id"), nullable=False),
    CheckConstraint("until > at", name="lasts"),
    ForeignKeyConstraint(
        ["form", "period", "division"], ["expected_report.form", "expected_report.period", "expected_report.division"]
    ),
    Index("ix_reporting_grant_report", "form", "period", "division"),
)

reminder = Table(
    "reminder",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("form", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("division", Text, nullable=False, comment="who is reminded"),
    Column("kind", Text, nullable=False, comment="days before the due day, the day itself, or late"),
    Column("due_at", DateTime(timezone=True), nullable=False, comment="until when the report is due"),
    Column("at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("form", "period", "division", "kind"),
    CheckConstraint("kind in ('t-3', 't-1', 't', 'late')", name="kind_is_known"),
    ForeignKeyConstraint(
        ["form", "period", "division"], ["expected_report.form", "expected_report.period", "expected_report.division"]
    ),
)

idempotency_key = Table(
    "idempotency_key",
    metadata,
    Column("key_id", BigInteger, ForeignKey("api_key.id"), primary_key=True),
    Column("idempotency_key", Text, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False, comment="SHA-256 of the request"),
    Column("status", Integer, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("answered_at", DateTime(timezone=True), nullable=False),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("key_id", BigInteger, ForeignKey("api_key.id"), nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("media_type", Text),
    Column("body", LargeBinary, nullable=False, comment="what was sent, as it came"),
    Column("problem", JSONB, nullable=False, comment="what was answered"),
    Column("form", Text, comment="as far as it could be read"),
    Column("period", Text, comment="as far as it could be read"),
    Column("division", Text, comment="as far as it could be read"),
    Index("ix_quarantine_received_at", "received_at"),
)
