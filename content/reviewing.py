"""From a draft to what residents see: a second person reads it, then it is published, now or at a time.

    draft -> in review -> (returned: draft) | approved -> published        withdrawn: residents see it no more

Nobody approves their own words. In an emergency an administrator publishes at once; the review is then owed, and the
text is shown as owing it until somebody else has read it.
"""

from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from content.came_back import settle_returned
from content.drafting import InReview, as_draft, find_open
from content.models import Answer, Comment, Lifecycle, Revision, Translation
from content.previewing import inspect_draft
from content.publishing import announce, find_published, publish, withdraw
from core.errors import RuleBroken
from core.issues import Severity
from core.timeline import record


class NothingToReview(RuleBroken):
    """There is no open text in the state that this needs."""

    code = "nothing_to_review"


class OwnWorkNeedsSecondPerson(RuleBroken):
    """Nobody approves a text that they wrote themselves, not even a part of it."""

    code = "own_work_needs_second_person"


class NotReady(RuleBroken):
    """A text with faults that forbid publishing is not sent to review, and not published in an emergency either."""

    code = "not_ready"


class NotApproved(RuleBroken):
    """Only a text that a second person has approved is published."""

    code = "not_approved"


class ReasonNeeded(RuleBroken):
    """Others must be able to read why a text was returned or withdrawn."""

    code = "reason_needed"


async def submit(session: AsyncSession, translation_id: int, *, by: int, at: datetime) -> Revision:
    """Ask for a second pair of eyes. Raises NothingToReview without a draft, and NotReady."""
    draft = await _get_open(session, translation_id, Lifecycle.DRAFT)
    await _check(session, draft)
    draft.lifecycle = Lifecycle.IN_REVIEW
    await settle_returned(session, translation_id)
    await _tell(session, "submitted", draft, by=by, at=at)
    return draft


async def take_back(session: AsyncSession, translation_id: int, *, by: int, at: datetime) -> Revision:
    """Make the text a draft again, to write on; an approval of it no longer holds."""
    revision = await _get_open(session, translation_id, Lifecycle.IN_REVIEW)
    _back_to_draft(revision)
    await _tell(session, "taken_back", revision, by=by, at=at)
    return revision


async def send_back(session: AsyncSession, translation_id: int, note: str, *, by: int, at: datetime) -> Revision:
    """Return the text to its author with a note that says what is missing. Raises ReasonNeeded."""
    if not note.strip():
        raise ReasonNeeded
    revision = await _get_open(session, translation_id, Lifecycle.IN_REVIEW)
    _back_to_draft(revision)
    _say(session, revision, "returned", note, by=by, at=at)
    await _tell(session, "returned", revision, by=by, at=at)
    return revision


async def comment(session: AsyncSession, translation_id: int, text: str, *, by: int, at: datetime) -> None:
    """Say something about the open text, or else about the one that residents see. Raises ReasonNeeded when empty."""
    revision = await find_open(session, translation_id) or await find_published(session, translation_id)
    if revision is None:
        raise NothingToReview(translation_id=translation_id)
    if not text.strip():
        raise ReasonNeeded
    _say(session, revision, "comment", text, by=by, at=at)
    await _tell(session, "commented", revision, by=by, at=at)


async def approve(
    session: AsyncSession, translation_id: int, *, by: int, at: datetime, publish_at: datetime | None = None
) -> Revision:
    """Say that the text is right; with ``publish_at`` it is published by itself then (``publish_due``).

    Raises OwnWorkNeedsSecondPerson for whoever wrote any of it since the text that residents see.
    """
    revision = await _get_open(session, translation_id, Lifecycle.IN_REVIEW)
    if by in await authors(session, revision):
        raise OwnWorkNeedsSecondPerson(revision_id=revision.id)
    revision.approved_by, revision.publish_at = by, publish_at
    await _tell(session, "approved", revision, by=by, at=at)
    return revision


async def publish_approved(session: AsyncSession, translation_id: int, *, by: int | None, at: datetime) -> Revision:
    """Make the approved text the one that residents see. Raises NotApproved."""
    revision = await _get_open(session, translation_id, Lifecycle.IN_REVIEW)
    if revision.approved_by is None:
        raise NotApproved(revision_id=revision.id)
    await _publish(session, revision, by=by, at=at)
    return revision


async def publish_due(session: AsyncSession, *, at: datetime) -> int:
    """Publish what was approved for a time that has come; how many texts."""
    due = await session.scalars(
        select(Revision.translation_id).where(
            Revision.lifecycle == Lifecycle.IN_REVIEW, Revision.approved_by.is_not(None), Revision.publish_at <= at
        )
    )
    several = list(due)
    for translation_id in several:
        await publish_approved(session, translation_id, by=None, at=at)
    return len(several)


async def publish_now_review_after(
    session: AsyncSession, translation_id: int, reason: str, *, by: int, at: datetime
) -> Revision:
    """The emergency path: residents see the open text at once, and a review is owed.

    Raises ReasonNeeded, NothingToReview, NotReady.
    """
    if not reason.strip():
        raise ReasonNeeded
    revision = await find_open(session, translation_id)
    if revision is None:
        raise NothingToReview(translation_id=translation_id)
    await _check(session, revision)
    revision.is_review_owed = True
    _say(session, revision, "emergency", reason, by=by, at=at)
    await _publish(session, revision, by=by, at=at)
    return revision


async def review_afterwards(session: AsyncSession, translation_id: int, *, by: int, at: datetime) -> Revision:
    """Say that a text published in an emergency is right. Raises OwnWorkNeedsSecondPerson and NothingToReview."""
    revision = await find_published(session, translation_id)
    if revision is None or not revision.is_review_owed:
        raise NothingToReview(translation_id=translation_id)
    if by in await authors(session, revision):
        raise OwnWorkNeedsSecondPerson(revision_id=revision.id)
    revision.is_review_owed, revision.approved_by = False, by
    await _tell(session, "reviewed_afterwards", revision, by=by, at=at)
    return revision


async def withdraw_answer(session: AsyncSession, answer_id: str, reason: str, *, by: int, at: datetime) -> int:
    """Take an answer away from residents in all languages, and say why; how many texts. Raises ReasonNeeded.

    A text that was to be published by itself later no longer is: somebody must decide it anew.
    """
    if not reason.strip():
        raise ReasonNeeded
    await session.get_one(Answer, answer_id, with_for_update=True)
    count = await withdraw(session, answer_id, at=at)
    of_answer = select(Translation.id).where(Translation.answer_id == answer_id)
    scheduled = update(Revision).where(Revision.translation_id.in_(of_answer), Revision.publish_at.is_not(None))
    await session.execute(scheduled.values(publish_at=None))
    record(session, "withdrawn", about=f"answer:{answer_id}", by=by, at=at, reason=reason.strip()[:500])
    return count


async def list_comments(session: AsyncSession, translation_id: int) -> list[Comment]:
    """What was said about a translation, the oldest first."""
    found = select(Comment).where(Comment.translation_id == translation_id).order_by(Comment.id)
    return list(await session.scalars(found))


async def _publish(session: AsyncSession, revision: Revision, *, by: int | None, at: datetime) -> None:
    before = await find_published(session, revision.translation_id)
    await publish(session, revision, at=at)
    await _tell(session, "published", revision, by=by, at=at)
    if revision.is_small_change and before is not None:
        await _keep_translations_fresh(session, revision, before, by=by, at=at)


async def _keep_translations_fresh(
    session: AsyncSession, source: Revision, before: Revision, *, by: int | None, at: datetime
) -> None:
    """After a small change of the source (a typing error), translations count as made from the new text."""
    translation = await session.get_one(Translation, source.translation_id)
    answer = await session.get_one(Answer, translation.answer_id)
    if translation.language != answer.source_language:
        return
    easy_before = before.easy_hash or ""  # "": no text was made from what is not known
    made_from_old = await session.execute(
        select(Revision, Translation.language)
        .join(Translation, Translation.id == Revision.translation_id)
        .where(
            Translation.answer_id == answer.id,
            Translation.language != answer.source_language,
            or_(Revision.made_from_hash == before.text_hash, Revision.easy_from_hash == easy_before),
            Revision.lifecycle.in_((Lifecycle.PUBLISHED, Lifecycle.DRAFT, Lifecycle.IN_REVIEW)),
        )
    )
    kept = []
    for revision, language in made_from_old:
        if revision.made_from_hash == before.text_hash:
            revision.made_from_hash = source.text_hash
        if revision.easy_from_hash == easy_before:
            revision.easy_from_hash = source.easy_hash
        kept.append(language)
    record(session, "small_change", about=f"answer:{answer.id}", by=by, at=at, languages=" ".join(sorted(kept)))
    announce(session, "small_change", about=answer.id, at=at)


async def _check(session: AsyncSession, revision: Revision) -> None:
    translation = await session.get_one(Translation, revision.translation_id)
    issues = await inspect_draft(session, translation.answer_id, translation.language, as_draft(revision))
    standing_in_the_way = [issue for issue in issues if issue.severity is not Severity.ADVICE]
    if standing_in_the_way:
        raise NotReady(count=len(standing_in_the_way))


async def _get_open(session: AsyncSession, translation_id: int, wanted: Lifecycle) -> Revision:
    revision = await find_open(session, translation_id)
    if revision is None or revision.lifecycle != wanted:
        if revision is not None and wanted is Lifecycle.DRAFT:
            raise InReview(revision_id=revision.id)
        raise NothingToReview(translation_id=translation_id)
    return revision


async def authors(session: AsyncSession, revision: Revision) -> set[int]:
    """Who wrote this text or a draft on the way to it, since the text before it was published."""
    published = await session.scalar(
        select(Revision.number)
        .where(
            Revision.translation_id == revision.translation_id,
            Revision.published_at.is_not(None),
            Revision.number < revision.number,
        )
        .order_by(Revision.number.desc())
        .limit(1)
    )
    since = select(Revision.author_id).where(
        Revision.translation_id == revision.translation_id,
        Revision.number > (published or 0),
        Revision.number <= revision.number,
    )
    return {author for author in await session.scalars(since) if author is not None}


def _back_to_draft(revision: Revision) -> None:
    revision.lifecycle = Lifecycle.DRAFT
    revision.approved_by = revision.publish_at = None


def _say(session: AsyncSession, revision: Revision, event: str, text: str, *, by: int, at: datetime) -> None:
    session.add(
        Comment(
            translation_id=revision.translation_id,
            revision_number=revision.number,
            event=event,
            text=text.strip()[:4000],
            by=by,
            at=at,
        )
    )


async def _tell(session: AsyncSession, event: str, revision: Revision, *, by: int | None, at: datetime) -> None:
    translation = await session.get_one(Translation, revision.translation_id)
    about = f"answer:{translation.answer_id}"
    record(session, event, about=about, by=by, at=at, language=translation.language, number=str(revision.number))
