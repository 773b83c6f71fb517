"""People: accounts with a role, their sessions among the keys; keys that are rotated and say when they were used."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NEW_RIGHTS = "'administer', 'audit', 'export', 'personal'"
OLD_RIGHTS = "'report', 'read', 'act'"
ROLES = "'administrator', 'city', 'county', 'township_clerk', 'village_terminal', 'auditor', 'export_system'"


def upgrade() -> None:
    _know_rights(f"{OLD_RIGHTS}, {NEW_RIGHTS}")
    _create_account()
    _add_to_api_key()


def downgrade() -> None:
    # Sessions, and keys that would gain a right by this, are taken out of use; others lose what had no name before.
    op.execute(f"""
        update api_key
        set revoked_at = coalesce(revoked_at, transaction_timestamp()), rights = array['read']
        where kind = 'session' or rights <@ array[{NEW_RIGHTS}]
    """)
    op.execute(f"""
        update api_key
        set rights = (select array_agg("right") from unnest(rights) "right" where "right" in ({OLD_RIGHTS}))
    """)
    op.drop_index("ix_api_key_account_id", table_name="api_key")
    for name in ("session_has_an_account", "kind_is_known", "role_is_known"):
        op.drop_constraint(op.f(f"ck_api_key_{name}"), "api_key", type_="check")
    for column in ("replaced_by", "last_used_at", "role", "account_id", "kind"):
        op.drop_column("api_key", column)
    op.drop_table("account")
    _know_rights(OLD_RIGHTS)


def _know_rights(rights: str) -> None:
    op.drop_constraint(op.f("ck_api_key_rights_are_known"), "api_key", type_="check")
    op.create_check_constraint(
        op.f("ck_api_key_rights_are_known"), "api_key", f"rights <@ array[{rights}] and cardinality(rights) > 0"
    )


def _create_account() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="what is typed at sign-in, case-folded"),
        sa.Column("display_name", sa.Text(), comment="an office, as the pages show it"),
        sa.Column("password_hash", sa.Text(), nullable=False, comment="Argon2id with its parameters and salt"),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("division", sa.Text(), nullable=False, comment="its scope: this division and all below"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True)),
        sa.Column(
            "failed_count", sa.Integer(), server_default=sa.text("0"), nullable=False,
            comment="sign-ins that failed since the last that did not",
        ),
        sa.Column("locked_until", sa.DateTime(timezone=True)),
        sa.Column("totp_secret", sa.Text(), comment="Base32; counts only once it was confirmed by a code"),
        sa.Column("totp_confirmed_at", sa.DateTime(timezone=True)),
        sa.Column(
            "totp_last_step", sa.BigInteger(), comment="the time step of the newest code taken: none is taken twice"
        ),
        sa.Column("must_change_password", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("password_changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"role in ({ROLES})", name=op.f("ck_account_role_is_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("name", name=op.f("uq_account_name")),
    )  # fmt: skip


def _add_to_api_key() -> None:
    for column in (
        sa.Column(
            "kind", sa.Text(), server_default="machine", nullable=False, comment="a machine's, or a person's session"
        ),
        sa.Column("account_id", sa.BigInteger(), comment="whose session it is"),
        sa.Column("role", sa.Text(), comment="the role that its rights come from"),
        sa.Column("last_used_at", sa.DateTime(timezone=True), comment="to the minute"),
        sa.Column("replaced_by", sa.BigInteger(), comment="the key that came by rotation"),
    ):
        op.add_column("api_key", column)
    op.create_foreign_key(op.f("fk_api_key_account_id_account"), "api_key", "account", ["account_id"], ["id"])
    op.create_foreign_key(op.f("fk_api_key_replaced_by_api_key"), "api_key", "api_key", ["replaced_by"], ["id"])
    for name, condition in (
        ("kind_is_known", "kind in ('machine', 'session')"),
        ("session_has_an_account", "(kind = 'session') = (account_id is not null)"),
        ("role_is_known", f"role in ({ROLES})"),
    ):
        op.create_check_constraint(op.f(f"ck_api_key_{name}"), "api_key", condition)
    op.create_index("ix_api_key_account_id", "api_key", ["account_id"])
