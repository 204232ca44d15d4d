"""A recording is offered while the text is the one that was read, and after a second person has heard it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from content import drafting, reviewing
from content.models import Fact
from content.publishing import announce
from content.reading_aloud import recordings, robot_readings
from content.reading_aloud.recordings import (
    NothingToReadAloud,
    OwnRecordingNeedsSecondPerson,
    ReadAnotherText,
    RecordingGone,
)
from content.reading_aloud.robot_readings import drop_old_robot_readings, find_robot_reading, keep_robot_reading
from content.reading_aloud.sound_files import MP3, OGG, SoundUnknown, StoredSound
from core.database import Database
from core.timeline import list_entries
from tests.conftest import MONDAY_9AM, Town
from tests.content.asking import version
from tests.sounds import mp3, ogg

KINDERGARTEN, ROOM = "services-kindergarten", "premises-borrow-room"
AMINA, BERT = 1, 2


async def attach(town: Town, data: bytes, answer_id: str = KINDERGARTEN, language: str = "ar") -> int:
    """By Amina, for the text as it stands; the number of the recording."""
    async with town.database.changing() as session:
        read_from = await recordings.text_to_read(session, answer_id, language)
        kept = await recordings.attach(session, answer_id, language, data, read_from=read_from, by=AMINA, at=MONDAY_9AM)
        await session.flush()  # its number is given by the database
        return kept.id


async def release(town: Town, recording_id: int, *, by: int = BERT, answer_id: str = KINDERGARTEN) -> None:
    async with town.database.changing() as session:
        await recordings.release(session, answer_id, "ar", recording_id, by=by, at=MONDAY_9AM)


async def offered(town: Town, answer_id: str = KINDERGARTEN, language: str = "ar") -> bool:
    """Whether residents can hear it."""
    catalogue = (await town.conversation()).catalogue
    return catalogue.recording_of(catalogue.answers[answer_id], language) is not None


async def test_residents_hear_it_when_a_second_person_has_released_it(town: Town) -> None:
    before = await version(town.database)
    number = await attach(town, ogg())
    assert not await offered(town)
    with pytest.raises(OwnRecordingNeedsSecondPerson):
        await release(town, number, by=AMINA)

    await release(town, number)

    assert await offered(town)
    assert not await offered(town, language="nb")
    assert await version(town.database) > before
    async with town.database.reading() as session:
        assert await recordings.find_content(session, number) == StoredSound(OGG, ogg())
        events = [(one.event, one.by) for one in await list_entries(session, about=f"answer:{KINDERGARTEN}")]
    assert events[:2] == [("recording_released", BERT), ("recording_added", AMINA)]


async def test_a_newer_recording_takes_the_place_of_the_one_before_when_it_is_released(town: Town) -> None:
    first = await attach(town, ogg())
    await release(town, first)

    replaced, second = await attach(town, ogg(4)), await attach(town, mp3())

    assert await offered(town)
    with pytest.raises(RecordingGone):
        await release(town, replaced)
    await release(town, second)
    async with town.database.reading() as session:
        (left,) = await recordings.list_recordings(session, KINDERGARTEN, "ar")
        assert (left.id, left.is_released, left.seconds, left.needs_somebody) == (second, True, 3, False)
        assert (await recordings.find_content(session, second)) == StoredSound(MP3, mp3())


async def test_a_new_text_is_not_read_by_the_old_recording(town: Town) -> None:
    number = await attach(town, ogg())
    waiting = await attach(town, ogg()) if await release(town, number) is None else 0
    async with town.database.changing() as session:
        translation = await drafting.find_translation(session, KINDERGARTEN, "ar")
        assert translation is not None
        newest = await drafting.find_newest(session, translation.id)
        assert newest is not None
        old = drafting.as_draft(newest)
        draft = replace(old, text=replace(old.text, title="عنوان جديد"))
        await drafting.save_draft(session, KINDERGARTEN, "ar", draft, based_on=newest.number, by=AMINA, at=MONDAY_9AM)
        await reviewing.submit(session, translation.id, by=AMINA, at=MONDAY_9AM)
        await reviewing.approve(session, translation.id, by=BERT, at=MONDAY_9AM)
        await reviewing.publish_approved(session, translation.id, by=BERT, at=MONDAY_9AM)

    assert not await offered(town)
    with pytest.raises(ReadAnotherText):
        await release(town, waiting)
    async with town.database.reading() as session:
        states = await recordings.list_all_recordings(session)
    assert [(one.id, one.is_current, one.needs_somebody) for one in states] == [
        (waiting, False, True),
        (number, False, True),
    ]


async def test_a_new_price_is_not_read_by_the_old_recording_and_the_old_price_is(town: Town) -> None:
    await release(town, await attach(town, ogg()))

    async with town.database.reading() as session:
        old = (await session.get_one(Fact, "kindergarten-price")).value
    for price, is_offered in (("9999 NOK", False), (old, True)):
        async with town.database.changing() as session:
            (await session.get_one(Fact, "kindergarten-price")).value = price
            announce(session, "fact_changed", about="kindergarten-price", at=MONDAY_9AM)

        assert await offered(town) is is_offered


async def test_nothing_is_kept_of_what_cannot_be_used(town: Town) -> None:
    with pytest.raises(SoundUnknown):
        await attach(town, b"<html>")
    with pytest.raises(NothingToReadAloud):
        await attach(town, ogg(), language="so")
    with pytest.raises(ReadAnotherText):
        async with town.database.changing() as session:
            await recordings.attach(session, KINDERGARTEN, "ar", ogg(), read_from="0" * 64, by=AMINA, at=MONDAY_9AM)

    async with town.database.reading() as session:
        assert await recordings.list_all_recordings(session) == []


async def test_a_removed_recording_is_gone_and_another_texts_cannot_be_touched(town: Town) -> None:
    number = await attach(town, ogg())
    await release(town, number)

    for answer_id, language in ((KINDERGARTEN, "nb"), (ROOM, "nb")):
        with pytest.raises(RecordingGone):
            async with town.database.changing() as session:
                await recordings.remove(session, answer_id, language, number, by=BERT, at=MONDAY_9AM)
    async with town.database.changing() as session:
        await recordings.remove(session, KINDERGARTEN, "ar", number, by=BERT, at=MONDAY_9AM)

    assert not await offered(town)


async def test_what_a_robot_read_is_kept_for_a_month_and_never_too_much(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(robot_readings, "MOST_BYTES", 250)
    async with database.changing() as session:
        for number in range(4):
            at = MONDAY_9AM + timedelta(days=number)
            await keep_robot_reading(session, str(number), StoredSound(OGG, bytes(100)), at=at)

        kept = [key for key in "0123" if await find_robot_reading(session, key) is not None]
        assert kept == ["2", "3"]
        await drop_old_robot_readings(session, at=MONDAY_9AM + timedelta(days=32, hours=1))
        assert await find_robot_reading(session, "2") is None
        assert await find_robot_reading(session, "3") == StoredSound(OGG, bytes(100))
