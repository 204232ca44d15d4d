"""Alembic's entry: runs migrations on the connection that `brobygger migrate` hands over."""

from typing import Literal

from alembic import context

import bot.forms
import bot.inbound
import bot.used_together  # noqa: F401
import broadcasts.announcements.records
import broadcasts.briefing.records
import broadcasts.crisis.records
import broadcasts.delivery.records
import broadcasts.members.records
import broadcasts.organisations.records
import broadcasts.voices.records  # noqa: F401
import content.glossary.records
import content.library_updates.records
import content.models
import content.reading_aloud.records  # noqa: F401
import core.people
import core.seal_record
import core.timeline  # noqa: F401
import editor.access.models  # noqa: F401
from core.database import Base, Instant
from core.sealing import Sealed


def _plain_type(item: object) -> str | Literal[False]:
    """What is underneath our own types: migrations must not depend on our code as it is today."""
    if isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, Sealed):
        return f"sa.String(length={item.length})" if item.length else "sa.Text()"
    return False


connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("Run migrations with: brobygger migrate")
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
    render_item=lambda kind, item, _context: _plain_type(item) if kind == "type" else False,
)
with context.begin_transaction():
    context.run_migrations()
