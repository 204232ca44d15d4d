"""What staff did, and what happened of itself: one line each, never changed, never what a resident wrote."""

from datetime import datetime

from sqlalchemy import JSON, Integer, String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Instant


class TimelineEntry(Base):
    """One event."""

    __tablename__ = "timeline"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    event: Mapped[str] = mapped_column(String(60))
    about: Mapped[str] = mapped_column(String(120), index=True)
    by: Mapped[int | None] = mapped_column(Integer)  # the id of a staff member; None: nobody was signed in
    details: Mapped[dict[str, str]] = mapped_column(JSON)


def record(
    session: AsyncSession, event: str, *, about: str = "", by: int | None = None, at: datetime, **details: str
) -> None:
    """Write a line in the transaction of the change it tells of. ``about`` names a thing: "answer:services-doctor"."""
    session.add(TimelineEntry(at=at, event=event, about=about, by=by, details=details))


async def list_entries(session: AsyncSession, *, about: str | None = None, limit: int = 100) -> list[TimelineEntry]:
    """The newest lines, of one thing or of all."""
    wanted = select(TimelineEntry).order_by(TimelineEntry.id.desc()).limit(limit)
    if about is not None:
        wanted = wanted.where(TimelineEntry.about == about)
    return list(await session.scalars(wanted))
