"""${message}

Rules: numbered (0007_what.py); reversible; short transactions; add columns nullable or with a constant
default; build indexes on big tables concurrently in a step of their own; never change an old step.
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
