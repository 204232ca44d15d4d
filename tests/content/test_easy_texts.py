"""The easy text goes with the plain one wherever that goes, and makes no translation outdated."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from content.checks import check_library, remarks_on
from content.differences import text_difference
from content.drafting import Draft, find_newest, find_translation
from content.easy_texts import lines_of, long_lines
from content.exchange.po import write_po
from content.exchange.units import Package, text_from, units
from content.exchange.xliff import write_xliff
from content.exchanging import export_package, import_package, read_package
from content.exporting import export_library
from content.freshness import Text
from content.importing import import_library
from content.library_files import read_library
from content.library_updates.comparing import compare
from content.library_updates.queue import list_updates
from content.models import Origin
from content.previewing import inspect_draft
from core.database import Database
from tests.conftest import MONDAY_9AM, Town
from tests.content.asking import published
from tests.content.editing import KINDERGARTEN, change

AMINA, ID, DANGER = 1, "services-kindergarten", "services-partner-violence"
FILE = {language: f"{KINDERGARTEN}/{language}.yaml" for language in ("nb", "ar")}
EASY = {"nb": ("Alle barn kan få plass.", "Du søker på nett."), "ar": ("كل طفل له مكان.", "قدّم الطلب عبر الإنترنت.")}


def with_easy(library: Path, language: str, *lines: str) -> Path:
    """The library with an easy text in one language."""
    folded = "".join(f"  {line}\n" for line in lines or EASY[language])
    change(library / FILE[language], "\napplies_to:", f"\neasy: |\n{folded}applies_to:")
    return library


async def take_in(database: Database, library: Path) -> int:
    async with database.changing() as session:
        return (await import_library(session, read_library(library), at=MONDAY_9AM)).published


def test_an_easy_text_changes_what_a_text_is_but_not_whether_translations_are_outdated() -> None:
    plain = Text("Plass", "Søk.")
    easy = replace(plain, easy="Du søker.")

    assert easy.hash() == plain.hash()
    assert easy.identity() != plain.identity()
    assert plain.identity() == plain.hash()
    assert [one.field for one in text_difference(plain, easy)] == ["easy"]


@pytest.mark.parametrize(
    ("line", "is_long"),
    [
        ("en to tre fire fem seks sju åtte ni ti elleve tolv", False),
        ("en to tre fire fem seks sju åtte ni ti elleve tolv tretten", True),
        ("- en to tre fire fem – seks sju åtte ni ti elleve {fact:opening-hours}.", False),
        ("واحد اثنان ثلاثة أربعة خمسة ستة سبعة ثمانية تسعة عشرة أحد عشر آخر", True),
    ],
)
def test_a_line_of_more_than_twelve_words_is_long(line: str, *, is_long: bool) -> None:
    assert bool(long_lines(f"Kort.\n\n {line} \n")) is is_long
    assert lines_of(f"\n {line}\n\n") == [line]


@pytest.mark.parametrize("language", EASY)
async def test_it_is_published_and_goes_out_with_the_library(
    town: Town, library: Path, tmp_path: Path, language: str
) -> None:
    assert await take_in(town.database, with_easy(library, language)) == 1
    assert await take_in(town.database, library) == 0

    async with town.database.reading() as session:
        await export_library(session, tmp_path / "out")

    texts = (await published(town.database)).answers[ID].texts
    assert lines_of(texts[language].easy) == list(EASY[language])
    assert texts["ar"].freshness == "fresh"
    again = {one.id: one for one in read_library(tmp_path / "out").answers}[ID].translation(language)
    assert again is not None
    assert lines_of(again.text.easy) == list(EASY[language])


async def test_a_newer_library_offers_an_easy_text_as_an_update(town: Town, library: Path) -> None:
    async with town.database.changing() as session:
        await import_library(session, read_library(library), at=MONDAY_9AM, is_shared=True)
        await compare(session, read_library(with_easy(library, "nb")), at=MONDAY_9AM)

    async with town.database.reading() as session:
        (update,) = (await list_updates(session)).rows

    (part,) = update.parts
    assert [one.field for one in part.differences] == ["easy"]


async def exported(town: Town) -> Package:
    async with town.database.reading() as session:
        package = await export_package(session, "ar", only_outdated_or_missing=False)
    return replace(package, answers=tuple(one for one in package.answers if one.answer_id == ID))


async def send_back(town: Town, package: Package) -> list[str]:
    """What a translator did; gives the answers that have a new draft."""
    async with town.database.changing() as session:
        received = await import_package(session, package, by=AMINA, at=MONDAY_9AM)
    return [one.answer_id for one in received.taken]


async def newest_text(town: Town) -> Text:
    async with town.database.changing() as session:
        translation = await find_translation(session, ID, "ar")
        assert translation is not None
        newest = await find_newest(session, translation.id)
        assert newest is not None
        return newest.text()


@pytest.mark.parametrize("write", [write_xliff, write_po])
async def test_translators_get_each_line_and_their_lines_come_back(
    town: Town, library: Path, write: Callable[[Package], bytes]
) -> None:
    await take_in(town.database, with_easy(library, "nb"))
    package = await exported(town)
    (packed,) = package.answers
    given = dict(zip(("easy.0", "easy.1"), EASY["ar"], strict=True))

    done = tuple(replace(unit, target=given.get(unit.key, unit.target)) for unit in packed.units)
    back = read_package(write(replace(package, answers=(replace(packed, units=done),))))
    received = await send_back(town, back)

    assert [unit.source for unit in packed.units if unit.key in given] == list(EASY["nb"])
    assert received == [ID]
    assert lines_of((await newest_text(town)).easy) == list(EASY["ar"])


async def test_a_file_from_before_there_was_an_easy_text_takes_none_away(town: Town, library: Path) -> None:
    old = await exported(town)
    await take_in(town.database, with_easy(library, "ar"))
    (packed,) = old.answers

    done = tuple(replace(unit, target="مكان") if unit.key == "title" else unit for unit in packed.units)
    assert await send_back(town, old) == []
    assert await send_back(town, replace(old, answers=(replace(packed, units=done),))) == [ID]

    newest = await newest_text(town)
    assert (newest.title, lines_of(newest.easy)) == ("مكان", list(EASY["ar"]))


def test_a_translation_with_more_lines_than_its_source_keeps_them_all() -> None:
    source, target = Text("A", "B", easy="En.\nTo."), Text("A", "B", easy="Uno.\nDos.\nTres.")

    cut = units("x", source, target)

    assert [unit.target for unit in cut if unit.key.startswith("easy")] == ["Uno.", "Dos.\nTres."]
    assert text_from(cut, source).easy == target.easy


def test_the_check_names_translations_without_one_and_lines_that_are_long(library: Path) -> None:
    long = "Denne linjen er alt for lang, og den har mange flere ord enn tolv i seg."
    found = [str(one) for one in remarks_on(read_library(with_easy(library, "nb", long)))]

    assert len(found) == 2
    assert "more than 12 words" in found[0]
    assert "these translations have none: ar" in found[1]
    assert not [one for one in check_library(library) if "easy" in str(one)]


async def test_in_danger_it_is_not_published_without_the_numbers_of_the_short_text(town: Town, library: Path) -> None:
    file = library / f"services/{DANGER}/nb.yaml"
    change(file, "\napplies_to:", "\neasy: |\n  Ring {fact:violence-line}.\napplies_to:")

    (found,) = [str(one) for one in check_library(library) if "the easy text" in str(one)]
    async with town.database.reading() as session:
        entry = {one.id: one for one in read_library(library).answers}[DANGER].translation("nb")
        assert entry is not None
        issues = await inspect_draft(session, DANGER, "nb", Draft(entry.text, (), Origin.WRITTEN))

    assert found.endswith("leaves out facts of the short text: emergency-ambulance")
    assert {"name": "emergency-ambulance"} in [one.details for one in issues if one.code == "easy_number_lost"]


def test_an_easy_translation_names_no_fact_that_its_source_does_not(library: Path) -> None:
    with_easy(library, "ar", "{fact:municipality.name}")

    assert [str(one) for one in check_library(library) if "the easy text uses facts" in str(one)]
