"""Red and yellow cards, and what happened to each."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    text,
)  # fmt: skip
from sqlalchemy.dialects.postgresql import BIGINT, JSONB

from services.core.tables.base import metadata

_STATUSES = "'raised', 'acknowledged', 'plan_filed', 'rectified', 'verified', 'appealed', 'closed'"
_TRANSACTION = text("(pg_current_xact_id()::text)::bigint")

card = Table(
    "card",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("rule", Text, nullable=False),
    Column("division", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("colour", Text, nullable=False),
    Column("status", Text, nullable=False, comment="how far people are with it"),
    Column("period", Text, nullable=False, comment="the period it was last judged by"),
    Column("raised_at", DateTime(timezone=True), nullable=False),
    Column("due_on", Date, nullable=False),
    Column("acknowledge_by", Date, nullable=False, comment="the day after which a yellow one nobody took up is red"),
    Column("paused_on", Date, comment="since when its days stand still"),
    Column("lifting_proposed_at", DateTime(timezone=True), comment="since when its value has recovered"),
    Column("appealed_from", Text, comment="the status it had when it was appealed"),
    Column("previous_card", BigInteger, ForeignKey("card.id"), comment="the one before of the same cause"),
    Column("revision", Integer, nullable=False, server_default=text("1"), comment="counts its changes, from 1"),
    Column(
        "evidence",
        JSONB,
        nullable=False,
        comment="rule, values, snapshot and submissions of the last judgement",
    ),
    Column(
        "transaction_id", BIGINT, nullable=False, server_default=_TRANSACTION,
        comment="which transaction changed it last: what analytics reads on from",
    ),
    CheckConstraint("colour in ('yellow', 'red')", name="colour_is_known"),
    CheckConstraint(f"status in ({_STATUSES})", name="status_is_known"),
    CheckConstraint("status <> 'appealed' or appealed_from is not null", name="appeal_has_a_way_back"),
    # The same cause has one open card, whoever judges and however often.
    Index("uq_card_open_cause", "rule", "division", unique=True, postgresql_where=text("status <> 'closed'")),
    Index("ix_card_cause", "rule", "division", "id"),
    Index("ix_card_division", "division", postgresql_ops={"division": "text_pattern_ops"}),
    Index("ix_card_transaction_id", "transaction_id"),
)  # fmt: skip

card_event = Table(
    "card_event",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("card_id", BigInteger, ForeignKey("card.id"), nullable=False, index=True),
    Column("event", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("colour", Text, nullable=False),
    Column("status", Text, nullable=False, comment="the card's, after it"),
    Column("actor", Text, nullable=False, comment="the system, the card's division, or the level above"),
    Column("division", Text, comment="whose key acted"),
    Column("key_id", BigInteger, ForeignKey("api_key.id")),
    Column("text", Text),
    Column("due_on", Date, comment="the new deadline, or the day a plan names"),
    Column("evidence", JSONB, comment="of a judgement"),
    Column(
        "transaction_id", BIGINT, nullable=False, server_default=_TRANSACTION, comment="which transaction wrote it"
    ),
    CheckConstraint(
        "event in ('raised', 'strengthened', 'escalated', 'lifting_proposed', 'lifting_withdrawn', 'acknowledged',"
        " 'plan_filed', 'rectified', 'appealed', 'verified', 'returned', 'closed', 'upheld', 'dismissed')",
        name="event_is_known",
    ),
    CheckConstraint(f"status in ({_STATUSES})", name="status_is_known"),
    CheckConstraint("actor in ('system', 'division', 'above')", name="actor_is_known"),
    CheckConstraint(
        "(actor = 'system') = (key_id is null) and (key_id is null) = (division is null)", name="actor_has_a_key"
    ),
    Index("ix_card_event_transaction_id", "transaction_id"),
)
