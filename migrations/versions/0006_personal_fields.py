"""Personal fields stand apart from the others, sealed. What was kept before stays as it is until it is corrected."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("submission_row", sa.Column("sealed", sa.LargeBinary(), comment="the personal ones, sealed"))
    op.alter_column("submission_row", "fields", comment="as reported, but for personal ones")


def downgrade() -> None:
    # The database cannot open what is sealed: going back loses it.
    op.alter_column("submission_row", "fields", comment=None)
    op.drop_column("submission_row", "sealed")
