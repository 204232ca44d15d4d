"""Words at the desk: staff write and translate, a second person publishes, and a wrong word is taken away.

As with answers: each save is a version of its own, and nobody publishes what they wrote themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from content.editing_checks import DetailsWrong, unfit, wrong
from content.glossary.checks import LONGEST_MEANING, SOURCE
from content.glossary.files import LONGEST_FORM, is_word
from content.glossary.records import Explanation, list_versions
from content.meanwhile import ChangedMeanwhile
from content.models import Lifecycle, Origin
from content.publishing import announce
from content.reviewing import NothingToReview, OwnWorkNeedsSecondPerson, ReasonNeeded
from core.database import add_unless_there
from core.issues import Issue
from core.timeline import record

RESERVED = ("new",)  # the address of the page for a new one
MOST_FORMS = 30


@dataclass(frozen=True, slots=True)
class Written:
    """An explanation before it is kept."""

    term: str
    forms: tuple[str, ...]
    meaning: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How a word stands in one language: what residents read, and what is on its way to them."""

    language: str
    published: Explanation | None
    draft: Explanation | None


def check_word(word: str) -> list[Issue]:
    """What is wrong with a new word."""
    is_right = is_word(word) and word.casefold() not in RESERVED
    return [] if is_right else [wrong("word", "word_wrong")]


def check_written(written: Written) -> list[Issue]:
    """What is wrong with an explanation."""
    short = {"term": written.term, "forms": max(written.forms, key=len, default="")}
    issues = [*unfit(short, most=LONGEST_FORM), *unfit({"meaning": written.meaning}, most=LONGEST_MEANING)]
    issues += [wrong(field, "word_incomplete") for field in ("term", "meaning") if not getattr(written, field)]
    if len(written.forms) > MOST_FORMS:
        issues.append(wrong("forms", "forms_many", most=str(MOST_FORMS)))
    return issues


async def list_words(session: AsyncSession, *, words: str = "") -> list[tuple[str, list[Standing]]]:
    """The words with how they stand in each language; with ``words``, those in which that is said somewhere."""
    lifecycles = (Lifecycle.PUBLISHED, Lifecycle.DRAFT)
    rows = await session.scalars(
        select(Explanation).where(Explanation.lifecycle.in_(lifecycles)).order_by(Explanation.word)
    )
    by_word: dict[str, list[Explanation]] = {}
    for row in rows:
        by_word.setdefault(row.word, []).append(row)
    sought = words.casefold()
    return [
        (word, _standings(several))
        for word, several in by_word.items()
        if any(sought in text.casefold() for one in several for text in (one.word, one.term, one.meaning, *one.forms))
    ]


async def count_drafts(session: AsyncSession) -> int:
    """How many words have a draft in some language."""
    drafts = select(func.count(Explanation.word.distinct())).where(Explanation.lifecycle == Lifecycle.DRAFT)
    return await session.scalar(drafts) or 0


async def standings(session: AsyncSession, word: str) -> list[Standing]:
    """How a word stands in each language in which it ever was written; empty for a word that is not there."""
    return _standings(await list_versions(session, word))


def _standings(versions: Sequence[Explanation]) -> list[Standing]:
    found = {one.language: Standing(one.language, None, None) for one in versions}
    for one in versions:
        before = found[one.language]
        if one.lifecycle == Lifecycle.PUBLISHED:
            found[one.language] = Standing(one.language, one, before.draft)
        if one.lifecycle == Lifecycle.DRAFT:
            found[one.language] = Standing(one.language, before.published, one)
    return sorted(found.values(), key=lambda one: (one.language != SOURCE, one.language))


async def save_word(
    session: AsyncSession, word: str, language: str, written: Written, *, seen: int, by: int, at: datetime
) -> None:
    """Keep what somebody wrote as the draft. ``seen`` is the number of the newest version they began from, 0: none.

    Saving a machine's text as it is says that it was checked. Raises DetailsWrong and ChangedMeanwhile.
    """
    if issues := [*check_word(word), *check_written(written)]:
        raise DetailsWrong(issues)
    versions = await list_versions(session, word, language, for_update=True)
    newest = versions[-1] if versions else None
    if (newest.number if newest else 0) != seen:
        raise ChangedMeanwhile
    if newest is not None and newest.lifecycle == Lifecycle.DRAFT:
        newest.lifecycle = Lifecycle.SUPERSEDED
        await session.flush()  # the database allows one draft: the old one must step down first
    is_kept = await add_unless_there(
        session,
        Explanation,
        word=word,
        language=language,
        number=seen + 1,
        lifecycle=Lifecycle.DRAFT,
        origin=_origin(language, written, newest),
        term=written.term,
        forms=list(written.forms),
        meaning=written.meaning,
        created_at=at,
        author_id=by,
    )
    if not is_kept:
        raise ChangedMeanwhile
    record(session, "word_saved", about=f"word:{word}", by=by, at=at, language=language)


def _origin(language: str, written: Written, newest: Explanation | None) -> Origin:
    if language == SOURCE:
        return Origin.WRITTEN
    is_same = newest is not None and (newest.term, newest.meaning) == (written.term, written.meaning)
    if is_same and newest is not None:
        return Origin.MACHINE_CHECKED if newest.origin == Origin.MACHINE else Origin(newest.origin)
    return Origin.HUMAN


async def publish_word(session: AsyncSession, word: str, language: str, *, seen: int, by: int, at: datetime) -> None:
    """Make the draft what residents read. ``seen`` is the number of the draft that was read.

    Raises NothingToReview without a draft, ChangedMeanwhile when it is another one by now, and OwnWorkNeedsSecondPerson
    for whoever wrote any of it since the text that residents read.
    """
    versions = await list_versions(session, word, language, for_update=True)
    draft = versions[-1] if versions and versions[-1].lifecycle == Lifecycle.DRAFT else None
    if draft is None:
        raise NothingToReview
    if draft.number != seen:
        raise ChangedMeanwhile
    before = max((one.number for one in versions if one.published_at is not None), default=0)
    if by in {one.author_id for one in versions if one.number > before}:
        raise OwnWorkNeedsSecondPerson
    for one in versions:
        if one.lifecycle == Lifecycle.PUBLISHED:
            one.lifecycle = Lifecycle.SUPERSEDED
    await session.flush()  # the database allows one published version: the old one must step down first
    draft.lifecycle, draft.published_at, draft.published_by = Lifecycle.PUBLISHED, at, by
    announce(session, "word_published", about=word, at=at)
    record(session, "word_published", about=f"word:{word}", by=by, at=at, language=language)


async def withdraw_word(session: AsyncSession, word: str, reason: str, *, by: int, at: datetime) -> None:
    """Take a word away from residents in all languages, and say why. Raises ReasonNeeded."""
    if not reason.strip():
        raise ReasonNeeded
    versions = await list_versions(session, word, for_update=True)
    published = [one for one in versions if one.lifecycle == Lifecycle.PUBLISHED]
    for one in published:
        one.lifecycle = Lifecycle.WITHDRAWN
    if published:
        announce(session, "word_withdrawn", about=word, at=at)
        record(session, "word_withdrawn", about=f"word:{word}", by=by, at=at, reason=reason.strip()[:500])
