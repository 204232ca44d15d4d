"""Texts that are easier to read, and who wants them.

The release before writes neither column; the defaults fill them. Never in a batch that makes a table anew: on SQLite
dropping the old one would take with it whatever belongs to people, their memberships first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("people", sa.Column("reads_easy", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("revisions", sa.Column("easy", sa.Text(), server_default="", nullable=False))
