"""Supervision orders, contact points and meetings; and the right to act on them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_EVENTS = ("supervision_order_event", "contact_point_event", "meeting_event")


def upgrade() -> None:
    _know_rights("'report', 'read', 'act'")
    _create_supervision_order()
    _create_supervision_order_event()
    _create_contact_point()
    _create_contact_point_event()
    _create_meeting()
    _create_meeting_invitation()
    _create_meeting_follow_up()
    _create_meeting_event()
    _create_indexes()
    # What happened stays as it was told: not even the program's own account may rewrite it.
    op.execute("""
        create function refuse_change() returns trigger language plpgsql as $$
        begin
            raise exception '% is append-only', tg_table_name;
        end
        $$
    """)
    for table in _EVENTS:
        op.execute(f"""
            create trigger append_only before update or delete on {table}
            for each row execute function refuse_change()
        """)


def _know_rights(rights: str) -> None:
    op.drop_constraint(op.f("ck_api_key_rights_are_known"), "api_key", type_="check")
    op.create_check_constraint(
        op.f("ck_api_key_rights_are_known"), "api_key", f"rights <@ array[{rights}] and cardinality(rights) > 0"
    )


def _transaction_id() -> sa.Column[int]:
    present = sa.text("(pg_current_xact_id()::text)::bigint")
    meaning = "which transaction last wrote it: what analytics reads on from"
    return sa.Column("transaction_id", sa.BIGINT(), server_default=present, nullable=False, comment=meaning)


def _create_supervision_order() -> None:
    op.create_table(
        "supervision_order",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False, comment="the division that issued it: a city or a county"),
        sa.Column("addressee", sa.Text(), nullable=False, comment="the division below it that has to answer"),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("card_id", sa.BigInteger(), comment="the card that it is about"),
        sa.Column("key_task", sa.Text(), comment="the key task that it is about, by id or text"),
        sa.Column("metric", sa.Text(), comment="the metric that it is about"),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False, comment="the last day for the reply that is awaited, or came"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("replied_at", sa.DateTime(timezone=True), comment="when the latest reply came"),
        sa.Column(
            "in_time",
            sa.Boolean(),
            comment="whether every reply came by its day; null before the first",
        ),
        sa.Column("repeats", sa.BigInteger(), comment="the one before on the same subject"),
        sa.Column("version", sa.Integer(), nullable=False, comment="how many steps it has taken"),
        _transaction_id(),
        sa.CheckConstraint(
            "kind in ('order', 'reminder_letter', 'site_inspection')", name=op.f("ck_supervision_order_kind_is_known")
        ),
        sa.CheckConstraint(
            "state in ('issued', 'replied', 'returned', 'closed', 'withdrawn')",
            name=op.f("ck_supervision_order_state_is_known"),
        ),
        sa.CheckConstraint("issuer <> addressee", name=op.f("ck_supervision_order_addressee_is_another")),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_supervision_order_card_id_card")),
        sa.ForeignKeyConstraint(
            ["repeats"], ["supervision_order.id"], name=op.f("fk_supervision_order_repeats_supervision_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervision_order")),
    )


def _create_supervision_order_event() -> None:
    op.create_table(
        "supervision_order_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acted_by", sa.Text(), nullable=False, comment="in whose name: a key may act for those below"),
        sa.Column("key_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), comment="the reply, or the reason"),
        sa.Column("due_on", sa.Date(), nullable=False, comment="the day for a reply that holds after this step"),
        sa.Column("in_time", sa.Boolean(), comment="of a reply: whether it came by its day"),
        sa.CheckConstraint(
            "event in ('issued', 'replied', 'returned', 'closed', 'withdrawn')",
            name=op.f("ck_supervision_order_event_event_is_known"),
        ),
        sa.ForeignKeyConstraint(["key_id"], ["api_key.id"], name=op.f("fk_supervision_order_event_key_id_api_key")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["supervision_order.id"], name=op.f("fk_supervision_order_event_order_id_supervision_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervision_order_event")),
    )


def _create_contact_point() -> None:
    op.create_table(
        "contact_point",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("township", sa.Text(), nullable=False),
        sa.Column("county", sa.Text(), nullable=False, comment="the county of the township"),
        sa.Column("office", sa.Text(), nullable=False, comment="where the contact serves"),
        sa.Column("post", sa.Text(), nullable=False, comment="the post that the contact holds; never a name"),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), comment="the first day it is no more; null while it is"),
        _transaction_id(),
        sa.CheckConstraint("until is null or until >= since", name=op.f("ck_contact_point_interval_is_in_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_point")),
    )


def _create_contact_point_event() -> None:
    op.create_table(
        "contact_point_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("contact_point_id", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("event in ('set', 'ended')", name=op.f("ck_contact_point_event_event_is_known")),
        sa.ForeignKeyConstraint(
            ["contact_point_id"],
            ["contact_point.id"],
            name=op.f("fk_contact_point_event_contact_point_id_contact_point"),
        ),
        sa.ForeignKeyConstraint(["key_id"], ["api_key.id"], name=op.f("fk_contact_point_event_key_id_api_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_point_event")),
    )


def _create_meeting() -> None:
    op.create_table(
        "meeting",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False, comment="what calendars know it by"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False, comment="the division that holds it"),
        sa.Column("period", sa.Text(), nullable=False, comment="the period that it counts for"),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("agenda", sa.ARRAY(sa.Text()), nullable=False, comment="in the order of the meeting"),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.Text()),
        sa.Column("video_link", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Text(), comment="of a meeting that was held"),
        sa.Column("reason", sa.Text(), comment="why it was cancelled"),
        sa.Column(
            "sequence", sa.Integer(), nullable=False, comment="how often calendars had to take note of a change"
        ),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="how many steps it has taken"),
        _transaction_id(),
        sa.CheckConstraint(
            "(state = 'cancelled') = (reason is not null)", name=op.f("ck_meeting_reason_when_cancelled")
        ),
        sa.CheckConstraint("(state = 'held') = (minutes is not null)", name=op.f("ck_meeting_minutes_when_held")),
        sa.CheckConstraint(
            "kind in ('work_meeting', 'quarterly_analysis', 'video_meeting', 'committee_study')",
            name=op.f("ck_meeting_kind_is_known"),
        ),
        sa.CheckConstraint("state in ('planned', 'held', 'cancelled')", name=op.f("ck_meeting_state_is_known")),
        sa.CheckConstraint("video_link ~ '^https://'", name=op.f("ck_meeting_video_link_is_https")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_meeting_ends_after_its_start")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
        sa.UniqueConstraint("uid", name=op.f("uq_meeting_uid")),
    )


def _create_meeting_invitation() -> None:
    op.create_table(
        "meeting_invitation",
        sa.Column("meeting_id", sa.BigInteger(), nullable=False),
        sa.Column("division", sa.Text(), nullable=False),
        sa.Column("attendance", sa.Text(), comment="null until the meeting is held"),
        sa.Column("posts", sa.ARRAY(sa.Text()), comment="which posts came; never names"),
        sa.CheckConstraint(
            "attendance in ('present', 'absent', 'excused')", name=op.f("ck_meeting_invitation_attendance_is_known")
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_meeting_invitation_meeting_id_meeting")
        ),
        sa.PrimaryKeyConstraint("meeting_id", "division", name=op.f("pk_meeting_invitation")),
    )


def _create_meeting_follow_up() -> None:
    op.create_table(
        "meeting_follow_up",
        sa.Column("meeting_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="its place among those of the meeting, from 1"),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("division", sa.Text(), nullable=False, comment="who is responsible"),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_meeting_follow_up_meeting_id_meeting")),
        sa.PrimaryKeyConstraint("meeting_id", "number", name=op.f("pk_meeting_follow_up")),
    )


def _create_meeting_event() -> None:
    op.create_table(
        "meeting_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("meeting_id", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acted_by", sa.Text(), nullable=False, comment="in whose name: a key may act for those below"),
        sa.Column("key_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), comment="the reason, the minutes, or what was done"),
        sa.Column(
            "starts_at",
            sa.DateTime(timezone=True),
            comment="when planned or moved: the start from then on",
        ),
        sa.Column(
            "ends_at",
            sa.DateTime(timezone=True),
            comment="when planned or moved: the end from then on",
        ),
        sa.Column("follow_up", sa.Integer(), comment="which follow-up was done"),
        sa.CheckConstraint(
            "event in ('planned', 'moved', 'held', 'cancelled', 'follow_up_done')",
            name=op.f("ck_meeting_event_event_is_known"),
        ),
        sa.ForeignKeyConstraint(["key_id"], ["api_key.id"], name=op.f("fk_meeting_event_key_id_api_key")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_meeting_event_meeting_id_meeting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_event")),
    )


def _create_indexes() -> None:
    op.create_index(
        "ix_supervision_order_addressee",
        "supervision_order",
        ["addressee"],
        unique=False,
        postgresql_ops={"addressee": "text_pattern_ops"},
    )
    op.create_index("ix_supervision_order_transaction_id", "supervision_order", ["transaction_id"], unique=False)
    op.create_index(
        op.f("ix_supervision_order_event_order_id"), "supervision_order_event", ["order_id"], unique=False
    )
    op.create_index("ix_contact_point_transaction_id", "contact_point", ["transaction_id"], unique=False)
    op.create_index(
        "uq_contact_point_present",
        "contact_point",
        ["township"],
        unique=True,
        postgresql_where=sa.text("until is null"),
    )
    op.create_index(
        op.f("ix_contact_point_event_contact_point_id"), "contact_point_event", ["contact_point_id"], unique=False
    )
    op.create_index(
        "ix_meeting_holder", "meeting", ["holder"], unique=False, postgresql_ops={"holder": "text_pattern_ops"}
    )
    op.create_index("ix_meeting_starts_at", "meeting", ["starts_at"], unique=False)
    op.create_index("ix_meeting_transaction_id", "meeting", ["transaction_id"], unique=False)
    op.create_index(
        "ix_meeting_invitation_division",
        "meeting_invitation",
        ["division"],
        unique=False,
        postgresql_ops={"division": "text_pattern_ops"},
    )
    op.create_index(op.f("ix_meeting_event_meeting_id"), "meeting_event", ["meeting_id"], unique=False)


def downgrade() -> None:
    for table in (
        "meeting_event",
        "meeting_follow_up",
        "meeting_invitation",
        "meeting",
        "contact_point_event",
        "contact_point",
        "supervision_order_event",
        "supervision_order",
    ):
        op.drop_table(table)
    op.execute("drop function refuse_change()")
    # A key that could only act is taken out of use: it must not gain a right by this.
    op.execute("""
        update api_key
        set rights = array['read'], revoked_at = coalesce(revoked_at, transaction_timestamp())
        where rights <@ array['act']
    """)
    op.execute("update api_key set rights = array_remove(rights, 'act')")
    _know_rights("'report', 'read'")
