"""Publishing: making a revision the one that residents see, and saying that something changed.

Every change of what residents see adds a Publication in the same transaction. Its id is the version of the content:
processes compare it with what they hold, and the index builder compares it with the newest snapshot.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from content.gaps import close_gaps
from content.models import Lifecycle, Publication, Revision, Translation
from core.errors import RuleBroken
from core.jobs.waking import BUILD_INDEX, wake

VERSION = func.coalesce(select(func.max(Publication.id)).scalar_subquery(), 0)  # for a query that asks for more, too


class NotPublishable(RuleBroken):
    """Only a draft or a reviewed revision can be published, not one that is past."""

    code = "not_publishable"


async def publish(session: AsyncSession, revision: Revision, *, at: datetime) -> None:
    """Make this revision the one residents see; the one before it is superseded.

    Questions that found nothing and are among its wordings are no longer kept: they find it now.
    """
    if revision.lifecycle not in (Lifecycle.DRAFT, Lifecycle.IN_REVIEW):
        raise NotPublishable(revision_id=revision.id, lifecycle=revision.lifecycle)
    before = await find_published(session, revision.translation_id)
    translation = await session.get_one(Translation, revision.translation_id)
    await replace_published(session, revision, before=before, at=at)
    await close_gaps(session, translation.language, revision.asked_as)


async def replace_published(
    session: AsyncSession, revision: Revision, *, before: Revision | None, at: datetime
) -> None:
    """What ``publish`` does but for the gaps, for whoever knows already what residents see now."""
    if before is not None:
        before.lifecycle = Lifecycle.SUPERSEDED
        await session.flush()  # the database allows one published revision: the old one must step down first
    revision.lifecycle = Lifecycle.PUBLISHED
    revision.published_at = at
    announce(session, "published", about=str(revision.translation_id), at=at)


async def withdraw(session: AsyncSession, answer_id: str, *, at: datetime) -> int:
    """Take an answer away from residents in every language; how many revisions that were."""
    revisions = await session.scalars(
        select(Revision)
        .join(Translation, Translation.id == Revision.translation_id)
        .where(Translation.answer_id == answer_id, Revision.lifecycle == Lifecycle.PUBLISHED)
    )
    count = 0
    for revision in revisions:
        revision.lifecycle = Lifecycle.WITHDRAWN
        count += 1
    if count:
        announce(session, "withdrawn", about=answer_id, at=at)
    return count


async def find_published(session: AsyncSession, translation_id: int) -> Revision | None:
    """The revision of this translation that residents see."""
    found: Revision | None = await session.scalar(
        select(Revision).where(Revision.translation_id == translation_id, Revision.lifecycle == Lifecycle.PUBLISHED)
    )
    return found


def announce(session: AsyncSession, event: str, *, about: str, at: datetime) -> None:
    """Say that what residents see has changed: a new version of the content. The index follows."""
    session.add(Publication(at=at, event=event, about=about))
    wake(session, BUILD_INDEX)


async def get_version(session: AsyncSession) -> int:
    """The version of the content; 0 before anything was published."""
    return (await session.scalar(select(VERSION))) or 0


async def list_hashes(session: AsyncSession) -> Mapping[str, Mapping[str, str]]:
    """The hash of every published text, by answer and language."""
    rows = await session.execute(
        select(Translation.answer_id, Translation.language, Revision.text_hash)
        .join(Revision, Revision.translation_id == Translation.id)
        .where(Revision.lifecycle == Lifecycle.PUBLISHED)
    )
    found: dict[str, dict[str, str]] = {}
    for answer_id, language, text_hash in rows:
        found.setdefault(answer_id, {})[language] = text_hash
    return found
