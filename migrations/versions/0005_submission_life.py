"""The life of a submission: states and events, reopened periods, reminders, and what was refused."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STATES = "'received', 'returned', 'corrected', 'accepted', 'final', 'withdrawn'"
REPORT = ["form", "period", "division"]
EXPECTED = ["expected_report.form", "expected_report.period", "expected_report.division"]


def upgrade() -> None:
    _add_to_submission()
    _add_submission_event()
    _add_reporting_grant()
    _add_reminder()
    _add_to_quarantine()
    op.create_index("ix_expected_report_due_at", "expected_report", ["due_at", *REPORT])
    for table in ("submission_event", "reporting_grant"):
        op.execute(
            f"""create trigger append_only before update or delete on {table}
            for each statement execute function refuse_change()"""
        )


def downgrade() -> None:
    op.drop_index("ix_expected_report_due_at", table_name="expected_report")
    op.drop_index("ix_quarantine_received_at", table_name="quarantine")
    for column in REPORT:
        op.drop_column("quarantine", column)
    for table in ("reminder", "reporting_grant", "submission_event"):
        op.drop_table(table)
    for column in ("unanswered_warnings", "steps", "state"):
        op.drop_column("submission", column)
    _comment_transaction("which transaction wrote it: what analytics reads on from")


def _add_to_submission() -> None:
    for column in (
        sa.Column(
            "state", sa.Text(), nullable=False, server_default="received",
            comment="how far it is; the newest revision's moves",
        ),
        sa.Column("steps", sa.Integer(), nullable=False, server_default="0", comment="counts its events"),
        sa.Column(
            "unanswered_warnings", sa.Integer(), nullable=False, server_default="0",
            comment="those that nobody waived",
        ),
    ):  # fmt: skip
        op.add_column("submission", column)
    op.execute("update submission set unanswered_warnings = jsonb_array_length(warnings) where warnings <> '[]'")
    op.create_check_constraint(op.f("ck_submission_state_is_known"), "submission", f"state in ({STATES})")
    _comment_transaction("which transaction wrote it, or withdrew it: what analytics reads on from")


def _comment_transaction(comment: str) -> None:
    op.alter_column(
        "submission", "transaction_id", comment=comment, existing_type=sa.BIGINT(), existing_nullable=False,
        existing_server_default=sa.text("(pg_current_xact_id()::text)::bigint"),
    )  # fmt: skip


def _add_submission_event() -> None:
    op.create_table(
        "submission_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, comment="the submission's, after it"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("items", postgresql.JSONB(), comment="of a return: what is to be corrected, and why"),
        sa.Column("warnings", postgresql.JSONB(), comment="of a waiver: which warnings it answers"),
        sa.Column("division", sa.Text(), nullable=False, comment="whose key acted"),
        sa.Column("key_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "event in ('returned', 'accepted', 'final', 'withdrawn', 'waived')",
            name=op.f("ck_submission_event_event_is_known"),
        ),
        sa.CheckConstraint(f"state in ({STATES})", name=op.f("ck_submission_event_state_is_known")),
        sa.CheckConstraint(
            "event in ('accepted', 'final') or reason is not null", name=op.f("ck_submission_event_reason_is_given")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_submission_event_submission_id_submission")
        ),
        sa.ForeignKeyConstraint(["key_id"], ["api_key.id"], name=op.f("fk_submission_event_key_id_api_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission_event")),
    )
    op.create_index(op.f("ix_submission_event_submission_id"), "submission_event", ["submission_id"])


def _add_reporting_grant() -> None:
    op.create_table(
        "reporting_grant",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("division", sa.Text(), nullable=False, comment="who may report again"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False, comment="reports are taken up to here"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted_by", sa.Text(), nullable=False, comment="whose key granted it"),
        sa.Column("key_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("until > at", name=op.f("ck_reporting_grant_lasts")),
        sa.ForeignKeyConstraint(REPORT, EXPECTED, name=op.f("fk_reporting_grant_form_expected_report")),
        sa.ForeignKeyConstraint(["key_id"], ["api_key.id"], name=op.f("fk_reporting_grant_key_id_api_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reporting_grant")),
    )
    op.create_index("ix_reporting_grant_report", "reporting_grant", REPORT)


def _add_reminder() -> None:
    op.create_table(
        "reminder",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("division", sa.Text(), nullable=False, comment="who is reminded"),
        sa.Column("kind", sa.Text(), nullable=False, comment="days before the due day, the day itself, or late"),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False, comment="until when the report is due"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('t-3', 't-1', 't', 'late')", name=op.f("ck_reminder_kind_is_known")),
        sa.ForeignKeyConstraint(REPORT, EXPECTED, name=op.f("fk_reminder_form_expected_report")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint(*REPORT, "kind", name=op.f("uq_reminder_form_period_division_kind")),
    )


def _add_to_quarantine() -> None:
    for name in REPORT:
        op.add_column("quarantine", sa.Column(name, sa.Text(), comment="as far as it could be read"))
    op.create_index("ix_quarantine_received_at", "quarantine", ["received_at"])
