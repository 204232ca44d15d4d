"""Takes a library from files into the database and publishes it: all of it or, when anything is wrong, nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from content.gaps import close_gaps, languages_of_gaps
from content.glossary.keeping import import_words
from content.library_files import (
    AnswerEntry,
    LibraryFiles,
    LibraryUnreadable,
    OfficeEntry,
    ProfileEntry,
    SampleEntry,
    TranslationEntry,
    WhenExpired,
)
from content.library_updates.comparing import hold_library, remember
from content.models import Answer, Fact, Lifecycle, Municipality, Office, Revision, Sample, Source, Translation
from content.publishing import announce, replace_published, withdraw
from content.reading_aloud.carrying import import_recordings
from content.yaml_files import Problem
from core.timeline import record


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import changed."""

    answers: int
    published: int
    unchanged: int
    withdrawn: int
    recordings: int = 0


async def import_library(
    session: AsyncSession, library: LibraryFiles, *, at: datetime, replace: bool = False, is_shared: bool = False
) -> Imported:
    """Publish every text that differs from what residents see now, past review. The same files again change nothing.

    Words of the glossary that staff here wrote or withdrew stay. With ``replace``, answers that are not in the files
    are withdrawn. Only of the shared library (``is_shared``) is it remembered that it was taken: what a municipality
    wrote is its own, however it came in. Raises LibraryUnreadable when a text uses a fact that neither the files nor
    the database have.
    """
    if is_shared:
        await hold_library(session)
    await _check_facts(session, library)
    changed = await _import_profile(session, library.profile)
    changed |= await import_facts(session, library)
    changed |= await _import_samples(session, library)
    changed |= bool(await import_words(session, library.glossary, at=at))
    changed |= await _import_answers(session, library)
    published, unchanged = await _import_texts(session, library, at=at)
    withdrawn = await _withdraw_others(session, library, at=at) if replace else 0
    changed |= bool(recordings := await import_recordings(session, library, at=at))
    if is_shared:
        await remember(session, library)
    if changed:
        announce(session, "imported", about="library", at=at)
    if changed or published or withdrawn:
        texts, away = str(published), str(withdrawn)
        record(session, "library_imported", about="library", at=at, texts=texts, withdrawn=away)
    return Imported(len(library.answers), published, unchanged, withdrawn, recordings)


async def _check_facts(session: AsyncSession, library: LibraryFiles) -> None:
    known = set(await session.scalars(select(Fact.name))) | {fact.name for fact in library.facts}
    offices: dict[str, Office | OfficeEntry] = {one.key: one for one in await session.scalars(select(Office))}
    offices |= {one.key: one for one in (library.profile.offices if library.profile else ())}
    known |= facts_of_offices(offices.values())
    known |= facts_of_municipality(library.profile or await session.get(Municipality, 1))
    problems = [
        Problem(translation.shown_as, use.line, f"the fact '{use.name}' is used but not known")
        for entry in library.answers
        for translation in entry.translations
        for use in translation.facts
        if use.name not in known
    ]
    if problems:
        raise LibraryUnreadable(problems)


def facts_of_offices(offices: Iterable[Office | OfficeEntry]) -> set[str]:
    """The facts that offices bring with them: their names, and of their details those that are filled in."""
    details = ("phone", "email", "address", "hours")
    names = {f"{office.key}.name" for office in offices}
    return names | {f"{office.key}.{field}" for office in offices for field in details if getattr(office, field)}


def facts_of_municipality(town: Municipality | ProfileEntry | None) -> set[str]:
    """The facts that the profile brings with it."""
    return {f"municipality.{field}" for field in ("name", "website") if town and getattr(town, field)}


def words(translation: TranslationEntry) -> list[str]:
    """Every text of a translation that a resident reads, but the easy one."""
    text = translation.text
    return [text.title, text.short, text.full, text.applies_to, *text.next_steps, *text.referral.values()]


async def _import_profile(session: AsyncSession, profile: ProfileEntry | None) -> bool:
    if profile is None:
        return False
    town = await session.get(Municipality, 1)
    if town is None:
        town = Municipality(id=1, name="")
        session.add(town)
    town.name, town.website, town.zone = profile.name, profile.website, profile.zone
    town.districts, town.manages, town.is_example = list(profile.districts), list(profile.manages), profile.is_example
    changed = bool(session.new) or session.is_modified(town)
    there = {office.key: office for office in await session.scalars(select(Office))}
    for position, entry in enumerate(profile.offices):
        office = there.get(entry.key)
        if office is None:
            office = Office(key=entry.key)
            session.add(office)
            changed = True
        office.position, office.names, office.helps_with = position, dict(entry.names), dict(entry.helps_with)
        office.phone, office.email, office.address, office.hours = entry.phone, entry.email, entry.address, entry.hours
        changed |= session.is_modified(office)
    return changed


async def import_facts(session: AsyncSession, library: LibraryFiles) -> bool:
    """The facts of the files take the place of those here; whether residents may see something else now."""
    there = {fact.name: fact for fact in await session.scalars(select(Fact))}
    changed = False
    for entry in library.facts:
        fact = there.get(entry.name)
        if fact is None:
            fact = Fact(name=entry.name)
            session.add(fact)
        fact.type, fact.value, fact.about = entry.value.type.value, entry.value.value, entry.about
        fact.source, fact.valid_as_of, fact.is_verified = entry.source, entry.valid_as_of, entry.is_verified
        changed |= fact in session.new or session.is_modified(fact)
    return changed


async def _import_samples(session: AsyncSession, library: LibraryFiles) -> bool:
    """For a language that the files have, their wordings replace the old ones; and so for what lies outside."""
    wanted = dict.fromkeys(library.samples)
    kinds = {(one.language, not one.answer_id) for one in wanted}
    there = [
        (row, SampleEntry(row.answer_id, row.language, row.text))
        for row in await session.scalars(select(Sample))
        if (row.language, not row.answer_id) in kinds
    ]
    if {entry for _row, entry in there} == set(wanted):
        return False
    for row, _entry in there:
        await session.delete(row)
    rows = [{"answer_id": one.answer_id, "language": one.language, "text": one.text} for one in wanted]
    if rows:
        await session.execute(insert(Sample), rows)
    return True


async def _import_answers(session: AsyncSession, library: LibraryFiles) -> bool:
    there = {one.id: one for one in await session.scalars(select(Answer).options(selectinload(Answer.sources)))}
    changed = [import_answer(session, entry, there.get(entry.id)) for entry in library.answers]
    await session.flush()  # translations point to the answers
    return any(changed)


def import_answer(session: AsyncSession, entry: AnswerEntry, answer: Answer | None) -> bool:
    """All of an answer but its texts, over the one that is there, with its sources; whether something is different."""
    is_new = answer is None
    if answer is None:
        answer = Answer(id=entry.id, sources=[])
        session.add(answer)
    answer.area, answer.priority, answer.is_safety = entry.area, entry.priority, entry.is_safety
    answer.owner, answer.contact, answer.levels = entry.owner, entry.contact, list(entry.levels)
    answer.audience, answer.life_events = list(entry.audience), list(entry.life_events)
    answer.related, answer.source_language = list(entry.related), entry.source_language
    answer.checked_on, answer.review_by = entry.checked_on, entry.review_by
    answer.valid_from, answer.valid_until = entry.valid_from, entry.valid_until
    answer.is_hidden_when_expired = entry.when_expired is WhenExpired.HIDE
    before = [(one.url, one.name, one.is_verified, one.note) for one in answer.sources]
    after = [(one.url, one.name, one.is_verified, one.note) for one in entry.sources]
    if before != after:
        answer.sources = [
            Source(position=place, url=url, name=name, is_verified=is_verified, note=note)
            for place, (url, name, is_verified, note) in enumerate(after)
        ]
    return is_new or session.is_modified(answer)


async def _import_texts(session: AsyncSession, library: LibraryFiles, *, at: datetime) -> tuple[int, int]:
    """Publish each text of which residents see another one or none; how many those were, and how many were not.

    What is there is looked up once and not for each of a thousand texts: the first start of a town waits for it.
    """
    translations = await _translations(session, library)
    published = select(Revision).where(Revision.lifecycle == Lifecycle.PUBLISHED)
    seen = {row.translation_id: row for row in await session.scalars(published)}
    highest = func.max(Revision.number).label("highest")
    counting = select(Revision.translation_id, highest).group_by(Revision.translation_id)
    numbers = {row.translation_id: row.highest for row in await session.execute(counting)}
    asked_in_vain = await languages_of_gaps(session)
    count = unchanged = 0
    with session.no_autoflush:
        for answer in library.answers:
            for entry in answer.translations:
                translation_id = translations[answer.id, entry.language]
                now = seen.get(translation_id)
                made_from = entry.made_from if entry.language != answer.source_language else None
                if now is not None and is_same(now, entry, made_from):
                    unchanged += 1
                    continue
                revision = _revision(entry, translation_id, numbers.get(translation_id, 0) + 1, made_from, at)
                # before it is added: staff may have a draft open, and there is one at a time
                await replace_published(session, revision, before=now, at=at)
                if entry.language in asked_in_vain:
                    await close_gaps(session, entry.language, entry.asked_as)
                session.add(revision)
                count += 1
    return count, unchanged


async def _translations(session: AsyncSession, library: LibraryFiles) -> dict[tuple[str, str], int]:
    """The id of each translation by answer and language; those that the files have and nobody had are made."""
    there = {(row.answer_id, row.language): row for row in await session.scalars(select(Translation))}
    for answer in library.answers:
        for entry in answer.translations:
            if (answer.id, entry.language) not in there:
                row = Translation(answer_id=answer.id, language=entry.language)
                there[answer.id, entry.language] = row
                session.add(row)
    await session.flush()  # their ids are needed for the revisions
    return {key: row.id for key, row in there.items()}


def _revision(
    entry: TranslationEntry, translation_id: int, number: int, made_from: str | None, at: datetime
) -> Revision:
    return Revision(
        translation_id=translation_id,
        number=number,
        lifecycle=Lifecycle.DRAFT,
        origin=entry.origin,
        title=entry.text.title,
        short=entry.text.short,
        full=entry.text.full,
        easy=entry.text.easy,
        applies_to=entry.text.applies_to,
        next_steps=list(entry.text.next_steps),
        referral=dict(entry.text.referral),
        asked_as=list(entry.asked_as),
        text_hash=entry.text.hash(),
        made_from_hash=made_from,
        easy_hash=entry.text.easy_hash(),
        easy_from_hash=entry.easy_from if made_from and entry.text.easy.strip() else None,
        created_at=at,
    )


def is_same(now: Revision, entry: TranslationEntry, made_from: str | None) -> bool:
    """Whether the files have nothing new for this text."""
    if made_from and entry.text.easy.strip() and entry.easy_from not in (None, now.easy_from_hash):
        return False
    return (now.text().identity(), now.asked_as, now.origin, now.made_from_hash) == (
        entry.text.identity(),
        list(entry.asked_as),
        entry.origin,
        made_from,
    )


async def _withdraw_others(session: AsyncSession, library: LibraryFiles, *, at: datetime) -> int:
    kept = {entry.id for entry in library.answers}
    others = [answer_id for answer_id in await session.scalars(select(Answer.id)) if answer_id not in kept]
    return sum([bool(await withdraw(session, answer_id, at=at)) for answer_id in others])
