"""People may sign in by an OpenID provider: whose account is whose there, and how a session was begun."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Both tables are granted whole, have no policies, and tell what changes to the audit log: see 0007.
    op.add_column(
        "account", sa.Column("oidc_issuer", sa.Text(), comment="the OpenID provider by which its owner signs in")
    )
    op.add_column(
        "account",
        sa.Column("oidc_subject", sa.Text(), comment="who its owner is there: the one claim that never changes"),
    )
    op.create_check_constraint(
        op.f("ck_account_subject_has_an_issuer"), "account", "(oidc_issuer is null) = (oidc_subject is null)"
    )
    op.create_unique_constraint(
        op.f("uq_account_oidc_issuer_oidc_subject"), "account", ["oidc_issuer", "oidc_subject"]
    )
    op.add_column("api_key", sa.Column("signed_in_by", sa.Text(), comment="how a session was begun"))
    op.create_check_constraint(
        op.f("ck_api_key_way_in_is_of_a_session"),
        "api_key",
        "signed_in_by is null or (kind = 'session' and signed_in_by in ('password', 'oidc'))",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_api_key_way_in_is_of_a_session"), "api_key", type_="check")
    op.drop_column("api_key", "signed_in_by")
    op.drop_constraint(op.f("uq_account_oidc_issuer_oidc_subject"), "account", type_="unique")
    op.drop_constraint(op.f("ck_account_subject_has_an_issuer"), "account", type_="check")
    op.drop_column("account", "oidc_subject")
    op.drop_column("account", "oidc_issuer")
