"""The spine: divisions, deadlines, submissions, keys and cards."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "api_key",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False, comment="the part that may be shown"),
        sa.Column(
            "hash",
            sa.LargeBinary(),
            nullable=False,
            comment="SHA-256 of the secret part, which has 256 random bits",
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("division", sa.Text(), nullable=False, comment="its scope: this division and all below"),
        sa.Column("rights", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "rights <@ array['report', 'read'] and cardinality(rights) > 0",
            name=op.f("ck_api_key_rights_are_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("prefix", name=op.f("uq_api_key_prefix")),
    )
    op.create_table(
        "card",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("division", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("colour", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False, comment="the period it was last judged by"),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column(
            "evidence",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="rule, values, snapshot and submissions of the last judgement",
        ),
        sa.CheckConstraint("colour in ('yellow', 'red')", name=op.f("ck_card_colour_is_known")),
        sa.CheckConstraint(
            "status in ('raised', 'lifting_proposed', 'closed')", name=op.f("ck_card_status_is_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card")),
    )
    op.create_index(
        "ix_card_division",
        "card",
        ["division"],
        unique=False,
        postgresql_ops={"division": "text_pattern_ops"},
    )
    op.create_index(
        "uq_card_open_cause",
        "card",
        ["rule", "division"],
        unique=True,
        postgresql_where=sa.text("status <> 'closed'"),
    )
    op.create_table(
        "division",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False, comment="whose codes: nbs, the National Bureau of Statistics"),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True, comment="at village level: village or community"),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True, comment="the first day it is no more; null while it is"),
        sa.Column("successor_id", sa.BigInteger(), nullable=True, comment="what it became"),
        sa.CheckConstraint("code ~ '^[0-9]{12}$'", name=op.f("ck_division_code_has_12_digits")),
        sa.CheckConstraint(
            "level in ('province', 'city', 'county', 'township', 'village')",
            name=op.f("ck_division_level_is_known"),
        ),
        sa.CheckConstraint(
            "valid_to is null or valid_to > valid_from", name=op.f("ck_division_validity_is_an_interval")
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["division.id"], name=op.f("fk_division_parent_id_division")),
        sa.ForeignKeyConstraint(["successor_id"], ["division.id"], name=op.f("fk_division_successor_id_division")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_division")),
        sa.UniqueConstraint("scheme", "code", "valid_from", name=op.f("uq_division_scheme_code_valid_from")),
    )
    op.create_index("ix_division_parent_id", "division", ["parent_id"], unique=False)
    op.create_table(
        "expected_report",
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("division", sa.Text(), nullable=False, comment="who reports: a township, or a county"),
        sa.Column("units", sa.ARRAY(sa.Text()), nullable=False, comment="the divisions it must have rows for"),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False, comment="the end of the due day"),
        sa.Column(
            "on_time_until",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="due_at and the days of grace",
        ),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "transaction_id",
            sa.BIGINT(),
            server_default=sa.text("(pg_current_xact_id()::text)::bigint"),
            nullable=False,
            comment="which transaction wrote it: what analytics reads on from",
        ),
        sa.CheckConstraint(
            "due_at <= on_time_until and on_time_until <= closes_at",
            name=op.f("ck_expected_report_deadlines_are_in_order"),
        ),
        sa.PrimaryKeyConstraint("form", "period", "division", name=op.f("pk_expected_report")),
    )
    op.create_index("ix_expected_report_transaction_id", "expected_report", ["transaction_id"], unique=False)
    op.create_table(
        "card_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("card_id", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("colour", sa.Text(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "event in ('raised', 'strengthened', 'eased', 'lifting_proposed', 'lifting_withdrawn')",
            name=op.f("ck_card_event_event_is_known"),
        ),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_card_event_card_id_card")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_event")),
    )
    op.create_index(op.f("ix_card_event_card_id"), "card_event", ["card_id"], unique=False)
    op.create_table(
        "idempotency_key",
        sa.Column("key_id", sa.BigInteger(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False, comment="SHA-256 of the request"),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["api_key.id"], name=op.f("fk_idempotency_key_key_id_api_key")),
        sa.PrimaryKeyConstraint("key_id", "idempotency_key", name=op.f("pk_idempotency_key")),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key_id", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="what was sent, as it came"),
        sa.Column("problem", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="what was answered"),
        sa.ForeignKeyConstraint(["key_id"], ["api_key.id"], name=op.f("fk_quarantine_key_id_api_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
    )
    op.create_table(
        "submission",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("form_version", sa.Integer(), nullable=False),
        sa.Column("catalog_version", sa.Text(), nullable=False, comment="the catalog it was checked against"),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("division", sa.Text(), nullable=False, comment="who reports"),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("nil", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("on_time", sa.Boolean(), nullable=False, comment="whether the first revision was"),
        sa.Column("warnings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("key_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "transaction_id",
            sa.BIGINT(),
            server_default=sa.text("(pg_current_xact_id()::text)::bigint"),
            nullable=False,
            comment="which transaction wrote it: what analytics reads on from",
        ),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_submission_revision_counts_from_1")),
        sa.ForeignKeyConstraint(["key_id"], ["api_key.id"], name=op.f("fk_submission_key_id_api_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
        sa.UniqueConstraint(
            "form", "period", "division", "revision", name=op.f("uq_submission_form_period_division_revision")
        ),
    )
    op.create_index("ix_submission_transaction_id", "submission", ["transaction_id"], unique=False)
    op.create_table(
        "submission_row",
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="the row's place in the report, from 1"),
        sa.Column("division", sa.Text(), nullable=False),
        sa.Column("nil", sa.Boolean(), nullable=False),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_submission_row_submission_id_submission")
        ),
        sa.PrimaryKeyConstraint("submission_id", "number", name=op.f("pk_submission_row")),
    )


def downgrade() -> None:

    op.drop_table("submission_row")
    op.drop_index("ix_submission_transaction_id", table_name="submission")
    op.drop_table("submission")
    op.drop_table("quarantine")
    op.drop_table("idempotency_key")
    op.drop_index(op.f("ix_card_event_card_id"), table_name="card_event")
    op.drop_table("card_event")
    op.drop_index("ix_expected_report_transaction_id", table_name="expected_report")
    op.drop_table("expected_report")
    op.drop_index("ix_division_parent_id", table_name="division")
    op.drop_table("division")
    op.drop_index("uq_card_open_cause", table_name="card", postgresql_where=sa.text("status <> 'closed'"))
    op.drop_index("ix_card_division", table_name="card", postgresql_ops={"division": "text_pattern_ops"})
    op.drop_table("card")
    op.drop_table("api_key")
