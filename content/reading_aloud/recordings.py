"""Recordings of published texts: attached by one person, released by another, offered while the text stays the same.

    attached (waits) -> released (residents hear it)        a newer one takes the place of the one before

A recording goes with what was read: the words, and the values of the facts in them. When either changes, residents are
no longer offered it. It comes back by itself when the text does.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from content.catalogue import Catalogue, load_catalogue
from content.drafting import OPEN
from content.freshness import Text
from content.models import Revision, Translation
from content.publishing import announce
from content.reading_aloud.records import Recording
from content.reading_aloud.sound_files import StoredSound, read_sound
from content.reading_aloud.sound_tags import without_tags
from core.errors import RuleBroken
from core.timeline import record


class NothingToReadAloud(RuleBroken):
    """There is a recording of published texts only."""

    code = "nothing_to_read_aloud"


class ReadAnotherText(RuleBroken):
    """The text is not the one that was read."""

    code = "read_another_text"


class OwnRecordingNeedsSecondPerson(RuleBroken):
    """Nobody releases a recording that they attached."""

    code = "own_recording_needs_second_person"


class RecordingGone(RuleBroken):
    """Somebody has released, replaced or removed the recording meanwhile."""

    code = "recording_gone"


@dataclass(frozen=True, slots=True)
class RecordingState:
    """A recording as the desk shows it."""

    id: int
    answer_id: str
    language: str
    title: str  # "" when residents do not see the text any more
    is_released: bool
    is_current: bool  # the text is the one that was read
    is_of_draft: bool  # that one is on its way to residents: it came with files, as this recording did
    seconds: int
    added_by: int
    added_at: datetime
    released_by: int | None

    @property
    def needs_somebody(self) -> bool:
        """It waits for a second person, or was read from a text that is no longer there."""
        return not self.is_released or not self.is_current


async def attach(
    session: AsyncSession, answer_id: str, language: str, data: bytes, *, read_from: str, by: int, at: datetime
) -> Recording:
    """Keep a sound file for the text that residents see; it waits for a second person.

    ``read_from`` says of which text (Catalogue.read_from). Raises NothingToReadAloud, ReadAnotherText and what
    ``read_sound`` raises. One that waited before is replaced. What a telephone has written into the file is not kept.
    """
    kind = read_sound(data)
    bare = without_tags(data, kind.media_type)
    translation = await _lock(session, answer_id, language)
    if read_from != await text_to_read(session, answer_id, language):
        raise ReadAnotherText(answer_id=answer_id, language=language)
    await _delete(session, translation.id, is_released=False)
    recording = Recording(
        translation_id=translation.id,
        is_released=False,
        read_from=read_from,
        media_type=kind.media_type,
        seconds=round(kind.seconds),
        added_by=by,
        added_at=at,
        content=bare,
    )
    session.add(recording)
    record(session, "recording_added", about=f"answer:{answer_id}", by=by, at=at, language=language)
    return recording


async def release(
    session: AsyncSession, answer_id: str, language: str, recording_id: int, *, by: int, at: datetime
) -> None:
    """Let residents hear a recording. Raises OwnRecordingNeedsSecondPerson, ReadAnotherText, RecordingGone."""
    translation = await _lock(session, answer_id, language)
    recording = await _get(session, translation, recording_id)
    if recording.is_released:
        raise RecordingGone(recording_id=recording_id)
    if recording.added_by == by:
        raise OwnRecordingNeedsSecondPerson(recording_id=recording_id)
    if recording.read_from != await text_to_read(session, answer_id, language):
        raise ReadAnotherText(answer_id=answer_id, language=language)
    await _delete(session, translation.id, is_released=True)
    recording.is_released, recording.released_by, recording.released_at = True, by, at
    announce(session, "recording_released", about=answer_id, at=at)
    record(session, "recording_released", about=f"answer:{answer_id}", by=by, at=at, language=language)


async def remove(
    session: AsyncSession, answer_id: str, language: str, recording_id: int, *, by: int, at: datetime
) -> None:
    """Take a recording away for good. Raises RecordingGone."""
    translation = await _lock(session, answer_id, language)
    recording = await _get(session, translation, recording_id)
    if recording.is_released:
        announce(session, "recording_removed", about=answer_id, at=at)
    await session.delete(recording)
    record(session, "recording_removed", about=f"answer:{answer_id}", by=by, at=at, language=language)


async def text_to_read(session: AsyncSession, answer_id: str, language: str) -> str:
    """Which text somebody reads who reads what residents see now. Raises NothingToReadAloud."""
    catalogue = await load_catalogue(session, only=(answer_id,))
    answer = catalogue.answers.get(answer_id)
    text = answer.texts.get(language) if answer else None
    if text is None:
        raise NothingToReadAloud(answer_id=answer_id, language=language)
    return catalogue.read_from(text)


async def find_content(session: AsyncSession, recording_id: int) -> StoredSound | None:
    """The sound of a recording."""
    wanted = select(Recording.media_type, Recording.content).where(Recording.id == recording_id)
    found = (await session.execute(wanted)).first()
    return StoredSound(found.media_type, found.content) if found else None


async def list_recordings(session: AsyncSession, answer_id: str, language: str) -> list[RecordingState]:
    """Of one text: the one that waits, then the one that was released."""
    rows = await _rows(session, answer_id=answer_id, language=language)
    return _states(rows, await load_catalogue(session, only=(answer_id,)), await _open_texts(session, rows))


async def list_all_recordings(session: AsyncSession) -> list[RecordingState]:
    """Of all texts, those that need somebody first."""
    rows = await _rows(session)
    if not rows:
        return []
    catalogue = await load_catalogue(session, only={answer_id for _one, answer_id, _language in rows})
    states = _states(rows, catalogue, await _open_texts(session, rows))
    return sorted(states, key=lambda one: not one.needs_somebody)


async def _rows(session: AsyncSession, *, answer_id: str = "", language: str = "") -> list[tuple[Recording, str, str]]:
    wanted = select(Recording, Translation.answer_id, Translation.language).join(
        Translation, Translation.id == Recording.translation_id
    )
    if answer_id:
        wanted = wanted.where(Translation.answer_id == answer_id, Translation.language == language)
    ordered = wanted.order_by(Translation.answer_id, Translation.language, Recording.is_released)
    return [(one, found, spoken) for one, found, spoken in await session.execute(ordered)]


async def _open_texts(session: AsyncSession, rows: Iterable[tuple[Recording, str, str]]) -> dict[int, Text]:
    """Of the recordings that wait, the texts on their way to residents, by the translation."""
    waiting = [one.translation_id for one, _answer_id, _language in rows if not one.is_released]
    if not waiting:
        return {}
    wanted = select(Revision).where(Revision.translation_id.in_(waiting), Revision.lifecycle.in_(OPEN))
    return {revision.translation_id: revision.text() for revision in await session.scalars(wanted)}


def _states(
    rows: Iterable[tuple[Recording, str, str]], catalogue: Catalogue, open_texts: Mapping[int, Text]
) -> list[RecordingState]:
    found = []
    for one, answer_id, language in rows:
        draft = None if one.is_released else open_texts.get(one.translation_id)
        answer = catalogue.answers.get(answer_id)
        text = answer.texts.get(language) if answer else None
        found.append(
            RecordingState(
                id=one.id,
                answer_id=answer_id,
                language=language,
                title=text.title if text else "",
                is_released=one.is_released,
                is_current=text is not None and catalogue.read_from(text) == one.read_from,
                is_of_draft=draft is not None and catalogue.read_from_words(draft, language) == one.read_from,
                seconds=one.seconds,
                added_by=one.added_by,
                added_at=one.added_at,
                released_by=one.released_by,
            )
        )
    return found


async def _lock(session: AsyncSession, answer_id: str, language: str) -> Translation:
    wanted = select(Translation).where(Translation.answer_id == answer_id, Translation.language == language)
    translation: Translation | None = await session.scalar(wanted.with_for_update())
    if translation is None:
        raise NothingToReadAloud(answer_id=answer_id, language=language)
    return translation


async def _get(session: AsyncSession, translation: Translation, recording_id: int) -> Recording:
    recording = await session.get(Recording, recording_id)
    if recording is None or recording.translation_id != translation.id:
        raise RecordingGone(recording_id=recording_id)
    return recording


async def _delete(session: AsyncSession, translation_id: int, *, is_released: bool) -> None:
    of_translation = (Recording.translation_id == translation_id, Recording.is_released == is_released)
    await session.execute(delete(Recording).where(*of_translation))
