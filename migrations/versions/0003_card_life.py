"""The life of a card: what people do with it, by whom, and an event for each step that nothing changes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATUSES = "'raised', 'acknowledged', 'plan_filed', 'rectified', 'verified', 'appealed', 'closed'"
JUDGEMENTS = "'raised', 'strengthened', 'escalated', 'lifting_proposed', 'lifting_withdrawn'"
TAKEN = (
    "'acknowledged', 'plan_filed', 'rectified', 'appealed', 'verified', 'returned', 'closed', 'upheld', 'dismissed'"
)
TRANSACTION = sa.text("(pg_current_xact_id()::text)::bigint")


def upgrade() -> None:
    _add_to_card()
    _add_to_card_event()
    op.execute(
        """create trigger append_only before update or delete on card_event
        for each statement execute function refuse_change()"""
    )


def downgrade() -> None:
    op.execute("drop trigger append_only on card_event")
    _take_from_card_event()
    _take_from_card()


def _check(table: str, name: str, condition: str) -> None:
    """A condition in place of the one of the same name."""
    full = f"ck_{table}_{name}"
    op.execute(f"alter table {table} drop constraint if exists {full}")
    op.create_check_constraint(op.f(full), table, condition)


def _card_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("acknowledge_by", sa.Date(), comment="the day after which a yellow one nobody took up is red"),
        sa.Column("paused_on", sa.Date(), comment="since when its days stand still"),
        sa.Column("lifting_proposed_at", sa.DateTime(timezone=True), comment="since when its value has recovered"),
        sa.Column("appealed_from", sa.Text(), comment="the status it had when it was appealed"),
        sa.Column("previous_card", sa.BigInteger(), comment="the one before of the same cause"),
        sa.Column(
            "revision", sa.Integer(), nullable=False, server_default=sa.text("1"),
            comment="counts its changes, from 1",
        ),
        sa.Column(
            "transaction_id", sa.BIGINT(), nullable=False, server_default=TRANSACTION,
            comment="which transaction changed it last: what analytics reads on from",
        ),
    ]  # fmt: skip


def _add_to_card() -> None:
    for column in _card_columns():
        op.add_column("card", column)
    op.alter_column("card", "status", comment="how far people are with it", existing_nullable=False)
    # How long a rule gave for an answer was not kept: such a card may be answered until its deadline.
    op.execute("update card set acknowledge_by = due_on")
    op.alter_column(
        "card", "acknowledge_by", nullable=False,
        existing_comment="the day after which a yellow one nobody took up is red",
    )  # fmt: skip
    op.execute("alter table card drop constraint ck_card_status_is_known")
    op.execute(
        """update card set status = 'raised', lifting_proposed_at = coalesce(
            (select max(at) from card_event where card_id = card.id and event = 'lifting_proposed'), raised_at)
        where status = 'lifting_proposed'"""
    )
    op.execute("update card set paused_on = (lifting_proposed_at at time zone 'Asia/Shanghai')::date")
    _check("card", "status_is_known", f"status in ({STATUSES})")
    _check("card", "appeal_has_a_way_back", "status <> 'appealed' or appealed_from is not null")
    op.create_foreign_key(op.f("fk_card_previous_card_card"), "card", "card", ["previous_card"], ["id"])
    op.create_index("ix_card_cause", "card", ["rule", "division", "id"])
    op.create_index("ix_card_transaction_id", "card", ["transaction_id"])


def _add_to_card_event() -> None:
    for column in (
        sa.Column("status", sa.Text(), comment="the card's, after it"),
        sa.Column("actor", sa.Text(), comment="the system, the card's division, or the level above"),
        sa.Column("division", sa.Text(), comment="whose key acted"),
        sa.Column("key_id", sa.BigInteger()),
        sa.Column("text", sa.Text()),
        sa.Column("due_on", sa.Date(), comment="the new deadline, or the day a plan names"),
        sa.Column(
            "transaction_id", sa.BIGINT(), nullable=False, server_default=TRANSACTION,
            comment="which transaction wrote it",
        ),
    ):  # fmt: skip
        op.add_column("card_event", column)
    op.execute("update card_event set status = 'raised', actor = 'system'")
    op.alter_column("card_event", "status", nullable=False, existing_comment="the card's, after it")
    op.alter_column(
        "card_event", "actor", nullable=False, existing_comment="the system, the card's division, or the level above"
    )
    op.alter_column("card_event", "evidence", nullable=True, comment="of a judgement")
    _check("card_event", "event_is_known", f"event in ({JUDGEMENTS}, {TAKEN})")
    _check("card_event", "status_is_known", f"status in ({STATUSES})")
    _check("card_event", "actor_is_known", "actor in ('system', 'division', 'above')")
    _check(
        "card_event",
        "actor_has_a_key",
        "(actor = 'system') = (key_id is null) and (key_id is null) = (division is null)",
    )
    op.create_foreign_key(op.f("fk_card_event_key_id_api_key"), "card_event", "api_key", ["key_id"], ["id"])
    op.create_index("ix_card_event_transaction_id", "card_event", ["transaction_id"])


def _take_from_card_event() -> None:
    # What the schema before has no word for is lost.
    op.execute(f"delete from card_event where event in ({TAKEN}, 'escalated')")
    op.drop_index("ix_card_event_transaction_id", table_name="card_event")
    for column in ("transaction_id", "due_on", "text", "key_id", "division", "actor", "status"):
        op.drop_column("card_event", column)
    op.alter_column("card_event", "evidence", nullable=False, comment=None, existing_type=postgresql.JSONB())
    _check(
        "card_event",
        "event_is_known",
        "event in ('raised', 'strengthened', 'eased', 'lifting_proposed', 'lifting_withdrawn')",
    )


def _take_from_card() -> None:
    op.execute("alter table card drop constraint ck_card_status_is_known")
    op.execute(
        """update card set status = case when lifting_proposed_at is null then 'raised' else 'lifting_proposed' end
        where status <> 'closed'"""
    )
    op.drop_index("ix_card_transaction_id", table_name="card")
    op.drop_index("ix_card_cause", table_name="card")
    for column in (
        "transaction_id", "revision", "previous_card", "appealed_from", "lifting_proposed_at", "paused_on",
        "acknowledge_by",
    ):  # fmt: skip
        op.drop_column("card", column)
    _check("card", "status_is_known", "status in ('raised', 'lifting_proposed', 'closed')")
    op.alter_column("card", "status", comment=None, existing_nullable=False)
