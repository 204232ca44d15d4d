"""What is over is deleted: sessions, failures to sign in, links, ways to the provider, notes about mail."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from editor.access import invitations, provider_trips, sessions, throttle
from editor.access.models import DayMail

MAILS_KEPT = timedelta(days=30)


async def drop_old(session: AsyncSession, *, at: datetime) -> None:
    """Delete all of it; docs/privacy.md says when each is over. For a job that runs every hour."""
    await sessions.drop_old(session, at=at)
    await throttle.drop_old(session, at=at)
    await provider_trips.drop_old(session, at=at)
    await invitations.drop_old(session, at=at)
    await session.execute(delete(DayMail).where(DayMail.day < (at - MAILS_KEPT).date()))
