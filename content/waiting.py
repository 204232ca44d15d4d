"""Texts that wait for a second pair of eyes, and whose eyes they cannot be."""

from dataclasses import dataclass

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from content.models import Lifecycle, Revision, Translation
from content.reviewing import authors


@dataclass(frozen=True, slots=True)
class WaitingText:
    """A text that nobody has approved yet; its authors cannot."""

    revision_id: int
    answer_id: str
    language: str
    title: str
    authors: frozenset[int]


async def list_for_review(session: AsyncSession) -> list[WaitingText]:
    """All of them, those published in an emergency too; the oldest first."""
    in_review = and_(Revision.lifecycle == Lifecycle.IN_REVIEW, Revision.approved_by.is_(None))
    is_owed = and_(Revision.lifecycle == Lifecycle.PUBLISHED, Revision.is_review_owed.is_(True))
    rows = await session.execute(
        select(Revision, Translation)
        .join(Translation, Translation.id == Revision.translation_id)
        .where(or_(in_review, is_owed))
        .order_by(Revision.id)
    )
    return [
        WaitingText(
            revision.id,
            translation.answer_id,
            translation.language,
            revision.title,
            frozenset(await authors(session, revision)),
        )
        for revision, translation in rows.all()
    ]
