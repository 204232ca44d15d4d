"""What staff look for: by words, area, office, language, state and dates; as conditions for the database."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import reduce

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from content.drafting import OPEN
from content.models import Answer, Lifecycle, Origin, Revision, Translation

SOON = timedelta(days=30)
MOST_WORDS = 8
CURRENT = (*OPEN, Lifecycle.PUBLISHED)


class State(StrEnum):
    """What to look for in a language (or in any)."""

    MISSING = "missing"
    OUTDATED = "outdated"
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    REVIEW_OWED = "review_owed"


class Validity(StrEnum):
    """What to look for in the dates of an answer."""

    EXPIRED = "expired"
    REVIEW_DUE = "review_due"
    REVIEW_SOON = "review_soon"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for; everything that is None does not matter."""

    words: str = ""
    area: str | None = None
    owner: str | None = None
    language: str | None = None
    state: State | None = None
    validity: Validity | None = None
    origin: Origin | None = None  # of the text in that state; without a state, of what residents see


def conditions(wanted: Wanted, *, today: date) -> list[ColumnElement[bool]]:
    """What an answer that is looked for fulfils."""
    found: list[ColumnElement[bool]] = []
    if wanted.area:
        found.append(Answer.area == wanted.area)
    if wanted.owner:
        found.append(Answer.owner == wanted.owner)
    several = wanted.words.split()[:MOST_WORDS]
    if several:
        found.append(_has_words(several, wanted.language))
    if wanted.state is not None:
        found.append(has_state(wanted.state, wanted.language, wanted.origin))
    elif wanted.origin is not None:
        is_published = Revision.lifecycle == Lifecycle.PUBLISHED
        found.append(_has_revision(wanted.language, is_published, Revision.origin == wanted.origin))
    elif wanted.language:
        found.append(_has_revision(wanted.language, Revision.lifecycle.in_(CURRENT)))
    if wanted.validity is not None:
        found.append(is_valid_so(wanted.validity, today=today))
    return found


def is_valid_so(validity: Validity, *, today: date) -> ColumnElement[bool]:
    """What the dates of an answer are like that residents see: with others there is no hurry."""
    is_seen = _has_revision(None, Revision.lifecycle == Lifecycle.PUBLISHED)
    match validity:
        case Validity.EXPIRED:
            return and_(Answer.valid_until < today, is_seen)
        case Validity.REVIEW_DUE:
            return and_(Answer.review_by <= today, is_seen)
        case Validity.REVIEW_SOON:
            return and_(Answer.review_by.between(today + timedelta(days=1), today + SOON), is_seen)


def _has_words(several: Sequence[str], language: str | None) -> ColumnElement[bool]:
    """Each word in the id, or in titles and short answers (of this language, or of all), or in full texts.

    Full texts are those of this language, or else of the source language: all of all languages would take seconds.
    Each text is read and written small once, however many words are looked for.
    """
    in_full = case((Translation.language == (language or Answer.source_language), Revision.full), else_="")
    parts = [Answer.id, Revision.title, Revision.short, in_full]
    joined = reduce(lambda left, right: left + " " + right, parts)
    current = (
        select(Translation.answer_id, func.lower(joined).label("words"))
        .join(Revision, Revision.translation_id == Translation.id)
        .join(Answer, Answer.id == Translation.answer_id)
        .where(Revision.lifecycle.in_(CURRENT), *([Translation.language == language] if language else []))
        .cte("current_words")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    there = [func.max(case((_contains(current.c.words, word), 1), else_=0)) == 1 for word in several]
    in_texts = select(current.c.answer_id).group_by(current.c.answer_id).having(*there)
    return or_(
        Answer.id.in_(in_texts), *([] if language else [and_(*(_contains(Answer.id, word) for word in several))])
    )


def _contains(small: ColumnElement[str] | InstrumentedAttribute[str], word: str) -> ColumnElement[bool]:
    """SQLite writes only a to z small: å, é and ж are looked for as the first letter of a word in both forms."""
    plain = unicodedata.normalize("NFC", word)
    forms = {_with_small_a_to_z(form) for form in (plain, plain.lower(), plain.capitalize())}
    escaped = [form.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") for form in sorted(forms)]
    return or_(*(small.like(f"%{one}%", escape="\\") for one in escaped))


def _with_small_a_to_z(word: str) -> str:
    return "".join(letter.lower() if letter.isascii() else letter for letter in word)


def has_state(state: State, language: str | None, origin: Origin | None = None) -> ColumnElement[bool]:
    """Whether an answer is in this state in a language (or in any), with a text of this origin (or of any).

    Missing without a language means published nowhere: nearly every answer is missing in some language.
    """
    of_origin = [] if origin is None else [Revision.origin == origin]
    if state is not State.MISSING:
        return _has_revision(language, is_so(state), *of_origin)
    opened = [_has_revision(language, Revision.lifecycle.in_(OPEN), *of_origin)] if of_origin else []
    return and_(~_has_revision(language, is_so(state)), *opened)


def is_so(state: State) -> ColumnElement[bool]:
    """What a revision is like when its text is in this state; for MISSING, when it is not.

    In a query that has Revision, Translation and Answer.
    """
    is_published = Revision.lifecycle == Lifecycle.PUBLISHED
    match state:
        case State.MISSING:
            return is_published
        case State.OUTDATED:
            return and_(is_published, differs_from_source())
        case State.DRAFT:
            return Revision.lifecycle == Lifecycle.DRAFT
        case State.IN_REVIEW:
            return Revision.lifecycle == Lifecycle.IN_REVIEW
        case State.REVIEW_OWED:
            return and_(is_published, Revision.is_review_owed.is_(True))


def _has_revision(language: str | None, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    of_answer = exists().where(Translation.answer_id == Answer.id, Revision.translation_id == Translation.id)
    if language:
        of_answer = of_answer.where(Translation.language == language)
    return of_answer.where(*conditions).correlate(Answer)


def differs_from_source() -> ColumnElement[bool]:
    """Whether a translation, or its easy text, was made from another text than residents see now in the source."""
    source, source_translation = aliased(Revision), aliased(Translation)
    differs = exists().where(
        source_translation.answer_id == Answer.id,
        source_translation.language == Answer.source_language,
        source.translation_id == source_translation.id,
        source.lifecycle == Lifecycle.PUBLISHED,
        or_(
            source.text_hash.is_distinct_from(Revision.made_from_hash),
            source.easy_hash != Revision.easy_from_hash,  # where one is unknown, nothing is claimed
        ),
    )
    return and_(Translation.language != Answer.source_language, differs.correlate(Answer, Revision, Translation))
