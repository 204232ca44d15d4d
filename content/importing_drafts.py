"""Takes a library from files to the desk: what differs becomes drafts, which residents see after the usual review."""

from collections import Counter
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from content.drafting import Draft, find_newest, find_open, get_or_add_translation, save_draft
from content.importing import import_answer, import_facts, is_same
from content.library_files import AnswerEntry, LibraryFiles, TranslationEntry
from content.models import Answer, Fact, Office
from content.reading_aloud.carrying import draft_recordings
from core.timeline import record


class Outcome(StrEnum):
    """What became of a text in the files, or of a recording of one."""

    DRAFTED = "drafted"
    UNCHANGED = "unchanged"
    LEFT = "left"  # somebody has another draft open, or reviews one
    RECORDING = "recording"  # of a recording in the files: it waits to be heard


async def import_as_drafts(session: AsyncSession, library: LibraryFiles, *, at: datetime) -> Counter[Outcome]:
    """Make a draft of every text that differs from the newest one here; how many texts became what.

    Nothing that residents see changes. New answers and new facts are added; details, facts and offices that are here
    stay as they are, and so does a text on which somebody works. What a draft lacks, the desk says before its review.
    """
    known = set(await session.scalars(select(Fact.name)))
    new_facts = tuple(fact for fact in library.facts if fact.name not in known)
    await import_facts(session, replace(library, facts=new_facts))
    offices = set(await session.scalars(select(Office.key)))
    done: Counter[Outcome] = Counter()
    for entry in library.answers:
        if await session.get(Answer, entry.id) is None:
            import_answer(session, _with_known_offices(entry, offices), None)
            await session.flush()  # translations point to the answer
        for text in entry.translations:
            done[await _draft(session, entry, text, at=at)] += 1
    if count := await draft_recordings(session, library, at=at):
        done[Outcome.RECORDING] = count
    if done[Outcome.DRAFTED]:
        record(session, "library_drafted", about="library", at=at, texts=str(done[Outcome.DRAFTED]))
    return done


async def _draft(session: AsyncSession, answer: AnswerEntry, entry: TranslationEntry, *, at: datetime) -> Outcome:
    translation = await get_or_add_translation(session, answer.id, entry.language)
    made_from = entry.made_from if entry.language != answer.source_language else None
    newest = await find_newest(session, translation.id)
    if newest is not None and is_same(newest, entry, made_from):
        return Outcome.UNCHANGED
    if await find_open(session, translation.id) is not None:
        return Outcome.LEFT
    easy_from = entry.easy_from if made_from else None
    draft = Draft(entry.text, entry.asked_as, entry.origin, made_from, easy_from_hash=easy_from)
    base = newest.number if newest else None
    await save_draft(session, answer.id, entry.language, draft, based_on=base, by=None, at=at)
    return Outcome.DRAFTED


def _with_known_offices(entry: AnswerEntry, offices: set[str]) -> AnswerEntry:
    """An office that is not here is chosen when somebody edits the details."""
    owner, contact = (key if key in offices else "" for key in (entry.owner, entry.contact))
    return replace(entry, owner=owner, contact=contact)
