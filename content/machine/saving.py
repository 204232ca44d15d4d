"""A machine's translation becomes a draft that says whose it is; a person decides what becomes of it."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from content.drafting import Beside, Draft, Saved, find_newest, find_translation, save_draft
from content.freshness import Freshness, Text, freshness
from content.machine.port import Away, MachineTranslator, TranslatorAway
from content.models import Lifecycle, Origin, Revision
from content.previewing import inspect_draft
from core.issues import Severity
from core.timeline import record


def can_draft(
    translator: MachineTranslator,
    source_language: str,
    language: str,
    *,
    source: Revision | None,
    newest: Revision | None,
) -> bool:
    """Whether a machine's draft can be had and is of use: the text is missing or outdated, and nobody is reviewing it.

    ``source`` is the published source text: None before there is one, and for the source text itself.
    """
    if source is None or not translator.can(source_language, language):
        return False
    if newest is None:
        return True
    how_fresh = freshness(made_from=newest.made_from_hash, source=source.text_hash)
    return how_fresh is not Freshness.FRESH and newest.lifecycle != Lifecycle.IN_REVIEW


async def save_machine_draft(
    session: AsyncSession,
    answer_id: str,
    language: str,
    text: Text,
    *,
    translator: str,
    made_from: str,
    easy_from: str | None,
    based_on: int | None,
    by: int,
    at: datetime,
) -> Saved | Beside:
    """Keep what the machine made of the source text, for a person to read and mend.

    ``made_from`` is the hash of that text, ``easy_from`` of its easy text. The wordings of the text before are kept.
    ``based_on`` is the number of that text when the machine was asked.
    Raises InReview, and TranslatorAway for a text that cannot be saved at all.
    """
    translation = await find_translation(session, answer_id, language)
    newest = await find_newest(session, translation.id) if translation else None
    asked_as = tuple(newest.asked_as) if newest else ()
    draft = Draft(_without_empty(text), asked_as, Origin.MACHINE, made_from, easy_from_hash=easy_from)
    issues = await inspect_draft(session, answer_id, language, draft)
    if any(issue.severity is Severity.SAVING for issue in issues):
        raise TranslatorAway(translator, Away.UNINTELLIGIBLE)
    saved = await save_draft(session, answer_id, language, draft, based_on=based_on, by=by, at=at)
    record(session, "machine_drafted", about=f"answer:{answer_id}", by=by, at=at, language=language, machine=translator)
    return saved


def _without_empty(text: Text) -> Text:
    """As the form of the desk keeps it: a step of which the machine lost something has no place of its own."""
    steps = tuple(step for step in text.next_steps if step.strip())
    return replace(text, next_steps=steps, referral={key: words for key, words in text.referral.items() if words})
