"""A recording goes where its text goes: out with the library's files, and in with them."""

import shutil
from pathlib import Path

import pytest

from brobygger.preparing import draft_folder
from content import reviewing
from content.drafting import find_translation
from content.exporting import export_library
from content.importing import Imported, import_library
from content.importing_drafts import Outcome
from content.library_files import LibraryUnreadable, read_library
from content.library_updates.comparing import compare
from content.models import Fact
from content.publishing import announce
from content.reading_aloud import recordings
from content.reading_aloud.recordings import RecordingState
from core.database import Database
from tests.conftest import LIBRARY, MONDAY_9AM, Town
from tests.content.asking import published, version
from tests.content.editing import KINDERGARTEN, change
from tests.sounds import m4a, mp3, ogg

ID = "services-kindergarten"
AMINA, BERT = 1, 2


async def record(town: Town, language: str, data: bytes) -> None:
    """Amina attaches a recording of what residents see, and Bert releases it."""
    async with town.database.changing() as session:
        read_from = await recordings.text_to_read(session, ID, language)
        kept = await recordings.attach(session, ID, language, data, read_from=read_from, by=AMINA, at=MONDAY_9AM)
        await session.flush()  # its number is given by the database
        await recordings.release(session, ID, language, kept.id, by=BERT, at=MONDAY_9AM)


async def export(database: Database, folder: Path) -> Path:
    async with database.reading() as session:
        await export_library(session, folder)
    return folder


async def take(database: Database, folder: Path, *, replace: bool = False) -> Imported:
    library = read_library(folder)
    async with database.changing() as session:
        return await import_library(session, library, at=MONDAY_9AM, replace=replace)


async def offered(database: Database, language: str) -> bool:
    """Whether residents can hear it."""
    catalogue = await published(database)
    return catalogue.recording_of(catalogue.answers[ID], language) is not None


async def kept(database: Database, language: str = "ar") -> list[RecordingState]:
    async with database.reading() as session:
        return await recordings.list_recordings(session, ID, language)


async def sound_of(database: Database, language: str) -> bytes:
    (one,) = await kept(database, language)
    async with database.reading() as session:
        found = await recordings.find_content(session, one.id)
    assert found is not None
    return found.content


@pytest.mark.parametrize("language", ["nb", "ar"])
async def test_another_municipality_hears_it_with_the_library_that_it_takes(
    town: Town, database: Database, tmp_path: Path, language: str
) -> None:
    await record(town, language, ogg())
    folder = await export(town.database, tmp_path / "out")

    done = await take(database, folder)

    assert (folder / KINDERGARTEN / f"{language}.ogg").exists()
    assert done.recordings == 1
    assert await offered(database, language)
    assert await sound_of(database, language) == await sound_of(town.database, language)
    assert [(one.is_released, one.released_by, one.seconds) for one in await kept(database, language)] == [
        (True, None, 3)
    ]


async def test_the_same_files_again_change_nothing(town: Town, tmp_path: Path) -> None:
    await record(town, "ar", ogg())
    folder, before = await export(town.database, tmp_path / "out"), await version(town.database)

    done = await take(town.database, folder, replace=True)

    assert (done.recordings, await version(town.database)) == (0, before)
    assert [one.added_by for one in await kept(town.database)] == [AMINA]


async def test_a_newer_recording_in_the_files_takes_the_place_of_the_one_here(town: Town, library: Path) -> None:
    await record(town, "ar", ogg())
    (library / KINDERGARTEN / "ar.m4a").write_bytes(m4a(20, said=b"+59.9127+010.7461/"))

    done = await take(town.database, library)

    assert done.recordings == 1
    assert [one.seconds for one in await kept(town.database)] == [20]
    assert b"+59.9127" not in await sound_of(town.database, "ar")
    assert await offered(town.database, "ar")


async def test_words_that_were_changed_in_the_files_are_not_those_that_were_read(
    town: Town, database: Database, tmp_path: Path
) -> None:
    await record(town, "ar", ogg())
    folder = await export(town.database, tmp_path / "out")
    change(folder / KINDERGARTEN / "ar.yaml", "title: مكان في الروضة", "title: روضة الأطفال")

    await take(database, folder)

    assert not await offered(database, "ar")
    assert [one.is_current for one in await kept(database)] == [False]


async def test_a_price_that_is_another_there_is_not_the_one_that_was_read(
    town: Town, database: Database, tmp_path: Path
) -> None:
    await record(town, "ar", ogg())
    folder = await export(town.database, tmp_path / "out")
    await take(database, folder)

    async with database.changing() as session:
        (await session.get_one(Fact, "kindergarten-price")).value = "1300 NOK"
        announce(session, "fact_changed", about="kindergarten-price", at=MONDAY_9AM)

    assert not await offered(database, "ar")


async def test_a_recording_without_a_stamp_is_of_the_text_with_which_it_came_first(town: Town, library: Path) -> None:
    (library / KINDERGARTEN / "ar.mp3").write_bytes(mp3())
    await take(town.database, library)
    change(library / KINDERGARTEN / "ar.yaml", "title: مكان في الروضة", "title: روضة الأطفال")

    done = await take(town.database, library)

    assert (done.published, done.recordings) == (1, 0)
    assert not await offered(town.database, "ar")


async def test_one_whose_text_has_changed_goes_out_too_and_still_says_so(town: Town, tmp_path: Path) -> None:
    await record(town, "ar", ogg())
    await take(town.database, _with_new_title(tmp_path / "new"))
    folder = await export(town.database, tmp_path / "out")

    await take(town.database, folder)

    assert (folder / KINDERGARTEN / "ar.ogg").exists()
    assert not await offered(town.database, "ar")


async def test_one_whose_text_residents_do_not_see_stays_here(town: Town, tmp_path: Path) -> None:
    await record(town, "ar", ogg())
    async with town.database.changing() as session:
        await reviewing.withdraw_answer(session, ID, "Flyttet.", by=AMINA, at=MONDAY_9AM)
    alone = shutil.copytree(LIBRARY, tmp_path / "nb")
    (alone / KINDERGARTEN / "ar.yaml").unlink()
    await take(town.database, alone)

    folder = await export(town.database, tmp_path / "out")

    assert (folder / KINDERGARTEN / "nb.yaml").exists()
    assert not (folder / KINDERGARTEN / "ar.ogg").exists()
    assert read_library(folder).answers


def _with_new_title(folder: Path) -> Path:
    shutil.copytree(LIBRARY, folder)
    change(folder / KINDERGARTEN / "ar.yaml", "title: مكان في الروضة", "title: روضة الأطفال")
    return folder


async def test_as_a_draft_it_waits_for_a_person_who_hears_it(town: Town, library: Path) -> None:
    (library / KINDERGARTEN / "ar.ogg").write_bytes(ogg())

    done = await draft_folder(town.database, library)
    again = await draft_folder(town.database, library)

    assert (done[Outcome.RECORDING], again[Outcome.RECORDING]) == (1, 0)
    assert not await offered(town.database, "ar")
    (waiting,) = await kept(town.database)
    async with town.database.changing() as session:
        await recordings.release(session, ID, "ar", waiting.id, by=BERT, at=MONDAY_9AM)
    assert await offered(town.database, "ar")


async def test_with_a_draft_of_its_text_it_waits_until_that_is_published(town: Town, library: Path) -> None:
    change(library / KINDERGARTEN / "ar.yaml", "title: مكان في الروضة", "title: روضة الأطفال")
    (library / KINDERGARTEN / "ar.ogg").write_bytes(ogg())
    await draft_folder(town.database, library)
    (before,) = await kept(town.database)

    async with town.database.changing() as session:
        translation = await find_translation(session, ID, "ar")
        assert translation is not None
        (await reviewing.submit(session, translation.id, by=AMINA, at=MONDAY_9AM)).approved_by = BERT
        await reviewing.publish_approved(session, translation.id, by=BERT, at=MONDAY_9AM)

    (after,) = await kept(town.database)
    assert [(one.is_of_draft, one.is_current, one.is_released) for one in (before, after)] == [
        (True, False, False),
        (False, True, False),
    ]


async def test_as_a_draft_it_leaves_alone_what_somebody_here_has_attached(town: Town, library: Path) -> None:
    async with town.database.changing() as session:
        read_from = await recordings.text_to_read(session, ID, "ar")
        await recordings.attach(session, ID, "ar", mp3(10), read_from=read_from, by=AMINA, at=MONDAY_9AM)
    (library / KINDERGARTEN / "ar.ogg").write_bytes(ogg())

    done = await draft_folder(town.database, library)

    assert done[Outcome.RECORDING] == 0
    assert [(one.seconds, one.added_by) for one in await kept(town.database)] == [(10, AMINA)]


async def test_updates_of_the_shared_library_have_no_recordings(town: Town, library: Path) -> None:
    await record(town, "ar", ogg())
    (library / KINDERGARTEN / "ar.ogg").write_bytes(ogg(20))
    shared = read_library(library)

    async with town.database.changing() as session:
        compared = await compare(session, shared, at=MONDAY_9AM)

    assert compared.offered == 0
    assert [one.seconds for one in await kept(town.database)] == [3]


BROKEN = [
    ("ar.ogg", b"OggS and no more", "a recording is OGG with Opus, MP3 or M4A, whole and without pictures"),
    ("ar.wav", b"RIFF", "a recording is OGG with Opus, MP3 or M4A, whole and without pictures"),
    ("ar.ogg", ogg(301), "the recording lasts 301 seconds; it may last from one second to five minutes"),
    ("ar.ogg", ogg()[:-10], "whole and without pictures; this file is not"),
    ("ar.mp3", bytes(5_000_001), "a recording has at most 5 MB"),
    ("fi.ogg", ogg(), "there is no text fi.yaml that it could be read from"),
]


@pytest.mark.parametrize(("name", "data", "reason"), BROKEN)
async def test_a_broken_recording_stops_the_import_with_a_clear_word(
    town: Town, library: Path, name: str, data: bytes, reason: str
) -> None:
    (library / KINDERGARTEN / name).write_bytes(data)

    with pytest.raises(LibraryUnreadable) as refused:
        await take(town.database, library)

    (problem,) = refused.value.problems
    assert str(problem).startswith(f"library/{KINDERGARTEN}/{name}:1: ")
    assert reason in problem.reason
    assert await kept(town.database) == []


async def test_two_recordings_of_a_text_and_a_stamp_without_one_are_refused(library: Path) -> None:
    (library / KINDERGARTEN / "nb.ogg").write_bytes(ogg())
    (library / KINDERGARTEN / "nb.mp3").write_bytes(mp3())
    change(library / KINDERGARTEN / "ar.yaml", "title: ", f"read_from: {'0' * 64}\ntitle: ")

    with pytest.raises(LibraryUnreadable) as refused:
        read_library(library)

    assert [problem.reason for problem in refused.value.problems] == [
        "'read_from' belongs to a recording, and there is none beside this file",
        "a text has one recording, and there is nb.mp3",
    ]
