"""Texts that came back to those who wrote them, with what the reviewer said is missing."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from content.models import Answer, Comment, Lifecycle, Revision, Translation


@dataclass(frozen=True, slots=True)
class CameBack:
    """A draft with the newest note with which it was returned."""

    answer_id: str
    language: str
    source_language: str
    title: str
    note: str
    by: int
    at: datetime


async def settle_returned(session: AsyncSession, translation_id: int) -> None:
    """The draft that came back waits no more: it goes to review again, or was put away."""
    of_translation = Comment.translation_id == translation_id, Comment.event == "returned"
    await session.execute(update(Comment).where(*of_translation).values(is_settled=True))


async def list_returned(session: AsyncSession, staff_id: int) -> list[CameBack]:
    """Drafts that somebody returned since the text was last published, and that this person wrote a part of.

    They wait until they are sent to review again, or put away. The last returned comes first.
    """
    before, mine = aliased(Revision), aliased(Revision)
    last_published = (
        select(func.coalesce(func.max(before.number), 0))
        .where(before.translation_id == Translation.id, before.published_at.is_not(None))
        .correlate(Translation)
        .scalar_subquery()
    )
    is_mine = exists().where(
        mine.translation_id == Translation.id, mine.number > last_published, mine.author_id == staff_id
    )
    newest = select(func.max(Comment.id)).where(Comment.event == "returned").group_by(Comment.translation_id)
    rows = await session.execute(
        select(Comment, Translation.answer_id, Translation.language, Answer.source_language, Revision.title)
        .join(Translation, Translation.id == Comment.translation_id)
        .join(Answer, Answer.id == Translation.answer_id)
        .join(Revision, Revision.translation_id == Translation.id)
        .where(
            Revision.lifecycle == Lifecycle.DRAFT,
            Comment.id.in_(newest),
            Comment.is_settled.is_(False),
            Comment.revision_number > last_published,
            is_mine.correlate(Translation),
        )
        .order_by(Comment.id.desc())
    )
    return [
        CameBack(answer_id, language, source_language, title or answer_id, one.text, one.by, one.at)
        for one, answer_id, language, source_language, title in rows
    ]
