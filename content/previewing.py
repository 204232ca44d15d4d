"""What a draft is held against, and what residents would see of it."""

from dataclasses import replace
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from content.catalogue import Catalogue, PublishedText, load_catalogue, publish_view
from content.drafting import Draft, find_source
from content.facts import names_in
from content.finding.features import words
from content.freshness import Freshness
from content.inspecting import Known, inspect
from content.models import Answer, Lifecycle, Revision, Sample, Source, Translation
from core.issues import Issue


async def inspect_draft(
    session: AsyncSession, answer_id: str, language: str, draft: Draft, *, catalogue: Catalogue | None = None
) -> list[Issue]:
    """Everything that is wrong with a draft, held against the facts, the sources, the source text and other answers.

    Whoever inspects many drafts hands the catalogue over: loading it is the slow part.
    """
    answer = await session.get_one(Answer, answer_id)
    is_source = language == answer.source_language
    source = None if is_source else await find_source(session, answer_id)
    sources = await session.scalars(select(Source.url).where(Source.answer_id == answer_id))
    catalogue = catalogue or await load_catalogue(session, only=())
    known = Known(
        facts=catalogue.facts_for(language),
        sources=list(sources),
        taken_wordings=await taken_wordings(session, answer_id, language) if draft.asked_as else {},
        source_placeholders=None
        if source is None
        else frozenset(name for text in _texts(source) for name in names_in(text)),
        source_easy=source.easy if source is not None else "",
        is_safety=answer.is_safety,
    )
    return inspect(draft.text, draft.asked_as, language=language, is_source=is_source, known=known)


async def catalogue_with(
    session: AsyncSession, answer_id: str, language: str, draft: Draft, *, only_this: bool = False
) -> Catalogue:
    """What residents would see if this draft were published now: everything published, with the draft in its place.

    ``only_this`` leaves the other answers out: a preview of the answer alone needs none of them.
    """
    catalogue = await load_catalogue(session, only=(answer_id,) if only_this else None)
    answer = await session.scalar(select(Answer).where(Answer.id == answer_id).options(selectinload(Answer.sources)))
    if answer is None:
        return catalogue
    now = catalogue.answers.get(answer_id) or publish_view(answer, {})
    text = draft.text
    shown = PublishedText(
        revision_id=0,
        language=language,
        origin=draft.origin,
        freshness=Freshness.FRESH,
        title=text.title,
        short=text.short,
        full=text.full,
        applies_to=text.applies_to,
        next_steps=text.next_steps,
        referral=dict(text.referral),
        asked_as=draft.asked_as,
        easy=text.easy,
    )
    return replace(
        catalogue, answers={**catalogue.answers, answer_id: replace(now, texts={**now.texts, language: shown})}
    )


async def taken_wordings(session: AsyncSession, answer_id: str, language: str) -> dict[str, str]:
    """Which wordings in this language lead to other answers: as they are compared, and where they lead."""
    rows = await session.execute(
        select(Translation.answer_id, Revision.asked_as)
        .join(Revision, Revision.translation_id == Translation.id)
        .where(
            Translation.language == language,
            Translation.answer_id != answer_id,
            Revision.lifecycle == Lifecycle.PUBLISHED,
        )
    )
    samples = await session.execute(
        select(Sample.answer_id, Sample.text).where(
            Sample.language == language, Sample.answer_id.not_in(("", answer_id))
        )
    )
    taken = {_compared(text): other for other, text in samples}
    return taken | {_compared(wording): other for other, wordings in rows for wording in wordings}


@lru_cache(maxsize=50_000)
def _compared(wording: str) -> str:
    """Kept: whoever writes looks at the same wordings again and again."""
    return " ".join(words(wording))


def _texts(revision: Revision) -> list[str]:
    text = revision.text()
    return [text.title, text.short, text.full, text.applies_to, *text.next_steps, *text.referral.values()]
