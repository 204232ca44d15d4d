"""Writing: drafts, who has one open, and what happens when two write at once.

A text never changes. Each save is a new revision: the newest draft is the open one, those before it stay in the
history. Whoever saves on top of an older text than the newest overwrites nobody: their words are kept as a revision
beside it, and they are told.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from content.came_back import settle_returned
from content.freshness import Text
from content.models import Answer, EditLock, Lifecycle, Origin, Revision, Translation
from content.publishing import find_published
from core.database import add_unless_there, insert_for
from core.errors import RuleBroken
from core.timeline import record

LOCK_LASTS = timedelta(minutes=20)
OPEN = (Lifecycle.DRAFT, Lifecycle.IN_REVIEW)


class InReview(RuleBroken):
    """A text that somebody is reviewing is not changed under their eyes: it is taken back first."""

    code = "in_review"


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody has written, before it is a revision."""

    text: Text
    asked_as: tuple[str, ...]
    origin: Origin
    made_from_hash: str | None = None  # the source text that a translation was made from
    is_small_change: bool = False
    easy_from_hash: str | None = None  # and the easy text that its easy text was made from


@dataclass(frozen=True, slots=True)
class Saved:
    """The draft is the open one now."""

    revision: Revision


@dataclass(frozen=True, slots=True)
class Beside:
    """Somebody else saved meanwhile (it may even be published): theirs stays, ours is kept in the history."""

    ours: Revision
    theirs: Revision


async def save_draft(
    session: AsyncSession,
    answer_id: str,
    language: str,
    draft: Draft,
    *,
    based_on: int | None,
    by: int | None,
    at: datetime,
) -> Saved | Beside:
    """Keep what somebody has written.

    ``based_on`` is the number of the revision that they began from, None when there was none. Raises InReview while
    the open text is being reviewed. When somebody saved since, the draft is kept beside theirs, whatever became of it.
    What comes from a library is written by nobody here (``by`` None).
    """
    translation = await get_or_add_translation(session, answer_id, language)
    newest = await find_newest(session, translation.id)
    opened = await find_open(session, translation.id)
    number = (await _highest_number(session, translation.id)) + 1
    revision = _revision(translation.id, number, draft, by=by, at=at)
    about = f"answer:{answer_id}"
    if newest is not None and newest.number > (based_on or 0):
        revision.lifecycle = Lifecycle.SUPERSEDED
        session.add(revision)
        record(session, "draft_kept_beside", about=about, by=by, at=at, language=language, number=str(number))
        return Beside(revision, newest)
    if opened is not None and opened.lifecycle == Lifecycle.IN_REVIEW:
        raise InReview(revision_id=opened.id)
    if opened is not None:
        opened.lifecycle = Lifecycle.SUPERSEDED
        await session.flush()  # the database allows one open revision: the old one must step aside first
    session.add(revision)
    record(session, "draft_saved", about=about, by=by, at=at, language=language, number=str(number))
    return Saved(revision)


async def restore(session: AsyncSession, revision_id: int, *, by: int, at: datetime) -> Saved | Beside:
    """An earlier revision's words as a new draft; raises InReview."""
    old = await session.get_one(Revision, revision_id)
    translation = await session.get_one(Translation, old.translation_id)
    newest = await find_newest(session, translation.id)
    base = newest.number if newest is not None else None
    saved = await save_draft(
        session, translation.answer_id, translation.language, as_draft(old), based_on=base, by=by, at=at
    )
    about = f"answer:{translation.answer_id}"
    record(session, "restored", about=about, by=by, at=at, language=translation.language, number=str(old.number))
    return saved


async def discard(session: AsyncSession, translation_id: int, *, by: int, at: datetime) -> None:
    """Give the open draft up; it stays in the history. Raises InReview."""
    opened = await find_open(session, translation_id)
    if opened is None:
        return
    if opened.lifecycle == Lifecycle.IN_REVIEW:
        raise InReview(revision_id=opened.id)
    opened.lifecycle = Lifecycle.SUPERSEDED
    await settle_returned(session, translation_id)
    translation = await session.get_one(Translation, translation_id)
    about = f"answer:{translation.answer_id}"
    record(session, "draft_discarded", about=about, by=by, at=at, language=translation.language)


def copy_of_source(source: Revision) -> Draft:
    """The published source text as the beginning of a translation ("copy from source")."""
    return Draft(source.text(), (), Origin.HUMAN, source.text_hash, easy_from_hash=source.easy_hash)


async def find_source(session: AsyncSession, answer_id: str) -> Revision | None:
    """The published text in the language that the answer is written in."""
    answer = await session.get_one(Answer, answer_id)
    translation = await find_translation(session, answer_id, answer.source_language)
    return None if translation is None else await find_published(session, translation.id)


async def find_translation(session: AsyncSession, answer_id: str, language: str) -> Translation | None:
    """An answer in a language."""
    found: Translation | None = await session.scalar(
        select(Translation).where(Translation.answer_id == answer_id, Translation.language == language)
    )
    return found


async def get_or_add_translation(session: AsyncSession, answer_id: str, language: str) -> Translation:
    """An answer in a language, made for the first text in it; others who write to it wait for this transaction."""
    await add_unless_there(session, Translation, answer_id=answer_id, language=language)
    wanted = select(Translation).where(Translation.answer_id == answer_id, Translation.language == language)
    found: Translation = (await session.scalars(wanted.with_for_update())).one()
    return found


async def find_open(session: AsyncSession, translation_id: int) -> Revision | None:
    """The revision on its way to residents: a draft, or one in review."""
    found: Revision | None = await session.scalar(
        select(Revision)
        .where(Revision.translation_id == translation_id, Revision.lifecycle.in_(OPEN))
        .with_for_update()
    )
    return found


async def find_newest(session: AsyncSession, translation_id: int) -> Revision | None:
    """What an editor begins from: the open revision, or the one that residents see, or the one withdrawn last."""
    return (
        await find_open(session, translation_id)
        or await find_published(session, translation_id)
        or await _find_last(session, translation_id, Revision.lifecycle == Lifecycle.WITHDRAWN)
    )


async def find_by_hash(session: AsyncSession, translation_id: int, text_hash: str) -> Revision | None:
    """The newest revision with these words: what a translation was made from."""
    return await _find_last(session, translation_id, Revision.text_hash == text_hash)


async def find_by_easy_hash(session: AsyncSession, translation_id: int, easy_hash: str) -> Revision | None:
    """The newest revision with this easy text: what the easy text of a translation was made from."""
    return await _find_last(session, translation_id, Revision.easy_hash == easy_hash)


async def _find_last(session: AsyncSession, translation_id: int, which: ColumnElement[bool]) -> Revision | None:
    of_translation = select(Revision).where(Revision.translation_id == translation_id, which)
    found: Revision | None = await session.scalar(of_translation.order_by(Revision.number.desc()).limit(1))
    return found


async def list_history(session: AsyncSession, translation_id: int) -> list[Revision]:
    """All revisions, the newest first."""
    rows = await session.scalars(
        select(Revision).where(Revision.translation_id == translation_id).order_by(Revision.number.desc())
    )
    return list(rows)


async def take_lock(session: AsyncSession, translation_id: int, *, by: int, at: datetime, over: bool) -> EditLock:
    """Say that ``by`` is writing, unless somebody else is (with ``over``, take it over from them); who is writing now.

    A lock is forgotten after twenty minutes without a sign of its owner.
    """
    values = {"translation_id": translation_id, "staff_id": by, "since": at}
    adding = insert_for(session)(EditLock).values(**values)
    mine = EditLock.staff_id == by
    may = None if over else mine | (EditLock.since < at - LOCK_LASTS)
    await session.execute(
        adding.on_conflict_do_update(index_elements=["translation_id"], set_={"staff_id": by, "since": at}, where=may)
    )
    return await session.get_one(EditLock, translation_id, populate_existing=True)


async def let_go(session: AsyncSession, translation_id: int, *, by: int) -> None:
    """Done writing."""
    lock = await session.get(EditLock, translation_id)
    if lock is not None and lock.staff_id == by:
        await session.delete(lock)


def as_draft(revision: Revision, *, is_small_change: bool = False) -> Draft:
    """The words of a revision, to begin the next from."""
    draft = Draft(revision.text(), tuple(revision.asked_as), Origin(revision.origin), revision.made_from_hash)
    return replace(draft, is_small_change=is_small_change, easy_from_hash=revision.easy_from_hash)


async def _highest_number(session: AsyncSession, translation_id: int) -> int:
    highest = await session.scalar(select(func.max(Revision.number)).where(Revision.translation_id == translation_id))
    return highest or 0


def _revision(translation_id: int, number: int, draft: Draft, *, by: int | None, at: datetime) -> Revision:
    text = draft.text
    return Revision(
        translation_id=translation_id,
        number=number,
        lifecycle=Lifecycle.DRAFT,
        origin=draft.origin,
        title=text.title,
        short=text.short,
        full=text.full,
        easy=text.easy,
        applies_to=text.applies_to,
        next_steps=list(text.next_steps),
        referral=dict(text.referral),
        asked_as=list(draft.asked_as),
        text_hash=text.hash(),
        made_from_hash=draft.made_from_hash,
        easy_hash=text.easy_hash(),
        easy_from_hash=draft.easy_from_hash if text.easy.strip() else None,
        created_at=at,
        author_id=by,
        is_small_change=draft.is_small_change,
    )
