"""Norwegian words come in with a library, stay as staff wrote them, and are used alike in every translation."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from content.checks import check_library
from content.exporting import export_library
from content.finding.features import words
from content.glossary.editing import withdraw_word
from content.glossary.glossary import fits, is_one_letter_off, wanted_words
from content.glossary.keeping import import_glossary
from content.glossary.records import Explanation, list_versions
from content.importing import import_library
from content.library_files import LibraryUnreadable, read_library
from content.models import Lifecycle, Origin
from core.database import Database
from tests.conftest import LIBRARY, MONDAY_9AM, Town
from tests.content.asking import published, version
from tests.content.editing import KINDERGARTEN, change

NB, AR = "glossary/nb.yaml", "glossary/ar.yaml"


async def take(database: Database, folder: Path) -> None:
    async with database.changing() as session:
        await import_library(session, read_library(folder), at=MONDAY_9AM)


async def states(database: Database, word: str, language: str) -> list[tuple[str, str]]:
    """The versions of an explanation: where each stands, and its term."""
    async with database.reading() as session:
        return [(str(one.lifecycle), one.term) for one in await list_versions(session, word, language)]


async def test_the_words_of_a_library_are_published(town: Town) -> None:
    glossary = (await published(town.database)).glossary

    explained = glossary.text_for("vedtak", "ar")
    assert set(glossary.texts) == {"vedtak", "barnehage", "fri rettshjelp"}
    assert (explained.term, explained.origin) == ("قرار", Origin.MACHINE)
    assert glossary.text_for("vedtak", "uk").language == "nb"


async def test_the_same_words_again_change_nothing(town: Town) -> None:
    before = await version(town.database)

    await take(town.database, LIBRARY)

    assert await version(town.database) == before
    assert await states(town.database, "vedtak", "ar") == [("published", "قرار")]


async def test_a_changed_word_supersedes_the_one_before_and_is_a_new_version(town: Town, library: Path) -> None:
    before = await version(town.database)
    change(library / AR, "term: قرار", "term: حكم")

    await take(town.database, library)

    assert await version(town.database) == before + 1
    assert await states(town.database, "vedtak", "ar") == [("superseded", "قرار"), ("published", "حكم")]


@pytest.mark.parametrize("lifecycle", [Lifecycle.PUBLISHED, Lifecycle.WITHDRAWN])
async def test_what_staff_wrote_or_withdrew_is_not_overwritten(town: Town, library: Path, lifecycle: Lifecycle) -> None:
    async with town.database.changing() as session:
        ours = await session.scalar(
            select(Explanation).where(Explanation.word == "vedtak", Explanation.language == "ar")
        )
        assert ours is not None
        ours.author_id, ours.lifecycle = 1, lifecycle
    change(library / AR, "term: قرار", "term: حكم")

    await take(town.database, library)

    assert await states(town.database, "vedtak", "ar") == [(lifecycle.value, "قرار")]


@pytest.mark.parametrize("is_import_first", [True, False])
async def test_a_word_that_is_withdrawn_during_an_import_stays_away(
    town: Town, library: Path, *, is_import_first: bool
) -> None:
    change(library / AR, "term: قرار", "term: حكم")

    async def importing(session: AsyncSession) -> None:
        await import_glossary(session, read_library(library).glossary, at=MONDAY_9AM)

    async def withdrawing(session: AsyncSession) -> None:
        await withdraw_word(session, "vedtak", "Feil", by=1, at=MONDAY_9AM)

    async def run(work: Callable[[AsyncSession], Awaitable[None]]) -> None:
        async with town.database.changing() as session:
            await work(session)

    first, second = (importing, withdrawing) if is_import_first else (withdrawing, importing)
    async with town.database.changing() as session:
        await first(session)
        await session.flush()  # its rows are held
        other = asyncio.create_task(run(second))
        await asyncio.sleep(0.1)
    await other

    assert "vedtak" not in (await published(town.database)).glossary.texts


@pytest.mark.parametrize(
    ("file", "old", "new", "line"),
    [
        (AR, "    term: مساعدة قانونية مجانية\n", "", "glossary/ar.yaml:13: 'term' is missing"),
        (NB, "term: vedtak", "trem: vedtak", "glossary/nb.yaml:4: 'trem' is unknown here"),
        (NB, "  vedtak:", "  ved/tak:", "glossary/nb.yaml:4: 'ved/tak' may have letters"),
    ],
)
def test_a_mistake_is_named_with_its_line(library: Path, file: str, old: str, new: str, line: str) -> None:
    change(library / file, old, new)

    with pytest.raises(LibraryUnreadable) as unreadable:
        read_library(library)

    assert any(line in str(problem) for problem in unreadable.value.problems), unreadable.value.problems


async def test_an_export_explains_the_same_words(town: Town, tmp_path: Path) -> None:
    async with town.database.changing() as session:
        checked = await session.scalar(select(Explanation).where(Explanation.language == "ar").limit(1))
        assert checked is not None
        checked.origin = Origin.MACHINE_CHECKED
    before = (await published(town.database)).glossary

    async with town.database.reading() as session:
        await export_library(session, tmp_path)
    exported = read_library(tmp_path).glossary

    assert {(one.word, one.language, one.origin, one.term, one.forms, one.meaning) for one in exported} == {
        (one.word, one.language, one.origin, one.term, one.forms, one.meaning)
        for by_language in before.texts.values()
        for one in by_language.values()
    }


async def test_words_can_be_taken_without_the_answers(database: Database) -> None:
    entries = read_library(LIBRARY).glossary

    async with database.changing() as session:
        first = await import_glossary(session, entries, at=MONDAY_9AM)
        again = await import_glossary(session, entries, at=MONDAY_9AM)

    seen = await published(database)
    assert (first, again, len(seen.glossary.texts), seen.answers) == (6, 0, 3, {})


def complaints(folder: Path) -> list[str]:
    return [str(one) for one in check_library(folder) if "glossary" in str(one)]


def test_every_language_has_the_same_words_in_a_sentence_that_is_short(library: Path) -> None:
    assert complaints(library) == []
    change(library / AR, "  vedtak:", "  vedtekter:")
    change(library / NB, "Et sted med", "Et sted " + "som " * 50 + "med")

    assert complaints(library) == [
        "library/glossary/nb.yaml:8: 'meaning' has 246 characters; at most 200 are read in one go",
        "library/glossary/ar.yaml:1: the word 'vedtak' is missing (it is in nb)",
        "library/glossary/nb.yaml:1: the word 'vedtekter' is missing (it is in ar)",
    ]


@pytest.mark.parametrize(
    ("said", "is_right"),
    [
        ("اسأل عن روضة (barnehage) هنا", True),
        ("اسأل عن الروضة (barnehagen) هنا", True),
        ("اسأل عن «روضة» (barnehageplass) هنا", True),
        ("اسأل عن الحضانة (barnehage) هنا", False),
        ("قرار (vedtaket) ثم شيء (noe annet)", True),
    ],
)
def test_the_same_word_has_the_same_term_in_every_text(library: Path, said: str, *, is_right: bool) -> None:
    file = library / KINDERGARTEN / "ar.yaml"
    text = file.read_text(encoding="utf-8")
    line = next(number for number, one in enumerate(text.splitlines(), 1) if one.startswith("short:"))
    file.write_text(
        "".join(f"short: {said}\n" if one.startswith("short:") else one for one in text.splitlines(keepends=True)),
        encoding="utf-8",
    )

    found = complaints(library)

    place = f"library/{KINDERGARTEN}/ar.yaml:{line}: '... "
    assert [one.startswith(place) for one in found] == ([] if is_right else [True])


def test_wordings_may_say_it_as_people_do(library: Path) -> None:
    file = library / KINDERGARTEN / "ar.yaml"
    file.write_text(f"{file.read_text(encoding='utf-8')}- حضانة (barnehage)\n", encoding="utf-8")

    assert complaints(library) == []


@pytest.mark.parametrize(
    ("form", "said", "is_like"),
    [
        ("dotacj*", ["dotacje"], True),
        ("lekarz* rodzinn*", ["lekarza", "rodzinnego"], True),
        ("lekarz* rodzinn*", ["lekarza"], False),
        ("*szewn*", ["wszewny"], True),
        ("D-nummer", ["d", "nummer"], True),
        ("vedtak", ["vedtaket"], False),
    ],
)
def test_a_star_stands_for_any_letters(form: str, said: list[str], *, is_like: bool) -> None:
    assert fits(form, said) is is_like


async def test_forms_are_normalised_once_and_not_for_each_question(town: Town) -> None:
    glossary = (await published(town.database)).glossary
    assert glossary.find_term(words("مدرسة"), "ar") is None
    before = wanted_words.cache_info().misses

    assert glossary.find_term(words("روضة"), "ar") == "barnehage"

    assert wanted_words.cache_info().misses == before


@pytest.mark.parametrize(
    ("one", "other", "is_near"),
    [
        ("vedtak", "vedtakk", True),
        ("vedtak", "vedtk", True),
        ("vedtak", "vedtok", True),
        ("vedtak", "vetdak", True),
        ("vedtak", "vedtak", True),
        ("vedtak", "vedtekt", False),
        ("vedtak", "vdtaek", False),
        ("fastlege", "legevakt", False),
    ],
)
def test_one_wrong_letter_is_forgiven(one: str, other: str, *, is_near: bool) -> None:
    assert is_one_letter_off(one, other) is is_near
    assert is_one_letter_off(other, one) is is_near
