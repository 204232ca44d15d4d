"""Recordings that go out and come in with the library's files, beside the texts that were read.

Out go those that were released, also while their text is another: their stamp says of which they are. Who brings files
in publishes them past review, so their recordings are released past the second person too; with drafts, they wait.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from content.catalogue import load_catalogue
from content.library_files import LibraryFiles
from content.models import Lifecycle, Revision, Translation
from content.reading_aloud.recordings import find_content
from content.reading_aloud.records import Recording
from content.reading_aloud.sound_files import ENDINGS, SoundKind
from core.timeline import record

FROM_FILES = 0  # who attached a recording that came in with files: nobody here


@dataclass(frozen=True, slots=True)
class _Coming:
    answer_id: str
    translation: Translation
    stamp: str | None
    read_from: str
    kind: SoundKind
    content: bytes


async def export_recordings(session: AsyncSession, folders: Mapping[str, Path]) -> dict[tuple[str, str], str]:
    """Write the recordings of published texts into their answers' folders; their stamps, by answer and language."""
    released = (
        select(Recording.id, Recording.read_from, Translation.answer_id, Translation.language)
        .join(Translation, Translation.id == Recording.translation_id)
        .join(Revision, Revision.translation_id == Translation.id)
        .where(Recording.is_released, Revision.lifecycle == Lifecycle.PUBLISHED)
        .where(Translation.answer_id.in_(list(folders)))
    )
    stamps: dict[tuple[str, str], str] = {}
    for recording_id, read_from, answer_id, language in (await session.execute(released)).all():
        sound = await find_content(session, recording_id)
        if sound is not None:
            folder = folders[answer_id]
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{language}.{ENDINGS[sound.media_type]}").write_bytes(sound.content)
            stamps[answer_id, language] = read_from
    return stamps


async def import_recordings(session: AsyncSession, library: LibraryFiles, *, at: datetime) -> int:
    """Residents hear the recordings of the files, in place of those that they heard; how many are new here.

    After the texts. One without a stamp is of the text beside it; when it is here already, of the text that it was of.
    """
    count = 0
    async for one in _coming(session, library):
        there = await _find(session, one.translation, is_released=True)
        if there is not None:
            if _is_same(there, one):
                continue
            await session.delete(there)
            await session.flush()  # a text has one: the old one must be gone first
        await _add(session, one, is_released=True, at=at)
        count += 1
    return count


async def draft_recordings(session: AsyncSession, library: LibraryFiles, *, at: datetime) -> int:
    """The recordings of the files wait for a person who hears and releases them; how many.

    One that waits here already stays: somebody has attached it for the text that residents see.
    """
    count = 0
    async for one in _coming(session, library):
        released = await _find(session, one.translation, is_released=True)
        waiting = await _find(session, one.translation, is_released=False)
        if waiting is not None or (released is not None and _is_same(released, one)):
            continue
        await _add(session, one, is_released=False, at=at)
        count += 1
    return count


def has_recordings(library: LibraryFiles) -> bool:
    """Whether somebody reads anything aloud in these files."""
    return any(one.recording for answer in library.answers for one in answer.translations)


async def _coming(session: AsyncSession, library: LibraryFiles) -> AsyncIterator[_Coming]:
    if not has_recordings(library):
        return
    catalogue = await load_catalogue(session, only=())
    for answer in library.answers:
        for entry in answer.translations:
            if entry.recording is None:
                continue
            spoken = (Translation.answer_id == answer.id, Translation.language == entry.language)
            translation = (await session.scalars(select(Translation).where(*spoken))).one()
            read_from = entry.recording.read_from or catalogue.read_from_words(entry.text, entry.language)
            kind, sound = entry.recording.load()
            yield _Coming(answer.id, translation, entry.recording.read_from, read_from, kind, sound)


async def _find(session: AsyncSession, translation: Translation, *, is_released: bool) -> Recording | None:
    of_translation = (Recording.translation_id == translation.id, Recording.is_released == is_released)
    wanted = select(Recording).where(*of_translation).options(undefer(Recording.content))
    found: Recording | None = await session.scalar(wanted)
    return found


def _is_same(there: Recording, one: _Coming) -> bool:
    return there.content == one.content and one.stamp in (None, there.read_from)


async def _add(session: AsyncSession, one: _Coming, *, is_released: bool, at: datetime) -> None:
    row = Recording(
        translation_id=one.translation.id,
        is_released=is_released,
        read_from=one.read_from,
        media_type=one.kind.media_type,
        seconds=round(one.kind.seconds),
        added_by=FROM_FILES,
        added_at=at,
        released_at=at if is_released else None,
        content=one.content,
    )
    session.add(row)
    await session.flush()  # sounds are large: this one need not stay in memory
    about = f"answer:{one.answer_id}"
    record(session, "recording_imported", about=about, at=at, language=one.translation.language)
