"""The table of explained words: versions of each explanation, which go from draft to published to superseded."""

from datetime import datetime

from sqlalchemy import JSON, Index, Integer, String, UniqueConstraint, select
from sqlalchemy import Text as LongText
from sqlalchemy import text as sql
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from content.models import Lifecycle, Origin
from core.database import Base, Instant, wait_for_turn

GLOSSARY_LOCK = 7_202_623  # any number that no other lock has


class Explanation(Base):
    """One version of what a Norwegian word means, in one language. Its text never changes."""

    __tablename__ = "explanations"
    __table_args__ = (
        UniqueConstraint("word", "language", "number"),
        # Residents read one version, and one is on its way to them.
        Index(
            "uq_explanations_one_published",
            "word",
            "language",
            unique=True,
            sqlite_where=sql("lifecycle = 'published'"),
            postgresql_where=sql("lifecycle = 'published'"),
        ),
        Index(
            "uq_explanations_one_draft",
            "word",
            "language",
            unique=True,
            sqlite_where=sql("lifecycle = 'draft'"),
            postgresql_where=sql("lifecycle = 'draft'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    word: Mapped[str] = mapped_column(String(60))
    language: Mapped[str] = mapped_column(String(10))
    number: Mapped[int] = mapped_column(Integer)
    lifecycle: Mapped[Lifecycle] = mapped_column(String(20))
    origin: Mapped[Origin] = mapped_column(String(20))
    term: Mapped[str] = mapped_column(LongText)
    forms: Mapped[list[str]] = mapped_column(JSON)
    meaning: Mapped[str] = mapped_column(LongText)
    created_at: Mapped[datetime] = mapped_column(Instant)
    published_at: Mapped[datetime | None] = mapped_column(Instant)
    author_id: Mapped[int | None] = mapped_column(Integer)  # a staff member; None: it came from a library
    published_by: Mapped[int | None] = mapped_column(Integer)


async def hold_glossary(session: AsyncSession) -> None:
    """Until the transaction ends nobody else changes words, so that what is read now stays true.

    Rows alone are not enough: what another transaction adds meanwhile is none of those that were locked.
    """
    await wait_for_turn(session, GLOSSARY_LOCK)


async def list_published(session: AsyncSession) -> list[Explanation]:
    """Every explanation that residents read, by word and language."""
    published = select(Explanation).where(Explanation.lifecycle == Lifecycle.PUBLISHED)
    return list(await session.scalars(published.order_by(Explanation.word, Explanation.language)))


async def list_versions(
    session: AsyncSession, word: str, language: str | None = None, *, for_update: bool = False
) -> list[Explanation]:
    """All versions of a word, the oldest first; in one language or in all. To change them is to hold the glossary."""
    if for_update:
        await hold_glossary(session)
    wanted = select(Explanation).where(Explanation.word == word)
    if language is not None:
        wanted = wanted.where(Explanation.language == language)
    wanted = wanted.order_by(Explanation.language, Explanation.number)
    return list(await session.scalars(wanted.with_for_update() if for_update else wanted))
