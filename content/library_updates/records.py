"""What the municipality remembers of the shared library: which version it saw last, and what is offered to it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, Integer, String, UniqueConstraint, func, select
from sqlalchemy import Text as LongText
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Instant


class LibraryItemKind(StrEnum):
    """What of the shared library somebody decides about."""

    TEXT = "text"  # an answer in a language, with its wordings
    DETAILS = "details"  # the sources and dates of an answer; the first of them bring a new answer
    FACT = "fact"


class LibraryDecision(StrEnum):
    """What the municipality did with an update of the shared library."""

    ACCEPTED = "accepted"
    ADAPTED = "adapted"
    REFUSED = "refused"


class LibraryItem(Base):
    """One thing in the shared library: which version the municipality saw last, and the one that is offered to it."""

    __tablename__ = "library_items"
    __table_args__ = (UniqueConstraint("kind", "key", "language"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[LibraryItemKind] = mapped_column(String(10))
    key: Mapped[str] = mapped_column(String(80))  # the id of an answer, the name of a fact
    language: Mapped[str] = mapped_column(String(10))  # "" for what belongs to no language
    area: Mapped[str] = mapped_column(String(40))  # "" for facts
    update_name: Mapped[str] = mapped_column(String(140))  # the same for what is decided together
    seen_hash: Mapped[str | None] = mapped_column(String(64))  # taken, adapted or refused; None: never decided
    offered_hash: Mapped[str | None] = mapped_column(String(64), index=True)  # None: nothing waits for a decision
    offered: Mapped[dict[str, object] | None] = mapped_column(JSON)  # see content.library_updates.items
    offered_at: Mapped[datetime | None] = mapped_column(Instant)
    decision: Mapped[LibraryDecision | None] = mapped_column(String(10))  # the last one by a person
    decided_by: Mapped[int | None] = mapped_column(Integer)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(LongText, default="")


class FollowedLibrary(Base):
    """The library that comes with the software, as it was compared last. One row; without it, nobody follows it."""

    __tablename__ = "followed_library"

    id: Mapped[int] = mapped_column(primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    compared_at: Mapped[datetime] = mapped_column(Instant)


async def count_offered(session: AsyncSession) -> int:
    """How much waits for a decision: a new answer counts as one."""
    counting = select(func.count(LibraryItem.update_name.distinct())).where(LibraryItem.offered_hash.is_not(None))
    return await session.scalar(counting) or 0


async def find_fingerprint(session: AsyncSession) -> str | None:
    """Of the library that comes with the software, when it was compared last; None: it is not followed here."""
    row = await session.get(FollowedLibrary, 1)
    return row.fingerprint if row else None


async def follow_library(session: AsyncSession, fingerprint: str, *, at: datetime) -> None:
    """From now on, a new version of the software compares its library by itself."""
    await session.merge(FollowedLibrary(id=1, fingerprint=fingerprint, compared_at=at))
