"""Who may: people's accounts, and the keys of machines and of people's sessions. Secrets are kept as hashes. Who did
what: the audit log, which the database writes by itself.
"""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.core.tables.base import metadata

_RIGHTS = "'report', 'read', 'act', 'administer', 'audit', 'export', 'personal'"
_ROLES = "'administrator', 'city', 'county', 'township_clerk', 'village_terminal', 'auditor', 'export_system'"

account = Table(
    "account",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False, unique=True, comment="what is typed at sign-in, case-folded"),
    Column("display_name", Text, comment="an office, as the pages show it"),
    Column("password_hash", Text, nullable=False, comment="Argon2id with its parameters and salt"),
    Column("role", Text, nullable=False),
    Column("division", Text, nullable=False, comment="its scope: this division and all below"),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("disabled_at", DateTime(timezone=True)),
    Column(
        "failed_count", Integer, nullable=False, server_default=text("0"),
        comment="sign-ins that failed since the last that did not",
    ),
    Column("locked_until", DateTime(timezone=True)),
    Column("totp_secret", Text, comment="Base32; counts only once it was confirmed by a code"),
    Column("totp_confirmed_at", DateTime(timezone=True)),
    Column("totp_last_step", BigInteger, comment="the time step of the newest code taken: none is taken twice"),
    Column("must_change_password", Boolean, nullable=False, server_default=text("false")),
    Column("password_changed_at", DateTime(timezone=True), nullable=False),
    Column("oidc_issuer", Text, comment="the OpenID provider by which its owner signs in"),
    Column("oidc_subject", Text, comment="who its owner is there: the one claim that never changes"),
    CheckConstraint(f"role in ({_ROLES})", name="role_is_known"),
    CheckConstraint("(oidc_issuer is null) = (oidc_subject is null)", name="subject_has_an_issuer"),
    UniqueConstraint("oidc_issuer", "oidc_subject"),
)  # fmt: skip

api_key = Table(
    "api_key",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("prefix", Text, nullable=False, unique=True, comment="the part that may be shown"),
    Column("hash", LargeBinary, nullable=False, comment="SHA-256 of the secret part, which has 256 random bits"),
    Column("name", Text, nullable=False),
    Column("division", Text, nullable=False, comment="its scope: this division and all below"),
    Column("rights", ARRAY(Text), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True)),
    Column("revoked_at", DateTime(timezone=True)),
    Column("kind", Text, nullable=False, server_default="machine", comment="a machine's, or a person's session"),
    Column("account_id", BigInteger, ForeignKey("account.id"), comment="whose session it is"),
    Column("role", Text, comment="the role that its rights come from"),
    Column("last_used_at", DateTime(timezone=True), comment="to the minute"),
    Column("replaced_by", BigInteger, ForeignKey("api_key.id"), comment="the key that came by rotation"),
    Column("signed_in_by", Text, comment="how a session was begun"),
    CheckConstraint(f"rights <@ array[{_RIGHTS}] and cardinality(rights) > 0", name="rights_are_known"),
    CheckConstraint("kind in ('machine', 'session')", name="kind_is_known"),
    CheckConstraint("(kind = 'session') = (account_id is not null)", name="session_has_an_account"),
    CheckConstraint(f"role in ({_ROLES})", name="role_is_known"),
    CheckConstraint(
        "signed_in_by is null or (kind = 'session' and signed_in_by in ('password', 'oidc'))",
        name="way_in_is_of_a_session",
    ),
    Index("ix_api_key_account_id", "account_id"),
)

audit_event = Table(
    "audit_event",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False, comment="from 1, without a gap"),
    Column("at", DateTime(timezone=True), nullable=False, comment="by the clock of the database"),
    Column("key_id", BigInteger, comment="whose key or session acted; null for the services themselves"),
    Column("account_id", BigInteger, comment="whose session it was, or who tried to sign in"),
    Column("action", Text, nullable=False),
    Column("kind", Text, nullable=False, comment="what was acted upon: a table, or a kind of read"),
    Column("subject", Text, comment="its number there"),
    Column("division", Text, comment="where it lies; null is seen from the city and above"),
    Column("origin", Text, nullable=False, comment="the address it came from, or the database's user"),
    Column("before", JSONB, comment="of what changed"),
    Column("after", JSONB),
    Column("previous_hash", LargeBinary, nullable=False, unique=True),
    Column("hash", LargeBinary, nullable=False, comment="SHA-256 of the one before and of this event"),
    Index("ix_audit_event_division", "division", "id", postgresql_ops={"division": "text_pattern_ops"}),
    Index("ix_audit_event_kind", "kind", "subject"),
    Index("ix_audit_event_key_id", "key_id", "id"),
    Index("ix_audit_event_account_id", "account_id", "id"),
)
