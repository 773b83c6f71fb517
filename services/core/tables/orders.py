"""Supervision: orders, reminder letters and inspections with what became of each, and contact points."""

from sqlalchemy import (
    BigInteger,
    Boolean,
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

from services.core.tables.base import metadata, transaction_id

supervision_order = Table(
    "supervision_order",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("issuer", Text, nullable=False, comment="the division that issued it: a city or a county"),
    Column("addressee", Text, nullable=False, comment="the division below it that has to answer"),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("card_id", BigInteger, ForeignKey("card.id"), comment="the card that it is about"),
    Column("key_task", Text, comment="the key task that it is about, by id or text"),
    Column("metric", Text, comment="the metric that it is about"),
    Column("issued_at", DateTime(timezone=True), nullable=False),
    Column("due_on", Date, nullable=False, comment="the last day for the reply that is awaited, or came"),
    Column("state", Text, nullable=False),
    Column("replied_at", DateTime(timezone=True), comment="when the latest reply came"),
    Column("in_time", Boolean, comment="whether every reply came by its day; null before the first"),
    Column("repeats", BigInteger, ForeignKey("supervision_order.id"), comment="the one before on the same subject"),
    Column("version", Integer, nullable=False, comment="how many steps it has taken"),
    transaction_id(),
    CheckConstraint("kind in ('order', 'reminder_letter', 'site_inspection')", name="kind_is_known"),
    CheckConstraint("state in ('issued', 'replied', 'returned', 'closed', 'withdrawn')", name="state_is_known"),
    CheckConstraint("issuer <> addressee", name="addressee_is_another"),
    Index("ix_supervision_order_addressee", "addressee", postgresql_ops={"addressee": "text_pattern_ops"}),
    Index("ix_supervision_order_transaction_id", "transaction_id"),
)

supervision_order_event = Table(
    "supervision_order_event",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("order_id", BigInteger, ForeignKey("supervision_order.id"), nullable=False, index=True),
    Column("event", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("acted_by", Text, nullable=False, comment="in whose name: a key may act for those below"),
    Column("key_id", BigInteger, ForeignKey("api_key.id"), nullable=False),
    Column("text", Text, comment="the reply, or the reason"),
    Column("due_on", Date, nullable=False, comment="the day for a reply that holds after this step"),
    Column("in_time", Boolean, comment="of a reply: whether it came by its day"),
    CheckConstraint("event in ('issued', 'replied', 'returned', 'closed', 'withdrawn')", name="event_is_known"),
)

contact_point = Table(
    "contact_point",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("township", Text, nullable=False),
    Column("county", Text, nullable=False, comment="the county of the township"),
    Column("office", Text, nullable=False, comment="where the contact serves"),
    Column("post", Text, nullable=False, comment="the post that the contact holds; never a name"),
    Column("since", Date, nullable=False),
    Column("until", Date, comment="the first day it is no more; null while it is"),
    transaction_id(),
    CheckConstraint("until is null or until >= since", name="interval_is_in_order"),
    Index("uq_contact_point_present", "township", unique=True, postgresql_where=text("until is null")),
    Index("ix_contact_point_transaction_id", "transaction_id"),
)

contact_point_event = Table(
    "contact_point_event",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("contact_point_id", BigInteger, ForeignKey("contact_point.id"), nullable=False, index=True),
    Column("event", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("key_id", BigInteger, ForeignKey("api_key.id"), nullable=False),
    CheckConstraint("event in ('set', 'ended')", name="event_is_known"),
)
