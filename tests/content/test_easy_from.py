"""The easy text of a translation is held against the easy text of its source, as the plain one is against the plain."""

from dataclasses import replace
from pathlib import Path

import pytest

from content import drafting, reviewing
from content.checks import remarks_on
from content.drafting import as_draft
from content.exchanging import export_package, import_package
from content.exporting import export_library
from content.freshness import Freshness, Text
from content.importing import import_library
from content.library_files import read_library
from content.library_updates.comparing import compare
from content.models import Revision
from content.overview import LanguageState, count_states, coverage, get_row, list_answers
from content.stamping import stamp_library
from content.wanted import State, Wanted
from core.database import Database
from tests.conftest import MONDAY_9AM, Town
from tests.content.asking import published_text
from tests.content.editing import KINDERGARTEN, change

AMINA, BERT, ID = 1, 2, "services-kindergarten"
NB, AR = "Alle barn kan få plass.", "كل طفل له مكان."
NEW_NB, NEW_AR = "Alle barn har rett til plass.", "كل طفل له الحق في مكان."


@pytest.fixture
def library(library: Path) -> Path:
    """The library with easy texts that fit each other, and say so."""
    for language, line in (("nb", NB), ("ar", AR)):
        change(library / KINDERGARTEN / f"{language}.yaml", "\napplies_to:", f"\neasy: |\n  {line}\napplies_to:")
    stamp_library(library, answers=[ID], languages=["ar"], only_missing=False)
    return library


@pytest.fixture
async def town(town: Town, library: Path) -> Town:
    await take(town.database, library)
    return town


async def take(database: Database, library: Path) -> int:
    async with database.changing() as session:
        return (await import_library(session, read_library(library), at=MONDAY_9AM)).published


async def write(
    town: Town, language: str, easy: str, *, is_small_change: bool = False, only_draft: bool = False
) -> None:
    """Amina writes another easy text, made from what the source says now; Bert approves it, and residents see it."""
    async with town.database.changing() as session:
        translation = await drafting.find_translation(session, ID, language)
        source = await drafting.find_source(session, ID)
        assert translation is not None
        assert source is not None
        newest = await drafting.find_newest(session, translation.id)
        assert newest is not None
        draft = as_draft(newest, is_small_change=is_small_change)
        easy_from = source.easy_hash if language == "ar" else None
        draft = replace(draft, text=replace(draft.text, easy=easy), easy_from_hash=easy_from)
        await drafting.save_draft(session, ID, language, draft, based_on=newest.number, by=AMINA, at=MONDAY_9AM)
        if only_draft:
            return
        await session.flush()
        (await reviewing.submit(session, translation.id, by=AMINA, at=MONDAY_9AM)).approved_by = BERT
        await reviewing.publish_approved(session, translation.id, by=BERT, at=MONDAY_9AM)


async def state(town: Town, language: str = "ar") -> LanguageState:
    async with town.database.reading() as session:
        row = await get_row(session, ID)
    assert row is not None
    return row.states[language]


async def outdated(town: Town) -> tuple[list[str], int, dict[str, int]]:
    """What the translators' list has in Arabic, what the first page counts, and how far the languages have come."""
    async with town.database.reading() as session:
        page = await list_answers(session, Wanted(language="ar", state=State.OUTDATED), today=MONDAY_9AM.date())
        counted = (await count_states(session))[State.OUTDATED]
        languages = {code: late for code, _there, late, _all in await coverage(session) if late}
    return [row.answer_id for row in page.rows], counted, languages


async def test_a_new_easy_text_of_the_source_outdates_the_easy_translation_and_nothing_else(town: Town) -> None:
    assert await outdated(town) == ([], 0, {})

    await write(town, "nb", NEW_NB)

    assert await outdated(town) == ([ID], 1, {"ar": 1})
    assert ((await state(town)).freshness, (await state(town)).stands) == (Freshness.OUTDATED, "easy_outdated")
    assert (await state(town, "en")).stands == "fresh"  # it has no easy text
    seen = await published_text(town.database, ID, "ar")
    assert (seen.freshness, seen.is_easy_outdated) == (Freshness.FRESH, True)


async def test_a_new_easy_translation_is_up_to_date_again(town: Town) -> None:
    await write(town, "nb", NEW_NB)

    await write(town, "ar", NEW_AR)

    assert await outdated(town) == ([], 0, {})
    assert (await state(town)).stands == "fresh"
    assert not (await published_text(town.database, ID, "ar")).is_easy_outdated


async def test_an_easy_text_that_was_taken_away_outdates_what_was_made_from_it(town: Town) -> None:
    await write(town, "nb", "")

    assert (await outdated(town))[0] == [ID]


async def test_after_a_small_change_the_easy_translations_stay_as_they_are(town: Town) -> None:
    await write(town, "ar", NEW_AR, only_draft=True)

    await write(town, "nb", "Alle barn kan få plass!", is_small_change=True)

    assert await outdated(town) == ([], 0, {})
    async with town.database.reading() as session:
        source = await drafting.find_source(session, ID)
        translation = await drafting.find_translation(session, ID, "ar")
        assert source is not None
        assert translation is not None
        opened = await drafting.find_newest(session, translation.id)
        assert opened is not None
        assert opened.easy_from_hash == source.easy_hash


async def test_nothing_is_claimed_of_what_the_release_before_wrote(town: Town) -> None:
    async with town.database.changing() as session:
        source = await drafting.find_source(session, ID)
        assert source is not None
        source.easy_hash = None
    assert await outdated(town) == ([], 0, {})

    await write(town, "nb", NEW_NB)

    assert (await outdated(town))[0] == [ID]


async def test_a_translators_file_from_before_the_change_comes_back_as_outdated(town: Town) -> None:
    async with town.database.reading() as session:
        before = await export_package(session, "ar", only_outdated_or_missing=False)
    await write(town, "nb", NEW_NB)
    async with town.database.reading() as session:
        now = await export_package(session, "ar", only_outdated_or_missing=True)
    assert ID in [one.answer_id for one in now.answers]

    for package, is_outdated in ((before, True), (now, False)):
        (packed,) = (one for one in package.answers if one.answer_id == ID)
        words = f"{NEW_AR} {is_outdated}"
        units = tuple(replace(one, target=words) if one.key == "easy.0" else one for one in packed.units)
        async with town.database.changing() as session:
            back = replace(package, answers=(replace(packed, units=units),))
            received = await import_package(session, back, by=AMINA, at=MONDAY_9AM)

        assert [one.is_outdated for one in received.taken] == [is_outdated]


async def test_the_stamp_goes_out_and_comes_in_with_files(town: Town, database: Database, tmp_path: Path) -> None:
    await write(town, "nb", NEW_NB)
    async with town.database.reading() as session:
        await export_library(session, tmp_path / "out")

    await take(database, tmp_path / "out")

    assert (await published_text(database, ID, "ar")).is_easy_outdated
    remarks = [str(one) for one in remarks_on(read_library(tmp_path / "out"))]
    assert [one for one in remarks if "the easy text was made from another one" in one]
    stamp_library(tmp_path / "out", answers=[ID], languages=["ar"], only_missing=False)
    assert await take(database, tmp_path / "out") == 1
    assert not (await published_text(database, ID, "ar")).is_easy_outdated
    assert await take(database, tmp_path / "out") == 0


async def test_a_stamp_alone_is_no_update_of_the_shared_library(town: Town, library: Path) -> None:
    async with town.database.changing() as session:
        await import_library(session, read_library(library), at=MONDAY_9AM, is_shared=True)
    change(library / KINDERGARTEN / "ar.yaml", "\neasy_from: ", "\neasy_from: '' #")

    async with town.database.changing() as session:
        assert (await compare(session, read_library(library), at=MONDAY_9AM)).offered == 0


def test_empty_lines_and_spaces_make_no_other_easy_text() -> None:
    assert Text("A", "B", easy="En.\nTo.").easy_hash() == Text("C", "", easy=" En. \n\nTo.\n").easy_hash()
    assert Text("A", "B", easy="En.\nTo.").easy_hash() != Text("A", "B", easy="En. To.").easy_hash()


async def test_a_text_without_an_easy_text_was_made_from_none(town: Town) -> None:
    await write(town, "ar", "")

    async with town.database.reading() as session:
        translation = await drafting.find_translation(session, ID, "ar")
        assert translation is not None
        seen = await drafting.find_newest(session, translation.id)
    assert isinstance(seen, Revision)
    assert seen.easy_from_hash is None
