"""Of each channel account: when it was asked and answered last, and what is wrong when it does not answer."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    for name in ("asked_at", "answered_at", "trouble_since"):
        op.add_column("channel_accounts", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("channel_accounts", sa.Column("trouble", sa.String(length=40), server_default="", nullable=False))
