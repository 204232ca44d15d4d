"""Importing publishes what differs from what residents see, and nothing else."""

from pathlib import Path

import pytest

from content.freshness import Freshness
from content.importing import Imported, import_library
from content.library_files import LibraryUnreadable, read_library
from content.models import Origin
from content.stamping import stamp_library
from core.database import Database
from tests.conftest import LIBRARY, MONDAY_9AM, Town
from tests.content.asking import Version, history, published, published_text, version
from tests.content.editing import KINDERGARTEN, change, make_answer

NB, AR, ANSWER = (f"{KINDERGARTEN}/{name}.yaml" for name in ("nb", "ar", "answer"))
ID = "services-kindergarten"
ANSWERS = read_library(LIBRARY).answers
TEXTS = sum(len(answer.translations) for answer in ANSWERS)


async def take(database: Database, folder: Path, *, replace: bool = False) -> Imported:
    """Import a folder as `brobygger content import` does."""
    async with database.changing() as session:
        return await import_library(session, read_library(folder), at=MONDAY_9AM, replace=replace)


async def test_everything_of_a_library_is_published(database: Database) -> None:
    done = await take(database, LIBRARY)

    catalogue = await published(database)
    assert done == Imported(len(ANSWERS), published=TEXTS, unchanged=0, withdrawn=0)
    assert sum(len(answer.texts) for answer in catalogue.answers.values()) == TEXTS
    assert catalogue.municipality == "Prøvevik"
    assert catalogue.answers[ID].texts["ar"].title == "مكان في الروضة"
    assert catalogue.answers[ID].texts["ar"].origin is Origin.MACHINE
    assert catalogue.offices["library"].name("ar") == "المكتبة"


async def test_importing_again_changes_nothing(town: Town) -> None:
    before = await version(town.database)

    done = await take(town.database, LIBRARY)

    assert done == Imported(len(ANSWERS), published=0, unchanged=TEXTS, withdrawn=0)
    assert await version(town.database) == before


async def test_a_changed_text_becomes_a_new_revision_that_supersedes_the_one_before(town: Town, library: Path) -> None:
    change(library / AR, "title: مكان في الروضة", "title: روضة الأطفال")

    done = await take(town.database, library)

    assert (done.published, done.unchanged) == (1, TEXTS - 1)
    assert await history(town.database, ID, "ar") == [
        Version(1, "superseded", "مكان في الروضة"),
        Version(2, "published", "روضة الأطفال"),
    ]


async def test_a_translation_is_outdated_when_its_source_changes_and_fresh_again_when_stamped(
    town: Town, library: Path
) -> None:
    change(library / NB, "Søk så tidlig du kan.", "Søk før 1. mars.")
    await take(town.database, library)
    outdated = await published_text(town.database, ID, "ar")

    stamp_library(library, answers=[ID], languages=["ar"], only_missing=False)
    await take(town.database, library)

    assert outdated.freshness is Freshness.OUTDATED
    assert (await published_text(town.database, ID, "ar")).freshness is Freshness.FRESH
    assert (await published_text(town.database, ID, "en")).freshness is Freshness.OUTDATED


async def test_new_wordings_publish_a_revision_but_outdate_no_translation(town: Town, library: Path) -> None:
    change(library / NB, "- venteliste barnehage", "- venteliste barnehage\n- barnehageopptak")

    done = await take(town.database, library)

    assert done.published == 1
    assert "barnehageopptak" in (await published_text(town.database, ID, "nb")).asked_as
    assert (await published_text(town.database, ID, "ar")).freshness is Freshness.FRESH


async def test_other_spaces_and_line_endings_publish_nothing(town: Town, library: Path) -> None:
    change(library / NB, "Søk så tidlig du kan.", "Søk  så tidlig du kan. ")
    (library / AR).write_bytes((library / AR).read_bytes().replace(b"\n", b"\r\n"))

    done = await take(town.database, library)

    assert done.published == 0


AROUND_THE_TEXTS = [
    (ANSWER, "review_by: '2027-05-01'", "review_by: '2027-06-01'"),
    (ANSWER, "name: 'Prøvevik: services-kindergarten'", "name: Prøvevik kommune"),
    ("facts/facts.yaml", "value: 1200 NOK", "value: 1500 NOK"),
    ("profile.yaml", "phone: 00 00 00 10", "phone: 00 00 00 11"),
    ("profile.yaml", "ar: مركز الخدمة", "ar: مركز خدمة السكان"),
    ("outside/ar.yaml", "- احكي نكتة", "- احكي لي نكتة"),
    ("wordings/pl.yaml", "- ile kosztuje", "- jaka jest cena za"),
]


async def test_what_stands_around_the_texts_is_a_new_version_too(town: Town, library: Path) -> None:
    for file, old, new in AROUND_THE_TEXTS:
        before = await version(town.database)
        change(library / file, old, new)

        done = await take(town.database, library)

        assert done.published == 0
        assert await version(town.database) == before + 1, (file, new)


async def test_a_changed_fact_stands_in_every_language_at_once(town: Town, library: Path) -> None:
    change(library / "facts/facts.yaml", "value: 1200 NOK", "value: 1500 NOK")

    await take(town.database, library)

    norwegian = await town.hear("hva koster barnehagen", "nb")
    arabic = await town.hear("كم تكلف الروضة", "ar")
    assert "1\u00a0500 NOK" in norwegian.message.as_text()
    assert "\u20661,500 NOK\u2069" in arabic.message.as_text()


async def test_answers_that_are_not_in_the_folder_stay_unless_they_are_to_be_replaced(
    town: Town, tmp_path: Path
) -> None:
    make_answer(tmp_path, "services-new", {"nb": {}, "ar": {"title": "جديد"}})

    kept = await take(town.database, tmp_path)
    before = set((await published(town.database)).answers)
    replaced = await take(town.database, tmp_path, replace=True)

    assert (kept.withdrawn, replaced.withdrawn) == (0, len(ANSWERS))
    assert len(before) == len(ANSWERS) + 1
    assert set((await published(town.database)).answers) == {"services-new"}
    assert await history(town.database, ID, "ar") == [Version(1, "withdrawn", "مكان في الروضة")]


async def test_a_withdrawn_answer_comes_back_when_it_is_imported_again(town: Town, tmp_path: Path) -> None:
    make_answer(tmp_path, "services-new", {"nb": {}})
    await take(town.database, tmp_path, replace=True)

    done = await take(town.database, LIBRARY)

    assert done.published == TEXTS
    assert [one.lifecycle for one in await history(town.database, ID, "nb")] == ["withdrawn", "published"]


async def test_a_library_of_texts_alone_may_use_facts_that_are_known_already(town: Town, tmp_path: Path) -> None:
    text = {"short": "Ring {fact:violence-line} eller {fact:library.phone}."}
    make_answer(tmp_path, "services-new", {"nb": text})

    done = await take(town.database, tmp_path)

    assert done.published == 1


async def test_when_one_text_cannot_be_taken_none_is(town: Town, library: Path) -> None:
    before = await version(town.database)
    change(library / NB, "title: Plass i barnehage", "title: Barnehageplass")
    make_answer(library, "services-zzz", {"nb": {"short": "{fact:nowhere}"}})

    with pytest.raises(LibraryUnreadable):
        await take(town.database, library)

    assert await version(town.database) == before
    assert (await published_text(town.database, ID, "nb")).title == "Plass i barnehage"


async def test_an_import_that_breaks_off_leaves_nothing_behind(town: Town, library: Path) -> None:
    before = await version(town.database)
    change(library / NB, "title: Plass i barnehage", "title: Barnehageplass")

    async def break_off() -> None:
        async with town.database.changing() as session:
            await import_library(session, read_library(library), at=MONDAY_9AM, replace=True)
            raise ConnectionError

    with pytest.raises(ConnectionError):
        await break_off()

    assert await version(town.database) == before
    assert len(await history(town.database, ID, "nb")) == 1


@pytest.mark.slow
async def test_the_starter_library_can_be_imported_and_imported_again(database: Database) -> None:
    starter = Path(__file__).resolve().parents[2] / "content" / "library"

    first, second = await take(database, starter), await take(database, starter)

    assert first.answers == 83
    assert (second.published, second.unchanged) == (0, first.published)
