"""What staff look for: answers by their state, in pages, and each language's state at a glance."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import join

from content.expiry import Expiry, expiry
from content.expiry import Validity as Days
from content.freshness import Freshness, freshness, is_easy_outdated
from content.models import Answer, Lifecycle, Origin, Revision, Translation
from content.wanted import (
    CURRENT,
    State,
    Validity,
    Wanted,
    conditions,
    has_state,
    is_so,
    is_valid_so,
)
from core import languages

PAGE = 50
# All revisions, with their translations and answers.
REVISIONS = join(Revision, Translation, Revision.translation_id == Translation.id).join(
    Answer, Answer.id == Translation.answer_id
)
IS_PUBLISHED = Revision.lifecycle == Lifecycle.PUBLISHED
# The same as content.wanted asks text by text, for counts of all: beside each text the hash of its source text.
SOURCES = (
    select(Translation.answer_id, Revision.text_hash, Revision.easy_hash)
    .select_from(REVISIONS)
    .where(IS_PUBLISHED, Translation.language == Answer.source_language)
    .subquery()
)
WITH_SOURCES = REVISIONS.outerjoin(SOURCES, SOURCES.c.answer_id == Answer.id)
IS_OUTDATED = and_(
    IS_PUBLISHED,
    Translation.language != Answer.source_language,
    SOURCES.c.text_hash.is_not(None),
    or_(
        SOURCES.c.text_hash.is_distinct_from(Revision.made_from_hash),
        SOURCES.c.easy_hash != Revision.easy_from_hash,  # where one is unknown, nothing is claimed
    ),
)


@dataclass(frozen=True, slots=True)
class LanguageState:
    """How an answer stands in a language."""

    language: str
    title: str
    is_published: bool
    freshness: Freshness
    origin: Origin | None
    opened: Lifecycle | None  # a draft, or a text in review
    is_review_owed: bool
    is_withdrawn: bool  # residents saw it once, and no text has taken its place
    is_only_easy_outdated: bool = False  # outdated, but only the easy text is

    @property
    def stands(self) -> str:
        """How it stands towards its source, as words name it."""
        return "easy_outdated" if self.is_only_easy_outdated else self.freshness.value


@dataclass(frozen=True, slots=True)
class Row:
    """An answer in the list."""

    answer_id: str
    title: str
    area: str
    owner: str
    source_language: str
    days: Days
    states: Mapping[str, LanguageState]

    def expiry(self, today: date) -> Expiry:
        """What its days ask for."""
        return expiry(self.days, today)


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the answers that were looked for, and how many there are in all."""

    rows: tuple[Row, ...]
    count: int
    number: int

    @property
    def last(self) -> int:
        """The number of the last page; the first is 1."""
        return max(1, -(-self.count // PAGE))


async def list_answers(session: AsyncSession, wanted: Wanted, *, today: date, page: int = 1) -> Page:
    """A page of answers by their id; 50 a page, the first is 1."""
    # The ids of all: to look once costs less than to count first and then look for a page.
    ids = (await session.scalars(select(Answer.id).where(*conditions(wanted, today=today)).order_by(Answer.id))).all()
    number = min(max(page, 1), max(1, -(-len(ids) // PAGE)))
    shown = ids[(number - 1) * PAGE : number * PAGE]
    answers = list(await session.scalars(select(Answer).where(Answer.id.in_(shown)).order_by(Answer.id)))
    states = await _states(session, [answer.id for answer in answers], {one.id: one.source_language for one in answers})
    return Page(tuple(_row(answer, states[answer.id]) for answer in answers), len(ids), number)


async def get_row(session: AsyncSession, answer_id: str) -> Row | None:
    """One answer with the state of each of its languages; None when there is no such answer."""
    answer = await session.get(Answer, answer_id)
    if answer is None:
        return None
    states = await _states(session, [answer.id], {answer.id: answer.source_language})
    return _row(answer, states[answer.id])


def _row(answer: Answer, states: Mapping[str, LanguageState]) -> Row:
    source = states.get(answer.source_language) or next(iter(states.values()), None)
    return Row(
        answer.id,
        source.title if source else answer.id,
        answer.area,
        answer.owner,
        answer.source_language,
        Days(answer.valid_from, answer.valid_until, answer.review_by),
        states,
    )


@dataclass(frozen=True, slots=True)
class _Current:
    """What matters of a revision here: texts are long."""

    answer_id: str
    language: str
    lifecycle: Lifecycle
    origin: Origin
    title: str
    text_hash: str
    made_from_hash: str | None
    is_review_owed: bool
    easy_hash: str | None
    easy_from_hash: str | None


async def _states(
    session: AsyncSession, ids: list[str], source_languages: Mapping[str, str]
) -> dict[str, dict[str, LanguageState]]:
    """By answer and language."""
    texts = (Revision.lifecycle, Revision.origin, Revision.title, Revision.text_hash, Revision.made_from_hash)
    marks = (Revision.is_review_owed, Revision.easy_hash, Revision.easy_from_hash)
    rows = await session.execute(
        select(Translation.answer_id, Translation.language, *texts)
        .add_columns(*marks)
        .join(Revision, Revision.translation_id == Translation.id)
        .where(Translation.answer_id.in_(ids), Revision.lifecycle.in_((*CURRENT, Lifecycle.WITHDRAWN)))
        .order_by(Revision.number)
    )
    published: dict[tuple[str, str], _Current] = {}
    opened: dict[tuple[str, str], _Current] = {}
    withdrawn: dict[tuple[str, str], _Current] = {}
    for row in rows:
        one = _Current(*row)
        kind = {Lifecycle.PUBLISHED: published, Lifecycle.WITHDRAWN: withdrawn}.get(one.lifecycle, opened)
        kind[(one.answer_id, one.language)] = one
    found: dict[str, dict[str, LanguageState]] = defaultdict(dict)
    for key in sorted({*published, *opened, *withdrawn}):
        answer_id, language = key
        is_source = language == source_languages[answer_id]
        source = None if is_source else published.get((answer_id, source_languages[answer_id]))
        there, draft = published.get(key), opened.get(key)
        found[answer_id][language] = _state(draft or there or withdrawn[key], there, draft, source)
    return found


def _state(newest: _Current, there: _Current | None, draft: _Current | None, source: _Current | None) -> LanguageState:
    """``source`` is None for the source text itself, and where it is not published: then nothing can be outdated."""
    how_fresh, only_easy = Freshness.FRESH if there else Freshness.MISSING, False
    if there and source:
        how_fresh = freshness(made_from=there.made_from_hash, source=source.text_hash)
        only_easy = how_fresh is Freshness.FRESH and is_easy_outdated(
            easy_from=there.easy_from_hash, source_easy=source.easy_hash
        )
    return LanguageState(
        language=newest.language,
        title=newest.title,
        is_published=there is not None,
        freshness=Freshness.OUTDATED if only_easy else how_fresh,
        origin=Origin(there.origin) if there else None,
        opened=Lifecycle(draft.lifecycle) if draft else None,
        is_review_owed=there is not None and there.is_review_owed,
        is_withdrawn=newest.lifecycle == Lifecycle.WITHDRAWN,
        is_only_easy_outdated=only_easy,
    )


async def coverage(session: AsyncSession) -> list[tuple[str, int, int, int]]:
    """For each language: its code, how many answers it has, how many of these are outdated, how many there are."""
    all_answers = await session.scalar(
        select(func.count(Translation.answer_id.distinct())).select_from(REVISIONS).where(IS_PUBLISHED)
    )
    rows = await session.execute(
        select(Translation.language, func.count(), func.sum(_one_if(IS_OUTDATED)))
        .select_from(WITH_SOURCES)
        .where(IS_PUBLISHED)
        .group_by(Translation.language)
    )
    counts = {language: (there, outdated) for language, there, outdated in rows}
    return [(language, *counts.get(language, (0, 0)), all_answers or 0) for language in languages.PROMISED]


async def count_states(session: AsyncSession) -> Mapping[State, int]:
    """How many answers have a text in each state, whatever its language; MISSING: published in none.

    One look at all texts: the front page asks for nearly all of them.
    """
    of_revisions = [state for state in State if state is not State.MISSING]
    is_there = {**{state: is_so(state) for state in of_revisions}, State.OUTDATED: IS_OUTDATED}
    by_answer = (
        select(*(func.max(_one_if(is_there[state])).label(state) for state in of_revisions))
        .select_from(WITH_SOURCES)
        .where(Revision.lifecycle.in_(CURRENT))
        .group_by(Translation.answer_id)
        .subquery()
    )
    sums = (await session.execute(select(*(func.sum(by_answer.c[state]) for state in of_revisions)))).one()
    missing = await _count(session, has_state(State.MISSING, None))
    return {State.MISSING: missing} | {state: count or 0 for state, count in zip(of_revisions, sums, strict=True)}


async def count_validities(session: AsyncSession, *, today: date) -> Mapping[Validity, int]:
    """How many answers have dates like this."""
    return {validity: await _count(session, is_valid_so(validity, today=today)) for validity in Validity}


def _one_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)


async def _count(session: AsyncSession, condition: ColumnElement[bool]) -> int:
    return await session.scalar(select(func.count()).select_from(Answer).where(condition)) or 0
