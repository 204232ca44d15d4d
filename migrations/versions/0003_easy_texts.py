"""Texts that are easier to read, and who wants them.

The release before writes neither column; the defaults fill them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reads_easy", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("revisions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("easy", sa.Text(), server_default="", nullable=False))
